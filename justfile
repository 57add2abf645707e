# Every recipe is a plain cargo command that can be typed as well.

# Serve the demo workspace.
demo:
    cargo run -- serve --demo

# Run every test, on SQLite and on PostgreSQL where it is found.
test:
    cargo test --workspace

# Format, lint and check the generated files, as CI does.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo run -p rapport -- schema check

# Make the generated files anew: schema.graphql, openapi/openapi.json, permissions.txt.
generate:
    cargo run -p rapport -- schema write

# Measure.
bench *ARGS:
    cargo run --release -p bench -- api {{ARGS}}

# Licences and known holes of what we build on (needs cargo-deny).
deny:
    cargo deny check
