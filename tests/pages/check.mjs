// Opens /docs and /graphql of a running server in headless Chromium and fails on any request to
// another host, console error, failed request, or serious or critical finding of axe-core.
//
//   npm ci && node check.mjs http://127.0.0.1:8080 [bearer token]
//
// Environment: CHROMIUM (path of the browser), SHOTS (folder for screenshots).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [base, token = ''] = process.argv.slice(2);
if (!base) {
  console.error('usage: node check.mjs BASE_URL [BEARER_TOKEN]');
  process.exit(2);
}
const origin = new URL(base).origin;
const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const viewports = [{ width: 1280, height: 900 }, { width: 400, height: 800 }];

let passed = 0;
let failed = 0;
const report = (name, problems) => {
  if (problems.length === 0) passed += 1;
  else failed += 1;
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  problems.forEach((problem) => console.log(`     ${problem}`));
};

// Collects what must not happen while a page is open.
const watch = (page) => {
  const problems = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      problems.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    const local = ['data:', 'blob:'].includes(url.protocol) || url.origin === origin;
    if (!local) problems.push(`foreign request: ${url.href}`);
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== new URL(origin).host) {
      problems.push(`foreign socket: ${socket.url()}`);
    }
  });
  page.on('requestfailed', (request) =>
    problems.push(`failed request: ${request.url()} ${request.failure()?.errorText}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`status ${response.status()}: ${response.url()}`);
  });
  return problems;
};

const axe = async (page) => {
  await page.waitForTimeout(400); // lets opening animations end: half-faded text has no contrast
  const { violations } = await page.evaluate((tags) =>
    globalThis.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }), standards);
  return violations.flatMap(({ id, impact, nodes }) => {
    const text = `axe ${impact} ${id} (${nodes.length}): ${nodes[0].target.join(' ')}`;
    if (!['serious', 'critical'].includes(impact)) {
      if (process.env.VERBOSE) console.log(`     note: ${text}`);
      return [];
    }
    return process.env.VERBOSE
      ? nodes.map((node) => `axe ${impact} ${id}: ${node.target.join(' ')}\n       ${node.failureSummary.replace(/\s+/g, ' ')}`)
      : [text];
  });
};

const overflow = (page) => page.evaluate(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  return scrollWidth > clientWidth ? [`wider than the window: ${scrollWidth} > ${clientWidth}`] : [];
});

const shoot = async (page, name) => {
  if (process.env.SHOTS) {
    await page.screenshot({ path: join(process.env.SHOTS, `${name.replace(/\W+/g, '-')}.png`) });
  }
};

// One state of a page: brings it about, then looks at it.
const state = async (page, problems, name, act) => {
  const found = [];
  try {
    found.push(...((await act()) ?? []));
    found.push(...await axe(page), ...await overflow(page));
  } catch (error) {
    found.push(String(error.message).split('\n').slice(0, 4).join(' / '));
  }
  await shoot(page, name);
  report(name, [...found, ...problems.splice(0)]);
};

const expect = (truth, message) => (truth ? [] : [message]);

const loginBar = async (page, problems, label) => {
  await state(page, problems, `${label}: login bar open`, async () => {
    await page.locator('.session summary').click();
    await page.getByRole('textbox', { name: 'Workspace', exact: true }).waitFor({ state: 'visible' });
  });
};

const useToken = async (page) => {
  if (await page.getByLabel('Access token').isHidden()) await page.locator('.session summary').click();
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Use token' }).click();
  const kept = await page.evaluate((secret) => ({
    session: Object.values(sessionStorage).includes(secret),
    local: JSON.stringify(localStorage).includes(secret) || document.cookie.includes(secret),
  }), token);
  return [
    ...expect(kept.session, 'the token is not in sessionStorage'),
    ...expect(!kept.local, 'the token is kept elsewhere than in sessionStorage'),
  ];
};

const docs = async (page, problems, size) => {
  const label = `/docs ${size}`;
  await state(page, problems, `${label}: overview`, async () => {
    await page.goto(`${origin}/docs`);
    await page.evaluate(axeSource);
    await page.locator('.opblock').first().waitFor();
    return expect(await page.locator('h1').count() === 1, 'there is not exactly one h1');
  });
  await loginBar(page, problems, label);
  for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
    const block = page.locator(`.opblock-${method}`).first();
    if (await block.count() === 0) continue;
    await state(page, problems, `${label}: ${method} opened`, async () => {
      await block.locator('.opblock-summary-control').click();
      await block.locator('.opblock-body .responses-wrapper').waitFor();
    });
    const schema = block.locator('button.tablinks[data-name=model]').first();
    if (await schema.count() > 0) {
      await state(page, problems, `${label}: ${method} schema`, () => schema.click());
    }
    await state(page, problems, `${label}: ${method} tried out`, async () => {
      await block.locator('.try-out__btn').first().click();
      await block.locator('button.execute').waitFor();
    });
    // Closed again: looking at all that is open takes time that grows with it.
    await block.locator('.opblock-summary-control').click();
    await block.locator('.opblock-body').waitFor({ state: 'detached' });
  }
  await state(page, problems, `${label}: authorize dialog`, async () => {
    const button = page.locator('.auth-wrapper .authorize').first();
    if (await button.count() === 0) return ['the document names no security scheme'];
    await button.click();
    await page.locator('.modal-ux').waitFor();
  });
  await state(page, problems, `${label}: schemas`, async () => {
    await page.locator('.modal-ux .close-modal').click();
    const models = page.locator('section.models');
    if (await models.count() === 0) return;
    await models.locator('h4 button').first().click();
    const model = models.locator('.json-schema-2020-12-accordion, .model-toggle').first();
    await model.waitFor();
    await model.click();
  });
  if (!token) return;
  await state(page, problems, `${label}: token set`, async () => {
    const found = await useToken(page);
    await page.locator('.authorization__btn .locked').first().waitFor({ state: 'attached' });
    return found;
  });
};

const graphiql = async (page, problems, size) => {
  const label = `/graphql ${size}`;
  let posts = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST' && new URL(request.url()).pathname === '/graphql') posts += 1;
  });
  await state(page, problems, `${label}: stranger`, async () => {
    await page.goto(`${origin}/graphql`);
    await page.evaluate(axeSource);
    await page.locator('.graphiql-query-editor .CodeMirror').waitFor();
    await page.getByText('to load the schema').first().waitFor();
    return [
      ...expect(posts === 0, 'the schema was asked for without a token'),
      ...expect(await page.locator('h1').count() === 1, 'there is not exactly one h1'),
    ];
  });
  await loginBar(page, problems, label);
  if (token) {
    await state(page, problems, `${label}: schema loaded`, async () => {
      const answer = page.waitForResponse((response) => response.request().method() === 'POST');
      const found = await useToken(page);
      await answer;
      return found;
    });
    await state(page, problems, `${label}: query run`, async () => {
      await page.locator('.graphiql-query-editor .CodeMirror').click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText('{ __typename }');
      await page.locator('.graphiql-execute-button').click();
      await page.locator('.result-window', { hasText: '"__typename"' }).waitFor();
    });
    await state(page, problems, `${label}: socket opened`, async () => {
      const opened = page.waitForEvent('websocket').then((socket) =>
        socket.waitForEvent('framereceived', ({ payload }) => payload.includes('connection_ack')));
      await page.locator('.graphiql-query-editor .CodeMirror').click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText('subscription { events { type } }');
      await page.locator('.graphiql-execute-button').click();
      await opened;
    });
  }
  await state(page, problems, `${label}: documentation`, async () => {
    await page.getByRole('button', { name: /Documentation Explorer/ }).first().click();
    await page.locator('.graphiql-doc-explorer').waitFor();
  });
  if (token) {
    await state(page, problems, `${label}: documentation of a type`, async () => {
      await page.locator('.graphiql-doc-explorer-type-name').first().click();
      await page.locator('.graphiql-doc-explorer-back').waitFor();
    });
  }
  await state(page, problems, `${label}: headers editor`, async () => {
    await page.getByRole('button', { name: 'Headers' }).click();
    await page.locator('.graphiql-editor-tool .CodeMirror').last().waitFor();
  });
  await state(page, problems, `${label}: short keys`, async () => {
    await page.getByRole('button', { name: /short keys/i }).click();
    await page.getByRole('dialog').waitFor();
  });
  await state(page, problems, `${label}: settings`, async () => {
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /settings/i }).click();
    await page.getByRole('dialog').waitFor();
  });
};

const profile = mkdtempSync(join(tmpdir(), 'rapport-pages-'));
const options = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags,
};
try {
  for (const viewport of viewports) {
    for (const [name, visit] of Object.entries({ docs, graphiql })) {
      const folder = join(profile, `${name}-${viewport.width}`);
      const context = await chromium.launchPersistentContext(folder,
        { ...options, viewport, colorScheme: 'light' });
      try {
        const page = context.pages()[0] ?? await context.newPage();
        page.setDefaultTimeout(60_000); // the first opening of a long schema takes a slow machine that long
        await visit(page, watch(page), `${viewport.width}px`);
      } finally {
        await context.close();
      }
    }
  }
} finally {
  rmSync(profile, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
