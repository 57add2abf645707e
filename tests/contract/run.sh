#!/usr/bin/env bash
# Is the API's description true, sound and of use? Measured from outside, with public tools:
#
#   validators   openapi-spec-validator, swagger-parser, openapi-schema-validator, Redocly, Spectral's rules for OpenAPI
#                and for OWASP's API Security Top 10
#   generators   six clients are generated and compiled
#   schemathesis requests made from the description, by two seeds, whose answers must be as described
#
#   tests/contract/run.sh              serves the demo itself, from this tree
#   tests/contract/run.sh URL TOKEN    asks a server that runs already, as an administrator
#
# Needs Python 3.10+, Node 20+, Java 11+ (for openapi-generator), curl, and cargo where it serves itself. The tools are
# installed below this folder, pinned. Environment: PARTS ("validators generators schemathesis"), EXAMPLES (per
# operation, 100), SEEDS ("1 2"), WORKERS (1), PYTHON (python3), PASSWORD (of ada@demo.example in the workspace demo:
# instead of TOKEN, which is good for fifteen minutes only).
#
# Do not point it at data you want to keep: schemathesis writes and deletes.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
: "${EXAMPLES:=100}" "${SEEDS:=1 2}" "${PYTHON:=python3}"
: "${PARTS:=validators generators schemathesis}"
URL=${1:-} TOKEN=${2:-}

failed=0
files=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null
  rm -rf "$files"
}
trap finish EXIT

check() { # name, command...
  local name=$1
  shift
  if "$@" >"$files/said" 2>&1; then
    echo "ok   $name"
  else
    failed=$((failed + 1))
    echo "FAIL $name"
    tail -n "${LINES_OF_FAILURE:-60}" "$files/said"
  fi
}

install() {
  [ -x venv/bin/schemathesis ] || { "$PYTHON" -m venv venv && venv/bin/pip install -q -r requirements.txt; } || exit 1
  [ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error || exit 1
}

serve() {
  local port password='violet lantern over the harbour'
  port=$("$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  (cd ../.. && cargo build -q --workspace) || exit 1
  RAPPORT_DEMO_PASSWORD=$password ../../target/debug/rapport serve --demo --bind "127.0.0.1:$port" \
    --database-url "sqlite://$files/rapport.db" >"$files/server.log" 2>&1 &
  server=$!
  URL=http://127.0.0.1:$port
  until curl -sf "$URL/health/ready" >/dev/null; do
    kill -0 "$server" 2>/dev/null || { cat "$files/server.log"; exit 1; }
    sleep 0.2
  done
  PASSWORD=$password
}

validators() {
  check "openapi-spec-validator" venv/bin/openapi-spec-validator "$document"
  check "swagger-parser" node parse.mjs "$document"
  check "openapi-schema-validator" npx validate-api "$document"
  check "redocly" npx redocly lint --config redocly.yaml "$document"
  check "spectral, OpenAPI and OWASP" npx spectral lint --fail-severity=hint -r spectral.yaml "$document"
}

generators() {
  local out=$files/out
  mkdir -p "$out"
  ln -s "$PWD/node_modules" "$out/node_modules"
  check "openapi-typescript" npx openapi-typescript "$document" -o "$out/openapi-typescript/schema.d.ts"
  cp fetch.ts "$out/openapi-typescript/fetch.ts"
  check "@hey-api/openapi-ts" npx openapi-ts -i "$document" -o "$out/hey-api"
  check "oazapfts" npx oazapfts "$document" "$out/oazapfts.ts"
  check "swagger-typescript-api" npx swagger-typescript-api generate -p "$document" -o "$out/sta" -n api.ts
  for client in openapi-typescript/fetch.ts hey-api/index.ts oazapfts.ts sta/api.ts; do
    check "tsc $client" npx tsc --noEmit --strict --skipLibCheck --target es2022 --module esnext \
      --moduleResolution bundler --lib es2023,dom,dom.iterable "$out/$client"
  done
  check "openapi-generator, python" venv/bin/openapi-generator-cli generate -i "$document" -g python \
    --package-name rapport_client -o "$out/python"
  check "import rapport_client" env PYTHONPATH="$out/python" venv/bin/python -c 'import rapport_client'
  check "datamodel-code-generator" venv/bin/datamodel-codegen --input "$document" --input-file-type openapi \
    --output-model-type pydantic_v2.BaseModel --output "$out/models.py"
  check "import models.py" venv/bin/python "$out/models.py"
}

# Left out is what would sign out whoever asks: after that every answer is 401 and nothing is tested any more.
schemathesis() {
  for seed in $SEEDS; do
    check "schemathesis, seed $seed, $EXAMPLES examples" env SCHEMATHESIS_HOOKS=hooks \
      URL="$URL" PASSWORD="${PASSWORD:-}" TOKEN="${TOKEN:-}" venv/bin/schemathesis run "$URL/api/openapi.json" \
      --phases examples,coverage,fuzzing,stateful --max-examples "$EXAMPLES" --seed "$seed" \
      --generation-database none --continue-on-failure --request-timeout 30 --workers "${WORKERS:-1}" \
      --exclude-operation-id end_session --exclude-operation-id end_sessions --exclude-operation-id change_password
  done
}

install
[ -n "$URL" ] || serve
document=$files/openapi.json
curl -sf "$URL/api/openapi.json" -o "$document" || { echo "no description at $URL/api/openapi.json"; exit 1; }
for part in $PARTS; do "$part"; done
[ "$failed" = 0 ] && echo "all is well" || echo "$failed failed"
[ "$failed" = 0 ]
