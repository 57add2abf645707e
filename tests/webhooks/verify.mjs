// Receives webhooks of a running Rapport and has the npm package `standardwebhooks` verify each of them: a ping, events,
// one that comes again after a failure, and two secrets at once. It makes an endpoint and some customers.
//
//   npm ci && node verify.mjs http://127.0.0.1:8080 WORKSPACE E-MAIL   (the password in PASSWORD; the server with
//   --webhook-network 127.0.0.1)
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const [base, workspace, email] = process.argv.slice(2);
const api = async (method, path, body) => {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${base}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.status === 204 ? null : answer.json();
};
let token = null;
token = (await api("POST", "/sessions", { workspace, email, password: process.env.PASSWORD })).accessToken;

const received = [];
let waiting = null;
let failures = 0;
const receiver = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  received.push({ headers: request.headers, body: Buffer.concat(parts).toString("utf8") });
  waiting?.();
  response.writeHead(failures-- > 0 ? 500 : 204).end();
});
await new Promise((listening) => receiver.listen(0, "127.0.0.1", listening));
const next = async () => {
  while (received.length === 0) await new Promise((resolve) => (waiting = resolve));
  return received.shift();
};

const url = `http://127.0.0.1:${receiver.address().port}/`;
const endpoint = await api("POST", "/webhook-endpoints", { url, eventTypes: ["rapport.customer.*"] });
const old = new Webhook(endpoint.secret);

await api("POST", `/webhook-endpoints/${endpoint.id}/ping`);
const ping = await next();
assert.equal(old.verify(ping.body, ping.headers).type, "rapport.webhook_endpoint.ping.v1");

failures = 1;
await api("POST", "/customers", { kind: "person", name: "Élodie 日本" });
const [first, again] = [await next(), await next()];
for (const request of [first, again]) {
  assert.equal(old.verify(request.body, request.headers).data.after.name, "Élodie 日本");
}
assert.equal(first.headers["webhook-id"], again.headers["webhook-id"]);
assert.notEqual(first.headers["webhook-timestamp"], again.headers["webhook-timestamp"]);
assert.notEqual(first.headers["webhook-signature"], again.headers["webhook-signature"]);
assert.throws(() => old.verify(`${first.body} `, first.headers));

const rotated = await api("POST", `/webhook-endpoints/${endpoint.id}/rotate-secret`, {});
await api("POST", "/customers", { kind: "person", name: "Rotated" });
const both = await next();
assert.equal(both.headers["webhook-signature"].split(" ").length, 2);
for (const secret of [endpoint.secret, rotated.secret]) new Webhook(secret).verify(both.body, both.headers);

await api("DELETE", `/webhook-endpoints/${endpoint.id}`);
receiver.close();
console.log("standardwebhooks (npm) verifies what is sent");
process.exit(0);
