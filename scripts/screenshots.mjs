// Takes the pictures of the console that the documents show: `npm run build && node scripts/screenshots.mjs`.
// Starts the built server on a folder of its own, fills it with people who do not exist, and ends it. Needs Chromium: the
// one that CHROMIUM names, or `chromium` in the path. `--all <folder>` takes every page, narrow and wide, light and dark.
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { delimiter, join } from 'node:path';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const OWNER = { email: 'ada@example.com', password: 'a long password' };
const PEOPLE = ['grace.hopper', 'alan.turing', 'edsger.dijkstra', 'barbara.liskov', 'donald.knuth', 'radia.perlman'];
const AGENTS = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15',
];

const all = process.argv[2] === '--all' ? process.argv[3] : undefined;
const folder = all ?? join(import.meta.dirname, '..', 'docs', 'screenshots');

const port = await freePort();
const base = `http://localhost:${port}`;
const data = await mkdtemp(join(tmpdir(), 'latchkey-pictures-'));
const env = { ...process.env, LATCHKEY_DATA_DIR: data, PORT: String(port), MONGODB_URI: undefined };
const server = spawn(process.execPath, [join(import.meta.dirname, '..', 'dist', 'bundle', 'src', 'main.js')], {
  env,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const link = setupLink();
link.catch(() => {});
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
try {
  await mkdir(folder, { recursive: true });
  const page = await browser.newPage({ viewport: all ? { width: 1280, height: 800 } : { width: 1080, height: 720 } });
  page.setDefaultTimeout(30_000);
  await setUp(page, await link);
  const app = new URL(page.url()).pathname;
  await fill(page, app);
  await take(page, app);
} finally {
  await browser.close();
  const ended = new Promise((resolve) => server.once('exit', resolve));
  if (server.exitCode === null && server.kill('SIGTERM')) await ended;
  await rm(data, { recursive: true, force: true });
}

async function setUp(page, link) {
  await page.goto(link);
  if (all) await shoot(page, 'setup');
  await page.getByLabel('Email address').fill(OWNER.email);
  await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
  await page.getByLabel('The same password again').fill(OWNER.password);
  await page.getByRole('button', { name: 'Make the administrator' }).click();
  await page.waitForURL(/\/console\/groups\//);
}

/** Through the Admin API, with the cookie of the page's own session. */
async function fill(page, app) {
  const api = `${base}${app.replace('/console/', '/api/admin/v3.0/')}`;
  const headers = { origin: base };
  const call = async (method, path, body) => {
    const answer = await page.request.fetch(api + path, { method, headers, ...(body ? { data: body } : {}) });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.status() === 204 ? undefined : answer.json().catch(() => undefined);
  };
  const clientApp = (await call('GET', ''))['client_app_id'];
  const client = `${base}/api/client/v2.0/app/${clientApp}/auth/providers`;
  const providers = await call('GET', '/auth_providers');
  const keys = providers.find(({ type }) => type === 'api-key');
  if (!keys) await call('POST', '/auth_providers', { type: 'api-key' });
  for (const name of PEOPLE) {
    const email = `${name}@example.com`;
    await call('POST', '/users', { email, password: 'secret words' });
    const logins = 1 + (name.length % 3);
    for (let i = 0; i < logins; i += 1)
      await logIn(`${client}/local-userpass/login`, { username: email, password: 'secret words' }, i);
    await logIn(`${client}/local-userpass/login`, { username: email, password: 'wrong' }, 0);
  }
  await logIn(`${client}/anon-user/login`, {}, 2);
  const users = await call('GET', '/users');
  const named = (name) => users.find(({ data }) => data?.email?.startsWith(name))._id;
  await call('PUT', `/users/${named('edsger')}/disable`);
  await call('PUT', `/users/${named('grace')}/custom_data`, { plan: 'pro', seats: 12, features: ['reports', 'sso'] });
  await call('POST', '/secrets', { name: 'google-client-secret', value: 'not a real one' });
  await call('POST', '/api_keys', { name: 'billing-server' });
  await call('POST', '/api_keys', { name: 'nightly-report' });
  await call('POST', '/security/allowed_request_origins', ['https://shop.example.com', 'http://localhost:5173']);
  await call('POST', '/signing_keys/rotate');
  const mail = providers.find(({ type }) => type === 'local-userpass');
  await call('PATCH', `/auth_providers/${mail._id}`, { config: { autoConfirm: false } });
  const register = { email: 'new.person@example.com', password: 'secret words' };
  await logIn(`${client}/local-userpass/register`, register, 1);
  const group = api.slice(0, api.indexOf('/apps/'));
  await page.request.post(`${group}/administrators`, {
    headers,
    data: { email: 'help@example.com', role_name: 'GROUP_SUPPORT' },
  });
}

async function logIn(url, body, agent) {
  const headers = { 'content-type': 'application/json', 'user-agent': AGENTS[agent % AGENTS.length] };
  await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function take(page, app) {
  await page.goto(`${base}${app}/users?search=grace`);
  const user = new URL(await page.getByRole('link', { name: 'grace.hopper@example.com' }).getAttribute('href'), base)
    .pathname;
  const pages = await links(page, app);
  if (!all) {
    for (const name of ['', 'users', 'providers', 'audit', 'statistics'].filter((one) => pages.includes(one))) {
      await page.goto(`${base}${app}/${name}`.replace(/\/$/, ''));
      await shoot(page, name || 'dashboard');
    }
    await page.goto(base + user);
    return shoot(page, 'user');
  }
  const server = ['apps', 'administrators', 'account', 'system'].map((name) => [name, `/console/${name}`]);
  const ofApp = pages.map((name) => [name || 'dashboard', `${app}/${name}`.replace(/\/$/, '')]);
  const more = [
    ['user', user],
    ['new-user', `${app}/users/new`],
    ['nobody', `${app}/users?search=nobody`],
    ['new-provider', `${app}/providers/new/oidc`],
    ['mail-texts', `${app}/mails/texts`],
    ['not-found', '/console/nothing'],
    ['welcome', '/'],
    ['docs', '/docs'],
    ['docs-section', '/docs/the-server'],
  ];
  for (const [name, path] of [...ofApp, ...server, ...more]) {
    const answer = await page.goto(base + path);
    if (answer.status() === 404 && name !== 'not-found') continue;
    await shoot(page, name);
  }
  for (const [name, path, button] of [
    ['question', user, 'Delete'],
    ['second-factor', '/console/account', 'Set it up'],
    ['tried', app, 'Log in'],
    ['login', app, 'Log out'],
  ]) {
    await page.goto(base + path);
    await page.getByRole('button', { name: button, exact: true }).first().click();
    await shoot(page, name);
  }
}

/** The pages of the app that there are. */
async function links(page, app) {
  const found = await page.locator('nav a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  return found.filter((href) => href === app || href.startsWith(`${app}/`)).map((href) => href.slice(app.length + 1));
}

async function shoot(page, name) {
  if (!all) {
    await page.emulateMedia({ colorScheme: 'light' });
    return void (await page.screenshot({ path: join(folder, `${name}.png`) }));
  }
  for (const [width, colorScheme] of [
    [1280, 'light'],
    [1280, 'dark'],
    [320, 'light'],
  ]) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** The link of the first administrator: not printed where somebody may keep what is printed, so it is asked for. */
async function setupLink() {
  while (
    !(await fetch(`${base}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const cli = join(import.meta.dirname, '..', 'dist', 'src', 'cli', 'main.js');
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'admin', 'setup-link'], {
    env,
    timeout: 60_000,
  });
  return stdout.trim();
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function chromiumPath() {
  const inPath = (process.env.PATH ?? '').split(delimiter).map((one) => join(one, 'chromium'));
  const found = process.env.CHROMIUM ?? inPath.find((path) => existsSync(path));
  if (!found) throw new Error('no Chromium: install the package chromium, or set CHROMIUM to its path');
  return found;
}
