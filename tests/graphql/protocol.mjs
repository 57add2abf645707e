// GraphQL over WebSocket (graphql-transport-ws): each rule of the protocol, with a bare socket and with the
// graphql-ws client.
// node protocol.mjs http://127.0.0.1:8080/graphql TOKEN
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [address, token] = process.argv.slice(2);
if (!address || !token) {
  console.error('usage: node protocol.mjs URL TOKEN');
  process.exit(2);
}
const url = address.replace(/^http/, 'ws');
const PROTOCOL = 'graphql-transport-ws';
const WHO = { Authorization: `Bearer ${token}` };
const EVENTS = 'subscription { events { type subject } }';
const LIMIT = 20_000;

const within = (promise, what) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${LIMIT} ms`)), LIMIT);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

// A bare socket whose messages can be waited for one after the other.
class Socket {
  constructor(protocol = PROTOCOL, options = {}) {
    this.socket = new WebSocket(url, protocol, options);
    this.heard = [];
    this.waiting = [];
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.waiting.splice(0).forEach((wake) => wake(undefined));
        this.over = true;
      });
    });
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => {
      const message = JSON.parse(data.toString());
      const wake = this.waiting.shift();
      if (wake) wake(message);
      else this.heard.push(message);
    });
    this.opened = new Promise((resolve) => this.socket.on('open', resolve));
  }
  async open() {
    await within(this.opened, 'open');
    return this;
  }
  async known(payload = WHO) {
    await this.open();
    this.say({ type: 'connection_init', payload });
    assert.equal((await this.next()).type, 'connection_ack');
    return this;
  }
  say(message) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    return this;
  }
  subscribe(id, query, more = {}) {
    return this.say({ id, type: 'subscribe', payload: { query, ...more } });
  }
  next() {
    if (this.heard.length > 0) return Promise.resolve(this.heard.shift());
    if (this.over) return Promise.resolve(undefined);
    return within(new Promise((resolve) => this.waiting.push(resolve)), 'message');
  }
  async closes(code) {
    const { code: is, reason } = await within(this.closed, `close ${code}`);
    assert.equal(is, code, reason);
    return reason;
  }
  end() {
    this.socket.terminate();
  }
}

const http = async (query, variables) => {
  const response = await fetch(address, {
    method: 'POST',
    headers: { ...WHO, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const body = await response.json();
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  return body.data;
};
const happen = async () => {
  const name = randomUUID();
  const input = { kind: 'PERSON', name };
  const made = await http('mutation($i: NewCustomer!) { createCustomer(input: $i) { id } }', { i: input });
  return made.createCustomer.id;
};

// Until a subscription is in place, what happens is not told of: make things happen until one is.
const followed = async (socket, id) => {
  const first = socket.next();
  for (;;) {
    const subject = await happen();
    const message = await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 300))]);
    if (!message) continue;
    assert.equal(message.id, id);
    assert.equal(message.type, 'next', JSON.stringify(message));
    return { message, subject };
  }
};

const opened = (protocol) => new Socket(protocol).open();
const known = (payload) => new Socket().known(payload);

const checks = {
  'the subprotocol is agreed on': async () => {
    const { socket } = await opened();
    assert.equal(socket.protocol, PROTOCOL);
    socket.terminate();
  },
  'no known subprotocol is closed with 4406': async () => {
    // (The ws client itself gives up where none of the protocols that it offers is chosen: so it offers none.)
    await new Socket([]).closes(4406);
  },
  'of several subprotocols ours is chosen': async () => {
    const socket = await opened(['graphql-ws', PROTOCOL]);
    assert.equal(socket.socket.protocol, PROTOCOL);
    socket.end();
  },
  'connection_init is acknowledged': async () => (await known()).end(),
  'the token may be called token': async () => (await known({ token })).end(),
  'the token may come with the handshake': async () => {
    const socket = new Socket(PROTOCOL, { headers: WHO });
    await socket.known(undefined);
    socket.end();
  },
  'no token is closed with 4403': async () => {
    await (await opened()).say({ type: 'connection_init' }).closes(4403);
  },
  'a wrong token is closed with 4403': async () => {
    const payload = { Authorization: 'Bearer wrong' };
    await (await opened()).say({ type: 'connection_init', payload }).closes(4403);
  },
  'a second connection_init is closed with 4429': async () => {
    await (await known()).say({ type: 'connection_init', payload: WHO }).closes(4429);
  },
  'two connection_inits at once are closed with 4429': async () => {
    const init = { type: 'connection_init', payload: WHO };
    await (await opened()).say(init).say(init).closes(4429);
  },
  'no connection_init is closed with 4408 within 12 s': async () => {
    const began = Date.now();
    await (await opened()).closes(4408);
    assert.ok(Date.now() - began < 12_000);
  },
  'a subscribe before connection_init is closed with 4401': async () => {
    await (await opened()).subscribe('1', '{ __typename }').closes(4401);
  },
  'what is no JSON is closed with 4400': async () => (await known()).say('nonsense').closes(4400),
  'an unknown type is closed with 4400': async () => (await known()).say({ type: 'start' }).closes(4400),
  'a message for clients is closed with 4400': async () => {
    await (await known()).say({ type: 'connection_ack' }).closes(4400);
  },
  'a subscribe without an id is closed with 4400': async () => {
    await (await known()).say({ type: 'subscribe', payload: { query: '{ __typename }' } }).closes(4400);
  },
  'a subscribe without a query is closed with 4400': async () => {
    await (await known()).say({ id: '1', type: 'subscribe', payload: {} }).closes(4400);
  },
  'variables of a wrong type are closed with 4400': async () => {
    await (await known()).subscribe('1', '{ __typename }', { variables: [] }).closes(4400);
  },
  'binary messages are closed with 4400': async () => {
    const socket = await known();
    socket.socket.send(Buffer.from(JSON.stringify({ type: 'ping' })));
    await socket.closes(4400);
  },
  'a message over 1 MiB is closed with 1009, one just below is not': async () => {
    const socket = await known();
    const payload = { text: 'x'.repeat(1024 * 1024 - 100) };
    socket.say({ type: 'ping', payload });
    assert.equal((await socket.next()).type, 'pong');
    socket.say({ type: 'ping', payload: { text: 'x'.repeat(1024 * 1024) } });
    await socket.closes(1009);
  },
  'ping is answered with pong, before connection_init too': async () => {
    const socket = await opened();
    socket.say({ type: 'ping', payload: { a: 1 } }).say({ type: 'pong' }).say({ type: 'ping' });
    assert.deepEqual(await socket.next(), { type: 'pong', payload: { a: 1 } });
    assert.deepEqual(await socket.next(), { type: 'pong' });
    await socket.known();
    socket.end();
  },
  'a close is answered with the same code': async () => {
    const socket = await known();
    socket.socket.close(1000, 'done');
    await socket.closes(1000);
  },
  'a WebSocket ping is answered': async () => {
    const { socket } = await opened();
    const pong = new Promise((resolve) => socket.on('pong', (data) => resolve(data.toString())));
    socket.ping('hello');
    assert.equal(await within(pong, 'pong'), 'hello');
    socket.terminate();
  },
  'the server asks whether one is there': async () => {
    const { socket } = await known();
    await within(new Promise((resolve) => socket.on('ping', resolve)), 'ping');
    socket.terminate();
  },
  'a query gives next and complete': async () => {
    const socket = await known();
    socket.subscribe('q', '{ __typename }');
    const next = await socket.next();
    assert.equal(next.type, 'next');
    assert.equal(next.id, 'q');
    assert.deepEqual(next.payload.data, { __typename: 'Query' });
    assert.equal(next.payload.extensions.cost.limit > 0, true);
    assert.deepEqual(await socket.next(), { id: 'q', type: 'complete' });
    socket.end();
  },
  'what is not executed gives error, and nothing more': async () => {
    const socket = await known();
    socket.subscribe('e', '{ nothing }').subscribe('p', '{');
    const errors = [await socket.next(), await socket.next()];
    for (const { type, payload } of errors) {
      assert.equal(type, 'error');
      assert.match(payload[0].extensions.code, /^graphql_(validation|parse)_failed$/);
    }
    assert.deepEqual(errors.map(({ id }) => id).sort(), ['e', 'p']);
    socket.say({ type: 'ping' });
    assert.equal((await socket.next()).type, 'pong');
    socket.end();
  },
  'what fails while it is executed gives next': async () => {
    const socket = await known();
    socket.subscribe('x', '{ customer(id: "00000000-0000-7000-8000-000000000000") { id } }');
    const next = await socket.next();
    assert.equal(next.type, 'next');
    assert.equal(next.payload.errors[0].extensions.code, 'not_found');
    assert.equal((await socket.next()).type, 'complete');
    socket.end();
  },
  'the bounds hold on a socket too': async () => {
    const socket = await known();
    socket.subscribe('b', `{ ${'__typename '.repeat(5000)} }`);
    const error = await socket.next();
    assert.equal(error.type, 'error');
    assert.equal(error.payload[0].extensions.code, 'query_too_complex');
    socket.end();
  },
  'a subscription tells of what happens until it is completed': async () => {
    const socket = await known();
    socket.subscribe('s', EVENTS);
    const { message } = await followed(socket, 's');
    assert.equal(message.payload.data.events.type, 'rapport.customer.created.v1');
    socket.say({ id: 's', type: 'complete' });
    await happen();
    socket.heard.length = 0;
    socket.say({ type: 'ping' });
    assert.equal((await socket.next()).type, 'pong');
    socket.end();
  },
  'an id that is in use is closed with 4409': async () => {
    const socket = await known();
    socket.subscribe('s', EVENTS).subscribe('s', EVENTS);
    await socket.closes(4409);
  },
  'an id can be used again once it is free': async () => {
    const socket = await known();
    for (let round = 0; round < 20; round += 1) {
      socket.subscribe('q', '{ __typename }');
      assert.equal((await socket.next()).type, 'next');
      assert.equal((await socket.next()).type, 'complete');
    }
    socket.subscribe('s', EVENTS).say({ id: 's', type: 'complete' }).subscribe('s', EVENTS);
    await followed(socket, 's');
    socket.end();
  },
  'complete for what is not there is ignored': async () => {
    const socket = await known();
    socket.say({ id: 'none', type: 'complete' }).say({ type: 'ping' });
    assert.equal((await socket.next()).type, 'pong');
    socket.end();
  },
  'more than 100 operations at once are refused one by one': async () => {
    const socket = await known();
    for (let place = 0; place < 101; place += 1) socket.subscribe(`s${place}`, EVENTS);
    const error = await socket.next();
    assert.equal(error.id, 's100');
    assert.equal(error.payload[0].extensions.code, 'too_many_operations');
    socket.end();
  },
  'the graphql-ws client queries, follows and goes on': async () => {
    const client = createClient({ url, webSocketImpl: WebSocket, connectionParams: WHO, retryAttempts: 0 });
    const answers = [];
    for await (const answer of client.iterate({ query: '{ __typename }' })) answers.push(answer.data);
    assert.deepEqual(answers, [{ __typename: 'Query' }]);
    const events = client.iterate({ query: EVENTS });
    const first = events.next();
    let made = 0;
    let got;
    while (!got) {
      await happen();
      made += 1;
      got = await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 300))]);
    }
    assert.ok(made > 0 && got.value.data.events.subject);
    await events.return();
    await client.dispose();
  },
  'the graphql-ws client is told what is wrong': async () => {
    const client = createClient({ url, webSocketImpl: WebSocket, connectionParams: WHO, retryAttempts: 0 });
    const outcome = new Promise((resolve) => {
      client.subscribe({ query: '{ nothing }' }, { next: resolve, error: resolve, complete: resolve });
    });
    const [error] = await within(outcome, 'error');
    assert.equal(error.extensions.code, 'graphql_validation_failed');
    await client.dispose();
  },
};

let failed = 0;
const outcomes = Object.entries(checks).map(async ([name, check]) => {
  try {
    await check();
  } catch (error) {
    failed += 1;
    console.log(`${name}: ${error.message ?? `${error.code} ${error.reason}`}`);
  }
});
await Promise.all(outcomes);
console.log(`${outcomes.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
