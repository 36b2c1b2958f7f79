import { request as ask } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { App as RealmApp, Credentials } from 'realm-web';
import { t } from '../../admin-ui/strings.js';
import { AdminSetupService } from '../../src/admin/auth/admin-setup.service.js';
import type { App } from '../../src/apps/app.model.js';
import { AppsService } from '../../src/apps/apps.service.js';
import { makeAdmin } from '../support/admin-client.js';
import { openBrowser } from '../support/browser.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { makeCrowd } from '../support/crowd.js';
import { serve } from '../support/loopback.js';

const OWNER = { email: 'owner@example.com', password: 'a long password' };
const EVE = { email: 'eve@example.com', password: 'secret words' };

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let app: App;
/** Path of the app's pages. */
let home: string;
/** What the browser complains of: scripts and styles that the page's own policy stops, and files that are not there. */
const complaints: string[] = [];

beforeAll(async () => {
  [server, browser] = await Promise.all([createTestServer(), openBrowser()]);
  [app] = (await server.get(AppsService).list()) as [App];
  home = `/console/groups/${app.group.toHexString()}/apps/${app._id.toHexString()}`;
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, timezoneId: 'Asia/Tokyo' });
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const at = (path: string): string => server.publicUrl + path;

interface Focused {
  name: string;
  /** It is on the screen, and marked as what has the focus. */
  seen: boolean;
}

/** What the keyboard is on. */
function focused(): Promise<Focused> {
  return page.evaluate<Focused>(`(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const { top, bottom, width } = element.getBoundingClientRect();
    const marked = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
    return {
      name: (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent).trim(),
      seen: marked && width > 0 && bottom > 0 && top < innerHeight,
    };
  })()`);
}

/** Walks with Tab until it is there. @throws where it never is, or where on the way nobody can see what has the focus */
async function tabTo(name: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const passed = [];
  for (let steps = 0; steps < 60; steps += 1) {
    await page.keyboard.press(key);
    const now = await focused();
    if (!now.seen) throw new Error(`nobody sees that the focus is on “${now.name}”`);
    if (now.name === name) return;
    passed.push(now.name);
  }
  throw new Error(`“${name}” is not reached, only ${passed.join(', ')}`);
}

async function typeInto(label: string, text: string): Promise<void> {
  await tabTo(label);
  await page.keyboard.type(text);
}

/** Past the navigation. */
async function skip(): Promise<void> {
  await tabTo(t.frame.skip);
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('content');
}

/** After a form, the focus is on what became of it, and that is read out. */
async function hears(text: string): Promise<void> {
  await page.getByText(text).waitFor();
  expect(await page.evaluate('document.activeElement.getAttribute("role")')).toMatch(/^(status|alert)$/);
  expect((await focused()).name).toContain(text);
}

describe('the console with a keyboard alone', () => {
  it('is set up; a user is made, found, and thrown out, and the SDK is refused at once', async () => {
    const link = await server.get(AdminSetupService).makeLink();
    await page.goto(link!.url);
    await typeInto('Email address', OWNER.email);
    await typeInto('Password', OWNER.password);
    await typeInto('The same password again', 'another password');
    await page.keyboard.press('Enter');
    await hears('The two passwords are not the same.');
    await typeInto('Password', OWNER.password);
    await typeInto('The same password again', OWNER.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'demo', level: 1 }).waitFor();

    await tabTo(t.sections.users);
    await page.keyboard.press('Enter');
    await page.getByText(t.users.empty).waitFor();
    await skip();
    await tabTo(t.users.new);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: t.newUser.title }).waitFor();
    await skip();
    await typeInto(t.newUser.email, EVE.email);
    await typeInto(t.newUser.password, EVE.password);
    await page.keyboard.press('Enter');
    await hears(t.newUser.done(EVE.email));

    const realm = new RealmApp({ id: app.clientAppId, baseUrl: server.publicUrl });
    const user = await realm.logIn(Credentials.emailPassword(EVE.email, EVE.password));
    await user.refreshCustomData();

    await tabTo(t.sections.users, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: EVE.email }).waitFor();
    await skip();
    await typeInto(t.users.search, 'eve@');
    await page.keyboard.press('Enter');
    await page.waitForURL(/search=eve/);
    await tabTo(EVE.email);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: EVE.email, level: 1 }).waitFor();
    await skip();
    await tabTo(t.user.revoke);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: t.user.revokeTitle }).waitFor();
    await skip();
    await tabTo(t.user.revoke);
    await page.keyboard.press('Space');
    await hears(t.user.revoked);
    await expect(user.refreshCustomData()).rejects.toThrow(/401|session/);
    // The form that was not accepted.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('status of 400')]);
  }, 60_000);

  it('has a provider set up, and is left', async () => {
    await page.goto(at(`${home}/providers`));
    await skip();
    await tabTo(t.providers.addOne('custom-token'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: t.providers.addOne('custom-token') }).waitFor();
    await skip();
    await tabTo('Signing algorithm');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Home');
    await typeInto('Secrets that hold the signing keys', 'issuer-key');
    await tabTo(t.providers.create);
    await page.keyboard.press('Space');
    await hears(t.providers.created('custom-token'));
    await tabTo('custom-token');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'custom-token', level: 1 }).waitFor();
    await skip();
    await tabTo('One of the audiences is enough');
    await page.keyboard.press('Space');
    await tabTo(t.providers.save);
    await page.keyboard.press('Enter');
    await hears(t.providers.saved('custom-token'));
    await tabTo(t.frame.logout, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await hears(t.login.loggedOut);
    await typeInto(t.login.email, OWNER.email);
    await typeInto(t.login.password, OWNER.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'demo', level: 1 }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);
});

describe('the console in a browser', () => {
  it('finds one of ten thousand, and pages through them', async () => {
    const ids = await makeCrowd(server, app, 10_000);
    await page.goto(at(`${home}/users`));
    await page.getByRole('link', { name: 'person-9999@example.com' }).waitFor();
    await page.getByRole('link', { name: t.users.next }).click();
    await page.getByRole('link', { name: 'person-9949@example.com' }).waitFor();
    await page.getByLabel(t.users.search, { exact: true }).fill('person-4321@');
    await page.keyboard.press('Enter');
    await page.waitForURL(/search=person-4321/);
    expect(await page.getByRole('row').count()).toBe(2);
    await page.getByRole('link', { name: 'person-4321@example.com' }).waitFor();
    await page.goto(at(`${home}/users?after=${ids[30]}`));
    // Eve came before them.
    expect(await page.getByRole('checkbox').count()).toBe(31);
    expect(await page.getByRole('link', { name: t.users.next }).count()).toBe(0);
    await page.getByRole('link', { name: t.users.first }).click();
    await page.getByRole('link', { name: 'person-9999@example.com' }).waitFor();
  }, 60_000);

  it('says how long ago things were, and when by the clock of the reader', async () => {
    await page.goto(at(`${home}/users?search=eve@`));
    const time = page.locator('td time').first();
    expect(await time.innerText()).toMatch(/just now|ago/);
    expect(await time.getAttribute('title')).toMatch(/GMT\+9|Japan/);
    const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await context.storageState() });
    const tab = await plain.newPage();
    await tab.goto(page.url());
    expect(await tab.locator('td time').first().getAttribute('title')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    await plain.close();
  });

  it('copies what is meant to be copied', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.publicUrl });
    await page.goto(at('/console/administrators'));
    await page.getByLabel(t.administrators.keyName).fill('deploy');
    await page.getByRole('button', { name: t.administrators.createKey }).click();
    await page.getByRole('button', { name: t.shownOnce.copy }).first().click();
    const copied = await page.evaluate('navigator.clipboard.readText()');
    expect(copied).toBe(await page.locator('#shown-once').inputValue());
  });

  it('has its menu behind a button where there is no room for it', async () => {
    await page.goto(at(home));
    await page.setViewportSize({ width: 320, height: 700 });
    const signing = page.getByRole('link', { name: t.sections.signing });
    expect(await signing.isVisible()).toBe(false);
    await page.getByRole('link', { name: t.frame.menu, exact: true }).click();
    await signing.click();
    await page.getByRole('heading', { name: t.sections.signing, level: 1 }).waitFor();
    await page.setViewportSize({ width: 1280, height: 900 });
  });
});

describe('the console in a local network, behind a proxy that serves it under a path', () => {
  it('is entered over plain http, and styled, and its forms arrive', async () => {
    let behind: TestServer;
    const proxy = await serve((request, answer) => {
      const path = (request.url ?? '').replace(/^\/auth/, '');
      const { headers, method } = request;
      const passed = ask(behind.baseUrl + path, { method, headers }, (response) => {
        answer.writeHead(response.statusCode!, response.headers);
        response.pipe(answer);
      });
      request.pipe(passed);
    });
    const publicUrl = `${proxy.url.replace('127.0.0.1', 'id.lan.test')}/auth`;
    behind = await createTestServer({ env: { LATCHKEY_PUBLIC_URL: publicUrl } });
    const lan = await browser.newContext();
    const tab = await lan.newPage();
    tab.setDefaultTimeout(20_000);
    const wrong: string[] = [];
    tab.on('response', (response) => response.status() >= 400 && wrong.push(response.url()));
    tab.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    try {
      const { account } = await makeAdmin(behind);
      await tab.goto(`${publicUrl}/`);
      await tab.getByRole('link', { name: t.welcome.console }).click();
      await tab.getByLabel(t.login.email).fill(account.email);
      await tab.getByLabel(t.login.password).fill(account.password);
      await tab.getByRole('button', { name: t.login.button }).click();
      await tab.getByRole('link', { name: t.sections.secrets }).click();
      await tab.getByLabel(t.secrets.name).fill('one');
      await tab.getByLabel(t.secrets.value).fill('hush');
      await tab.getByRole('button', { name: t.secrets.create }).click();
      await tab.getByText(t.secrets.created('one')).waitFor();
      await tab.getByRole('button', { name: 'Delete: one' }).click();
      await tab.getByRole('main').getByRole('button', { name: t.secrets.delete }).click();
      await tab.getByText(t.secrets.deleted).waitFor();
      expect(tab.url()).toMatch(/^http:\/\/id\.lan\.test:\d+\/auth\/console\/groups\//);
      expect(await tab.evaluate('isSecureContext')).toBe(false);
      expect(wrong).toEqual([]);
    } finally {
      await lan.close();
      await behind.stop();
      await proxy.stop();
    }
  }, 60_000);
});
