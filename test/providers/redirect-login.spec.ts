import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { AppRemovalService } from '../../src/accounts/app-removal.service.js';
import { ProviderConfigsService } from '../../src/providers/provider-configs.service.js';
import { FakeClock } from '../support/fake-clock.js';
import { CLIENT_PATH, type Answer } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectEmpty, expectError, expectJson } from '../support/expect-answer.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { CLIENT_ID, makeOidcApp, type WantedIssuer } from '../support/oidc-app.js';
import {
  expectFailure,
  HOME,
  leave,
  logInByRedirect,
  sessionOf as session,
  startUrl,
  type WayBack,
} from '../support/redirect-login.js';
import { fragmentOf, Visitor, type Arrival } from '../support/visitor.js';

/** Of logins and links by redirect, what is the same with every identity provider; one stands for all. */
let server: TestServer;
let idp: IdentityProvider;
beforeAll(async () => {
  [server, idp] = await Promise.all([createTestServer(), IdentityProvider.start()]);
});
beforeEach(() => idp.reset());
afterAll(async () => {
  await server.stop();
  await idp.stop();
});

const makeApp = (...wanted: WantedIssuer[]): Promise<App> => makeOidcApp(server, idp.issuer, ...wanted);
const logIn = (app: App, query?: string): Promise<Arrival> =>
  logInByRedirect(server, app, 'oidc', query === undefined ? {} : { query });
const startOf = (app: App, query?: string): URL => startUrl(server, app, 'oidc', query);

describe('a login by redirect', () => {
  it('ends at the app’s page with a session, in the fields of both generations of SDKs', async () => {
    const app = await makeApp({
      metadata_fields: [{ name: 'email' }, { name: 'given_name', field_name: 'first_name' }],
    });
    idp.claims = { sub: 'ada', email: 'ada@example.com', given_name: 'Adä 🔑' };
    const arrival = await logIn(app);
    expect(`${arrival.url.origin}${arrival.url.pathname}${arrival.url.search}`).toBe(HOME);
    const { userId, accessToken, refreshToken, deviceId } = session(arrival);
    const ua = [accessToken, refreshToken, userId, deviceId].join('$');
    expect(fragmentOf(arrival.url)).toEqual({
      _baas_client_app_id: app.clientAppId,
      _stitch_client_app_id: app.clientAppId,
      _baas_state: 'app state/=&$',
      _stitch_state: 'app state/=&$',
      _baas_ua: ua,
      _stitch_ua: ua,
    });
    expect(arrival.headers.get('cache-control')).toBe('no-store');
    const profile = await server.client(app).profile(accessToken);
    expect(profile.body).toMatchObject({
      user_id: userId,
      identities: [{ id: 'ada', provider_type: 'oidc' }],
      data: { email: 'ada@example.com', first_name: 'Adä 🔑' },
    });
    expectJson(await server.client(app).refresh(refreshToken), 201);
  });

  it.each([
    ['encoded', 'https://app.example.com/a?x=1&y=2', encodeURIComponent('https://app.example.com/a?x=1&y=2')],
    ['raw, as old SDKs send it', 'https://app.example.com/a?x=1&y=2', encodeURI('https://app.example.com/a?x=1&y=2')],
    [
      'raw with signs',
      'https://app.example.com/a+b/ä?state=1&x=%25',
      encodeURI('https://app.example.com/a+b/ä?state=1&x=%25'),
    ],
    ['an app’s own scheme', 'myapp://done', 'myapp://done'],
    ['an app’s own scheme with a query', 'myapp:/done?a=1&b=', encodeURIComponent('myapp:/done?a=1&b=')],
    ['without a path', 'https://app.example.com', encodeURIComponent('https://app.example.com')],
    ['of slashes', 'https://app.example.com/a%2Fb//', encodeURIComponent('https://app.example.com/a%2Fb//')],
    ['at an IPv6 address', 'http://[2001:db8::1]:8080/x?', encodeURIComponent('http://[2001:db8::1]:8080/x?')],
    ['with a field of ours', `${HOME}?_baas_ua=x`, encodeURIComponent(`${HOME}?_baas_ua=x`)],
  ])('takes a redirect URI that is %s (B29)', async (_how, listed, sent) => {
    const app = await makeApp({ redirect_uris: [listed] });
    const { url } = await logIn(app, `redirect=${sent}&state=abc&device=e30%3D`);
    expect(url.href.replace(/#.*/, '')).toBe(new URL(listed).href);
    expect(fragmentOf(url)).toMatchObject({ _baas_state: 'abc', _stitch_ua: expect.stringContaining('$') });
  });

  it.each([
    ['another page', 'https://app.example.com/login/', 400, /redirect/],
    ['another site', 'https://evil.example/login', 400, /redirect/],
    ['a listed one with more', `${HOME}?x=1`, 400, /redirect/],
    ['other letters', 'https://APP.example.com/login', 400, /redirect/],
  ])('shows an error page for %s', async (_what, redirect, status, words) => {
    const app = await makeApp();
    const query = new URLSearchParams({ redirect, state: 'x' }).toString();
    const arrival = await logIn(app, query);
    expect(arrival.status).toBe(status);
    expect(arrival.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(arrival.text).toMatch(words);
    const answer = await server.client(app).request('GET', startOf(app, query).pathname + `?${query}`);
    expectError(answer, { status, code: 'BadRequest' });
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('refuses a start without state, of an unknown, disabled or other kind of provider, in an unknown app', async () => {
    const app = await makeApp();
    const client = server.client(app);
    const get = (name: string, query: object) =>
      client.request('GET', `${client.appPath}/auth/providers/${name}/login?${new URLSearchParams({ ...query })}`);
    expectError(await get('oidc', { redirect: HOME }), { status: 400, code: 'MissingParameter' });
    const long = { redirect: HOME, state: 'x'.repeat(1_025) };
    expectError(await get('oidc', long), { status: 400, code: 'InvalidParameter' });
    const fine = { redirect: HOME, state: 'x' };
    expectError(await get('nobody', fine), { status: 404, code: 'AuthProviderNotFound' });
    const elsewhere = server.client('nowhere-abcde');
    const path = `${elsewhere.appPath}/auth/providers/oidc/login?redirect=${HOME}&state=x`;
    expectError(await elsewhere.request('GET', path), { status: 404, code: null });
    const [, config] = await server.get(ProviderConfigsService).list(app);
    const visitor = new Visitor();
    const { location } = await visitor.step(startOf(app));
    await server.get(ProviderConfigsService).setDisabled(app, config!._id, true);
    expectError(await get('oidc', fine), { status: 404, code: 'AuthProviderNotFound' });
    // It was still enabled when this one started.
    expectFailure(await visitor.open(location!), "authentication via 'oidc' is unsupported");
  });

  it('tells the app of what the identity provider refuses, and only its name', async () => {
    const app = await makeApp();
    idp.back = (url) => {
      url.searchParams.delete('code');
      url.searchParams.set('error', 'access_denied');
      url.searchParams.set('error_description', '<b>secret text</b>');
    };
    expectFailure(await logIn(app), 'the identity provider answered: access_denied');
    idp.back = (url) => url.searchParams.set('error', '<script>');
    expectFailure(await logIn(app), 'the identity provider answered: an error that has no name');
  });
});

describe('the way back', () => {
  const almost = (app: App): Promise<WayBack> => leave(server, app, 'oidc');

  function expectPage({ status, text, headers, url }: Arrival): void {
    expect({ status, path: url.pathname }).toEqual({ status: 400, path: `${CLIENT_PATH}/auth/callback` });
    expect(text).toContain('This login was started in another browser, is too old, or is over already');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  }

  it('is good once, and only in the browser that left (C26)', async () => {
    const app = await makeApp();
    const { visitor, back } = await almost(app);
    expectPage(await new Visitor().open(back));
    const thief = new Visitor();
    await thief.step(startOf(app));
    expectPage(await thief.open(back));
    session(await visitor.open(back));
    expectPage(await visitor.open(back));
    expect(visitor.cookies.get('localhost')).toEqual(new Map());
  });

  it('is won by one of many at once', async () => {
    const { visitor, back } = await almost(await makeApp());
    const arrivals = await Promise.all(Array.from({ length: 8 }, () => visitor.open(back)));
    expect(arrivals.filter(({ url }) => url.href.startsWith(HOME))).toHaveLength(1);
    expect(arrivals.filter(({ status }) => status === 400)).toHaveLength(7);
  });

  it('does not take a state (C26) that is another’s, damaged, missing or twice there', async () => {
    const app = await makeApp();
    const mine = await almost(app);
    const yours = await almost(app);
    const mixed = new URL(mine.back);
    mixed.searchParams.set('state', yours.back.searchParams.get('state')!);
    expectPage(await mine.visitor.open(mixed));
    for (const change of ['x', '', 'x'.repeat(600)]) {
      const damaged = new URL(mine.back);
      damaged.searchParams.set('state', change);
      expectPage(await mine.visitor.open(damaged));
    }
    const twice = new URL(mine.back);
    twice.searchParams.append('state', 'x');
    expectPage(await mine.visitor.open(twice));
    const missing = new URL(mine.back);
    missing.searchParams.delete('state');
    expectPage(await mine.visitor.open(missing));
    session(await mine.visitor.open(mine.back));
  });

  it('answers programs in JSON, and sends nobody anywhere', async () => {
    const app = await makeApp();
    const { back } = await almost(app);
    const answer = await server.client(app).request('GET', back.pathname + back.search);
    expectError(answer, { status: 400, code: 'BadRequest' });
  });

  it('takes an answer that was posted as a form, by way of the address', async () => {
    const app = await makeApp();
    const { visitor, back } = await almost(app);
    const form = { ...Object.fromEntries(back.searchParams), more: 'is left out' };
    const { location, arrival } = await visitor.step(new URL(back.origin + back.pathname), new URLSearchParams(form));
    expect(arrival.status).toBe(303);
    expect(new URL(location!).searchParams.has('more')).toBe(false);
    session(await visitor.open(location!));
  });

  it('is too late after ten minutes, and pointless once the app is gone', async () => {
    const clock = new FakeClock();
    const late = await createTestServer({ clock, sharing: server });
    try {
      const app = await makeApp();
      const { visitor, back } = await almost(app);
      clock.advance(700);
      const there = new URL(back.pathname + back.search, late.baseUrl);
      visitor.cookies.set('127.0.0.1', visitor.cookies.get('localhost')!);
      expectPage(await visitor.open(there));
      await server.get(AppRemovalService).delete(app);
      expectPage(await visitor.open(back));
    } finally {
      await late.stop();
    }
  });
});

describe('a link', () => {
  async function startLink(app: App, token: string | undefined, query: object = {}): Promise<Answer> {
    const asked = { redirect: HOME, state: 'app state/=&$', link: 'true', providerRedirectHeader: 'true', ...query };
    const { pathname } = startOf(app);
    return server.client(app).request('GET', `${pathname}?${new URLSearchParams({ ...asked })}`, {
      token,
      headers: { origin: 'https://app.example.com' },
    });
  }

  async function pageOf(app: App, token: string): Promise<string> {
    const answer = await startLink(app, token);
    expectEmpty(answer, 200);
    expect(answer.headers.get('x-stitch-location')).toBe(answer.headers.get('x-baas-location'));
    return answer.headers.get('x-baas-location')!;
  }

  it('by redirect adds an identity to whoever asked, after a page that says so', async () => {
    const app = await makeApp();
    const anonymous = await server.client(app).enterAnonymously();
    idp.claims = { sub: 'grace' };
    const answer = await startLink(app, anonymous.accessToken);
    expectEmpty(answer, 200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-baas-location');
    const visitor = new Visitor();
    const address = answer.headers.get('x-baas-location')!;
    const page = await visitor.open(address);
    expect(page.status).toBe(200);
    expect(page.text).toContain(anonymous.userId);
    expect(page.text).toContain('oidc');
    expect(page.headers.get('content-security-policy')).not.toContain('form-action');
    const arrival = await visitor.open(address, {});
    expect(fragmentOf(arrival.url)).toMatchObject({
      _baas_link: 'ok',
      _stitch_link: 'ok',
      _baas_state: 'app state/=&$',
    });
    const linked = session(arrival);
    expect(linked.userId).toBe(anonymous.userId);
    expectJson(await server.client(app).refresh(linked.refreshToken), 201);
    const { body } = await server.client(app).profile(anonymous.accessToken);
    const identities = body['identities'] as { provider_type: string }[];
    expect(identities.map(({ provider_type }) => provider_type)).toEqual(['anon-user', 'oidc']);
    expect(session(await logIn(app)).userId).toBe(anonymous.userId);
    // Again, it is there already: no error.
    const again = new Visitor();
    const second = await pageOf(app, anonymous.accessToken);
    await again.open(second);
    expect(session(await again.open(second, {})).userId).toBe(anonymous.userId);
  });

  it('belongs to the browser that opened its page (C25), is good once, and not for long', async () => {
    const app = await makeApp();
    const { accessToken } = await server.client(app).enterAnonymously();
    const address = await pageOf(app, accessToken);
    const [first, second] = [new Visitor(), new Visitor()];
    expect((await second.open(address, {})).status).toBe(400);
    expect((await first.open(address)).status).toBe(200);
    expect((await first.open(address)).status).toBe(200);
    expect((await second.open(address)).status).toBe(400);
    expect((await second.open(address, {})).status).toBe(400);
    const arrivals = await Promise.all([first.open(address, {}), first.open(address, {})]);
    expect(arrivals.filter(({ url }) => url.href.startsWith(HOME))).toHaveLength(1);
    expect((await first.open(address, {})).status).toBe(400);
    expect((await first.open(`${address}x`)).status).toBe(400);
  });

  it('of what somebody else has is a 409 in words, and changes nothing', async () => {
    const app = await makeApp();
    idp.claims = { sub: 'heidi' };
    const heidi = session(await logIn(app)).userId;
    const other = await server.client(app).enterAnonymously();
    const visitor = new Visitor();
    const address = await pageOf(app, other.accessToken);
    await visitor.open(address);
    const refused = await visitor.open(address, {});
    expectFailure(refused, 'a user already exists with the specified provider');
    expect(fragmentOf(refused.url)['_baas_merge_ticket']).toMatch(/^[\w-]{20,}/);
    const id_token = await idp.idToken({ aud: CLIENT_ID });
    const path = `${server.client(app).appPath}/auth/providers/oidc/login?link=true`;
    const answer = await server.client(app).request('POST', path, { body: { id_token }, token: other.accessToken });
    expectError(answer, { status: 409, code: 'AccountNameInUse' });
    expect(session(await logIn(app)).userId).toBe(heidi);
  });

  it('with an ID token adds it, and a bad one is no 401', async () => {
    const app = await makeApp();
    const { accessToken: token, userId } = await server.client(app).enterAnonymously();
    const path = `${server.client(app).appPath}/auth/providers/oidc/login?link=true`;
    const link = (id_token: string) => server.client(app).request('POST', path, { body: { id_token }, token });
    expectError(await link('no token'), {
      status: 400,
      code: 'BadRequest',
      error: 'invalid ID token: it is no signed JWT',
    });
    expectError(await link(await idp.idToken({ aud: 'other' })), { status: 400, code: 'BadRequest' });
    const good = await link(await idp.idToken({ aud: CLIENT_ID, sub: 'ivan' }));
    expectJson(good, 200);
    expect(good.body.user_id).toBe(userId);
  });

  it('needs an access token of this app and a session that lives to its end', async () => {
    const app = await makeApp();
    expectError(await startLink(app, undefined), { status: 401 });
    expectError(await startLink(app, 'garbage'), { status: 401, code: 'InvalidSession' });
    const elsewhere = await server.client(await makeApp()).enterAnonymously();
    expectError(await startLink(app, elsewhere.accessToken), { status: 403, code: 'UserAppDomainMismatch' });
    const { accessToken } = await server.client(app).enterAnonymously();
    const refused = await startLink(app, accessToken, { redirect: 'https://evil.example' });
    expectError(refused, { status: 400, code: 'BadRequest' });

    const gone = await server.client(app).enterAnonymously();
    const visitor = new Visitor();
    const address = await pageOf(app, gone.accessToken);
    await visitor.open(address);
    const { location } = await visitor.step(new URL(address), new URLSearchParams());
    const { location: back } = await visitor.step(new URL(location!));
    idp.claims = { sub: 'judy' };
    await server.client(app).logout(gone.refreshToken);
    expectFailure(await visitor.open(back!), /^invalid session/);
    expect(session(await logIn(app)).userId).not.toBe(gone.userId);
  });
});
