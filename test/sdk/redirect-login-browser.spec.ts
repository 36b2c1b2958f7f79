import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { App } from '../../src/apps/app.model.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { accessibilityProblems, openBrowser, sidewaysScroll } from '../support/browser.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { FakeFacebook } from '../support/fake-facebook.js';
import { FakeGithub } from '../support/fake-github.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { serve, type Loopback } from '../support/loopback.js';

const LIMIT = 30_000;
const CLIENT_ID = 'shop';
const require = createRequire(join(process.cwd(), 'package.json'));
const SCRIPTS: Record<string, string> = {
  '/realm.js': readFileSync(require.resolve('realm-web/dist/bundle.iife.js'), 'utf8'),
  '/stitch.js': readFileSync(
    join(process.cwd(), 'node_modules/mongodb-stitch-browser-sdk/dist/browser/stitch.js'),
    'utf8',
  ),
};
const PAGES: Record<string, string> = {
  '/realm': '<script src="/realm.js"></script>',
  '/realm-done': '<script src="/realm.js"></script><script>Realm.handleAuthRedirect()</script>',
  '/stitch': '<script src="/stitch.js"></script>',
};

let server: TestServer;
let google: IdentityProvider;
let facebook: FakeFacebook;
let github: FakeGithub;
/** The app's own pages, at another site than ours. */
let pages: Loopback;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let app: App;

beforeAll(async () => {
  [google, facebook, github] = await Promise.all([IdentityProvider.start(), FakeFacebook.start(), FakeGithub.start()]);
  pages = await serve((request, response) => {
    const path = (request.url ?? '').replace(/[?#].*$/, '');
    const script = SCRIPTS[path];
    response.writeHead(200, { 'content-type': script === undefined ? 'text/html' : 'text/javascript' });
    response.end(script ?? `<!doctype html><title>Shop</title>${PAGES[path] ?? ''}`);
  });
  server = await createTestServer({
    env: {
      LATCHKEY_GOOGLE_ISSUER: google.issuer,
      LATCHKEY_APPLE_ISSUER: google.issuer,
      LATCHKEY_FACEBOOK_URL: facebook.url,
      LATCHKEY_FACEBOOK_GRAPH_URL: facebook.url,
      LATCHKEY_GITHUB_URL: github.url,
      LATCHKEY_GITHUB_API_URL: `${github.url}/api`,
    },
  });
  browser = await openBrowser();
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await pages?.stop();
  await Promise.all([google?.stop(), facebook?.stop(), github?.stop()]);
});

beforeEach(async () => {
  google.reset();
  google.claims = { sub: 'ada', name: 'Ada' };
  facebook.person = { id: '42', name: 'Ada' };
  github.visitor = { id: 42, login: 'ada', name: 'Ada' };
  for (const { secrets } of [facebook, github]) secrets.set(CLIENT_ID, 'secret');
  const redirect_uris = [`${pages.url}/realm-done`, `${pages.url}/stitch`];
  const settings = {
    config: { clientId: CLIENT_ID },
    secret_config: { clientSecret: 'clientSecret' },
    metadata_fields: [{ name: 'name', required: true }],
    redirect_uris,
  };
  app = await server.make.app({
    name: 'Shop',
    allowedOrigins: [pages.url],
    providers: [
      { type: 'anon-user' },
      { type: 'oauth2-google', settings },
      { type: 'oauth2-facebook', settings },
      { type: 'oauth2-github', settings },
      { type: 'oidc', name: 'work', settings: { ...settings, config: { clientId: CLIENT_ID, issuer: google.issuer } } },
      { type: 'oauth2-apple', settings: { ...settings, metadata_fields: undefined } },
    ],
  });
  await server.get(SecretsService).put(app, { name: 'clientSecret', value: 'secret' });
  context = await browser.newContext();
  context.setDefaultTimeout(LIMIT);
  page = await context.newPage();
});
afterEach(() => context.close());

/** Answers with a page that posts what the address of a redirect would have held. */
async function postBack(asked: URL, response: ServerResponse): Promise<void> {
  asked.searchParams.set('real', 'true');
  asked.hostname = 'localhost';
  const { headers } = await fetch(asked, { redirect: 'manual' });
  const back = new URL(headers.get('location') ?? '');
  const inputs = [...back.searchParams].map(([name, value]) => `<input name="${name}" value="${value}">`);
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end(`<!doctype html><form method="post" action="${back.origin}${back.pathname}">${inputs.join('')}</form>
    <script>document.forms[0].submit()</script>`);
}

describe('a page with realm-web', () => {
  beforeEach(async () => {
    await page.goto(`${pages.url}/realm`);
    await page.evaluate(
      `app = new Realm.App({ id: ${JSON.stringify(app.clientAppId)}, baseUrl: ${JSON.stringify(server.publicUrl)} })`,
    );
  });

  /** What came after the SDK goes by the name of the provider; a type that begins so has it open a window. */
  const credentials = (name: string): string => {
    const url = JSON.stringify(`${pages.url}/realm-done`);
    if (name === 'google') return `Realm.Credentials.google({ redirectUrl: ${url} })`;
    if (name === 'apple' || name === 'facebook') return `Realm.Credentials.${name}(${url})`;
    return `new Realm.Credentials('${name}', 'oauth2', false, { redirectUrl: ${url} })`;
  };

  it.each([
    ['google', 'oauth2-google'],
    ['facebook', 'oauth2-facebook'],
    ['oauth2-github', 'oauth2-github'],
    ['work', 'oidc'],
  ])('logs in with %s through a window of its own', async (name, provider) => {
    const user = await page.evaluate<{ id: string; name: string; provider: string }>(
      `app.logIn(${credentials(name)}).then((user) =>
        ({ id: user.id, name: user.profile.name, provider: user.identities[0].providerType }))`,
    );
    expect(user).toEqual({ id: expect.stringMatching(/^[0-9a-f]{24}$/), name: 'Ada', provider });
    expect(context.pages()).toHaveLength(1);
    expect(await page.evaluate('app.currentUser.refreshAccessToken().then(() => app.currentUser.isLoggedIn)')).toBe(
      true,
    );
    expect((await context.cookies()).filter(({ name }) => name.includes('latchkey-login'))).toEqual([]);
  });

  it('comes back from a form that another site posts, as Apple does it', async () => {
    // The provider's page is of this site, the form it sends is not: 127.0.0.1 is another site than localhost.
    google.routes.set('/authorize', (request, response) => {
      const asked = new URL(request.url ?? '', google.issuer);
      if (asked.searchParams.has('real')) return google.real(request, response);
      if (request.headers.host?.startsWith('127.0.0.1')) return void postBack(asked, response);
      asked.hostname = '127.0.0.1';
      response.writeHead(302, { location: asked.href }).end();
    });
    google.claims = { sub: 'ada' };
    const id = await page.evaluate(`app.logIn(${credentials('apple')}).then((user) => user.id)`);
    expect(id).toMatch(/^[0-9a-f]{24}$/);
  });

  it('links through our page, which asks first', async () => {
    const anonymous = await page.evaluate<string>('app.logIn(Realm.Credentials.anonymous()).then((user) => user.id)');
    const popup = context.waitForEvent('page', { timeout: LIMIT });
    const linked = page.evaluate<string[]>(
      `app.currentUser.linkCredentials(${credentials('google')}).then(() =>
        [app.currentUser.id, ...app.currentUser.identities.map(({ providerType }) => providerType)])`,
    );
    const asking = await popup;
    await asking.getByRole('button').waitFor({ timeout: LIMIT });
    expect(await asking.textContent('main')).toContain(anonymous);
    await asking.setViewportSize({ width: 320, height: 700 });
    expect(await sidewaysScroll(asking)).toBe(0);
    await asking.getByRole('button', { name: 'Go on to Google' }).click();
    expect(await linked).toEqual([anonymous, 'anon-user', 'oauth2-google']);
  });
});

describe('a page with the Stitch SDK', () => {
  const connect = (): Promise<unknown> =>
    page.evaluate(`client = stitch.Stitch.initializeAppClient(${JSON.stringify(app.clientAppId)},
      new stitch.StitchAppClientConfiguration.Builder().withBaseUrl(${JSON.stringify(server.publicUrl)}).build()); true`);
  const credential = (): string => `new stitch.GoogleRedirectCredential(${JSON.stringify(`${pages.url}/stitch`)})`;

  async function finish(): Promise<{ id: string; name: string; provider: string }> {
    await page.waitForURL(/\/stitch#/, { timeout: LIMIT });
    await connect();
    expect(await page.evaluate('client.auth.hasRedirectResult()')).toBe(true);
    return page.evaluate(`client.auth.handleRedirectResult().then((user) =>
      ({ id: user.id, name: user.profile.name, provider: user.loggedInProviderType }))`);
  }

  it('logs in on its own page', async () => {
    await page.goto(`${pages.url}/stitch`);
    await connect();
    await page.evaluate(`client.auth.loginWithRedirect(${credential()}); true`);
    expect(await finish()).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      name: 'Ada',
      provider: 'oauth2-google',
    });
  });

  it('links by way of our page', async () => {
    await page.goto(`${pages.url}/stitch`);
    await connect();
    const anonymous = await page.evaluate<string>(
      'client.auth.loginWithCredential(new stitch.AnonymousCredential()).then((user) => user.id)',
    );
    await page.evaluate(`void client.auth.user.linkUserWithRedirect(${credential()})`);
    await page.waitForURL(/\/auth\/link\//, { timeout: LIMIT });
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Go on to Google' }).click();
    expect(await finish()).toMatchObject({ id: anonymous, name: 'Ada' });
  });
});
