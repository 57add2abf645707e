// GraphQL over HTTP: the audits of the graphql-http package.
// node audit.mjs http://127.0.0.1:8080/graphql TOKEN
import { serverAudits } from 'graphql-http';

const [url, token] = process.argv.slice(2);
if (!url || !token) {
  console.error('usage: node audit.mjs URL TOKEN');
  process.exit(2);
}

const fetchFn = (input, init) =>
  fetch(input, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } });

let failed = 0;
const audits = serverAudits({ url, fetchFn });
for (const audit of audits) {
  const result = await audit.fn();
  if (result.status === 'ok') continue;
  failed += 1;
  const answer = result.response && `${result.response.status} ${await result.response.text()}`;
  console.log(`${audit.id} ${audit.name}: ${result.reason} (${answer ?? 'no answer'})`);
}
console.log(`${audits.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
