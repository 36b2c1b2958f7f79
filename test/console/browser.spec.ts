import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { App as RealmApp, Credentials } from 'realm-web';
import { AdminSetupService } from '../../src/admin/auth/admin-setup.service.js';
import { AppsService } from '../../src/apps/apps.service.js';
import { accessibilityProblems, openBrowser, sidewaysScroll } from '../support/browser.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

const OWNER = { email: 'owner@example.com', password: 'a long password' };
const EVE = { email: 'eve@example.com', password: 'secret words' };

let server: TestServer;
let browser: Browser | undefined;
let context: BrowserContext;
let page: Page;
/** What the browser complains of: scripts and styles that the page's own policy stops, and files that are not there. */
const complaints: string[] = [];

beforeAll(async () => {
  [server, browser] = await Promise.all([createTestServer(), openBrowser()]);
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const at = (path: string): string => server.publicUrl + path;

describe('the console in a browser', () => {
  it('leads from the setup link to revoked sessions, and the SDK is refused at once', async () => {
    const link = await server.get(AdminSetupService).makeLink();
    await page.goto(link!.url);
    await page.getByLabel('Email address').fill(OWNER.email);
    await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
    await page.getByLabel('The same password again').fill(OWNER.password);
    await page.getByRole('button', { name: 'Make the administrator' }).click();
    await page.getByRole('heading', { name: 'demo', level: 1 }).waitFor();

    await page.getByRole('link', { name: 'Users', exact: true }).click();
    await page.getByRole('link', { name: 'New user' }).click();
    await page.getByLabel('Email address').fill(EVE.email);
    await page.getByLabel('Password').fill(EVE.password);
    await page.getByRole('button', { name: 'Create the user' }).click();
    await page.getByText('eve@example.com can log in now.').waitFor();

    const [app] = await server.get(AppsService).list();
    const realm = new RealmApp({ id: app!.clientAppId, baseUrl: server.publicUrl });
    const user = await realm.logIn(Credentials.emailPassword(EVE.email, EVE.password));
    await user.refreshCustomData();

    await page.reload();
    await page.getByRole('button', { name: 'Revoke all sessions' }).click();
    await page.getByRole('heading', { name: 'Revoke all sessions?' }).waitFor();
    await page.getByRole('main').getByRole('button', { name: 'Revoke all sessions' }).click();
    await page.getByText('All sessions are revoked').waitFor();
    await expect(user.refreshCustomData()).rejects.toThrow(/401|session/);
    await page.getByText('No session: this user is logged in nowhere.').waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it('reads well to assistive technology, in light and dark, wide and narrow', async () => {
    const [app] = await server.get(AppsService).list();
    const ofApp = new URL(page.url()).pathname.replace(/\/users.*$/, '');
    const user = new URL(page.url()).pathname;
    await server.client(app!).login('local-userpass', { username: EVE.email, password: EVE.password });
    await page.goto(at(`${ofApp}/secrets`));
    await page.getByLabel('Name').fill('client-secret');
    await page.getByLabel('Value').fill('hush');
    await page.getByRole('button', { name: 'Save the secret' }).click();

    const links = await page.locator('nav a[href^="/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')!));
    expect(links.length).toBeGreaterThan(8);
    const more = [user, `${ofApp}/mails/texts`, `${ofApp}/users/new`, `${ofApp}/users?search=nobody`, `${ofApp}/none`];
    const problems: string[] = [];
    for (const path of [...links, ...more]) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.emulateMedia({ colorScheme: 'light' });
      const answer = await page.goto(at(path));
      expect((await answer!.body()).length).toBeLessThan(100_000);
      problems.push(...(await accessibilityProblems(page)));
      await page.setViewportSize({ width: 320, height: 900 });
      await page.emulateMedia({ colorScheme: 'dark' });
      problems.push(...(await accessibilityProblems(page)));
      if ((await sidewaysScroll(page)) > 0) problems.push(`${path}: scrolls sideways at 320 px`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    expect(problems).toEqual([]);
  }, 120_000);

  it('can be used with a keyboard alone', async () => {
    const ofApp = new URL(page.url()).pathname.replace(/\/none$/, '');
    await page.goto(at(`${ofApp}/users/new`));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('keys@example.com');
    await page.keyboard.press('Tab');
    await page.keyboard.type('secret words');
    await page.keyboard.press('Enter');
    await page.getByText('keys@example.com can log in now.').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const focused = (): Promise<string> =>
      page.evaluate<string>('document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent');
    for (let i = 0; i < 10 && (await focused()) !== 'Disable'; i += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Disable this user?' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    for (let i = 0; i < 10 && (await focused()) !== 'Disable'; i += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('The user is disabled and logged out everywhere.').waitFor();
  }, 60_000);

  it('works without JavaScript', async () => {
    const ofApp = new URL(page.url()).pathname.replace(/\/users\/.*$/, '');
    const plain = await browser!.newContext({ javaScriptEnabled: false, storageState: await context.storageState() });
    const tab = await plain.newPage();
    tab.setDefaultTimeout(20_000);
    await tab.goto(at(`${ofApp}/secrets`));
    await tab.getByLabel('Name').fill('second');
    await tab.getByLabel('Value', { exact: true }).fill('hush');
    await tab.getByRole('button', { name: 'Save the secret' }).click();
    await tab.getByText('The secret second is saved.').waitFor();
    await tab.getByRole('button', { name: 'Delete: second' }).click();
    await tab.getByRole('main').getByRole('button', { name: 'Delete' }).click();
    await tab.getByText('The secret is deleted.').waitFor();
    await tab.goto(at(`${ofApp}/providers`));
    await tab.getByRole('button', { name: 'Turn off: anon-user' }).click();
    await tab.getByRole('main').getByRole('button', { name: 'Turn off' }).click();
    await tab.getByText('anon-user is off.').waitFor();
    await tab.goto(at(`${ofApp}/settings`));
    await tab.getByLabel('Access tokens live, in seconds').fill('600');
    await tab.getByRole('button', { name: 'Save', exact: true }).first().click();
    await tab.getByText('The settings are saved.').waitFor();
    await tab.setViewportSize({ width: 320, height: 700 });
    await tab.getByRole('link', { name: 'Menu', exact: true }).click();
    await tab.getByRole('link', { name: 'Signing keys' }).click();
    await tab.getByRole('heading', { name: 'Signing keys', level: 1 }).waitFor();
    await plain.close();
  }, 60_000);
});
