import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import type { ApiClient } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { linkIn } from '../support/smtp.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SHOTS = process.env['LATCHKEY_TEST_SCREENSHOTS'];

let server: TestServer;
let browser: Browser;
let admin: AdminClient;
let app: App;
let client: ApiClient;

beforeAll(async () => {
  server = await createTestServer();
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'], timeout: 60_000 });
  admin = await makeAdmin(server);
  app = await server.make.app({ name: 'Shop', providers: [{ type: 'local-userpass', settings: { config: {} } }] });
  client = server.client(app);
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await server.stop();
});

async function lastLink(): Promise<string> {
  const inbox = `${admin.app(app)}/inbox`;
  const [newest] = (await admin.get(inbox)).body as unknown as { _id: string }[];
  const { body } = await admin.get(`${inbox}/${newest!._id}`);
  return linkIn(body as { text?: string; html?: string }).href.replace(server.publicUrl, server.baseUrl);
}

/** A browser that runs no script, at a phone's width or a desk's. */
async function openPage(
  link: string,
  wanted: { width: number; locale?: string; javaScriptEnabled?: boolean },
): Promise<Page> {
  const { width, locale = 'en-GB', javaScriptEnabled = false } = wanted;
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    locale,
    javaScriptEnabled,
    bypassCSP: javaScriptEnabled,
  });
  const page = await context.newPage();
  await page.goto(link, { timeout: 30_000 });
  return page;
}

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

async function violationsAt(link: string): Promise<string[]> {
  const page = await openPage(link, { width: 360, javaScriptEnabled: true });
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<{ violations: { id: string }[] }>('axe.run()');
  const wide = await page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth');
  await page.context().close();
  return [...violations.map(({ id }) => id), ...(wide ? ['wider than the screen'] : [])];
}

describe('in a browser without scripts', () => {
  it('an address is confirmed, and its password reset', async () => {
    const email = `${'long.name.of.a.person.'.repeat(4)}@example.com`;
    await client.register({ email, password: 'secret1' });
    const confirm = await lastLink();
    expect(await violationsAt(confirm)).toEqual([]);
    const narrow = await openPage(confirm, { width: 360 });
    await shoot(narrow, 'confirm-narrow');
    await narrow.getByRole('button').click({ timeout: 30_000 });
    expect(await narrow.getByRole('heading').textContent()).toBe('The address is confirmed');
    await shoot(narrow, 'confirmed-narrow');

    const path = `${client.appPath}/auth/providers/local-userpass/reset/send`;
    await client.request('POST', path, { body: { email } });
    const reset = await lastLink();
    expect(await violationsAt(reset)).toEqual([]);
    const wide = await openPage(reset, { width: 1280, locale: 'de-DE' });
    await wide.getByLabel('Passwort', { exact: true }).fill('secret2');
    await wide.getByLabel('Dasselbe Passwort noch einmal').fill('secret3');
    await wide.getByRole('button').click();
    expect(await wide.getByRole('alert').textContent()).toContain('nicht gleich');
    await shoot(wide, 'reset-wide');
    for (const label of ['Passwort', 'Dasselbe Passwort noch einmal']) {
      await wide.getByLabel(label, { exact: true }).fill('secret2');
    }
    await wide.getByRole('button').click();
    expect(await wide.getByRole('heading').textContent()).toBe('Das Passwort ist gespeichert');
    expect((await client.login('local-userpass', { username: email, password: 'secret2' })).status).toBe(200);
    expect(await violationsAt(reset)).toEqual([]);
  }, 90_000);

  it('an invitation is accepted', async () => {
    await admin.post(`${admin.app(app)}/users/invite`, { email: 'invited@example.com' });
    const link = await lastLink();
    expect(await violationsAt(link)).toEqual([]);
    const page = await openPage(link, { width: 360 });
    await shoot(page, 'invite-narrow');
    await page.getByLabel('Password', { exact: true }).fill('secret2');
    await page.getByLabel('The same password again').fill('secret2');
    await page.getByRole('button').click();
    expect(await page.getByRole('heading').textContent()).toBe('You have an account');
    const answer = await client.login('local-userpass', { username: 'invited@example.com', password: 'secret2' });
    expect(answer.status).toBe(200);
    const again = await openPage(link, { width: 1280 });
    await shoot(again, 'not-valid-wide');
    expect(await again.getByRole('heading').textContent()).toContain('not valid');
  }, 90_000);
});
