import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import type { App } from '../../src/apps/app.model.js';
import { AppRemovalService } from '../../src/accounts/app-removal.service.js';
import { ProviderConfigsService } from '../../src/providers/provider-configs.service.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { FakeClock } from '../support/fake-clock.js';
import { makeAdmin } from '../support/admin-client.js';
import { CLIENT_PATH, type Answer } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectEmpty, expectError, expectJson } from '../support/expect-answer.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { expectFailure, HOME, logInByRedirect, sessionOf, startUrl } from '../support/redirect-login.js';
import { describeProvider } from '../support/provider-contract.js';
import { fragmentOf, Visitor, type Arrival } from '../support/visitor.js';

const CLIENT_ID = 'shopclient';

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

interface Wanted {
  name?: string;
  config?: object;
  metadata_fields?: object[];
  redirect_uris?: string[];
  domain_restrictions?: string[];
}

const settingsOf = ({ config, name: _name, ...rest }: Wanted = {}) => ({
  config: { issuer: idp.issuer, clientId: CLIENT_ID, ...config },
  secret_config: { clientSecret: 'oidcSecret' },
  redirect_uris: [HOME],
  ...rest,
});

async function makeApp(...wanted: Wanted[]): Promise<App> {
  const list = wanted.length > 0 ? wanted : [{}];
  const app = await server.make.app({
    providers: [
      { type: 'anon-user' },
      ...list.map((one) => ({ type: 'oidc', name: one.name ?? 'oidc', settings: settingsOf(one) })),
    ],
  });
  await server.get(SecretsService).put(app, { name: 'oidcSecret', value: 'not for the world' });
  return app;
}

interface Start {
  name?: string;
  query?: string;
}

const logIn = (app: App, { name = 'oidc', query }: Start = {}, visitor = new Visitor()): Promise<Arrival> =>
  logInByRedirect(server, app, name, { visitor, ...(query === undefined ? {} : { query }) });

const session = sessionOf;
const startOf = (app: App, query?: string): URL => startUrl(server, app, 'oidc', query);

async function direct(app: App, claims: Record<string, unknown> = {}, more: object = {}): Promise<Answer> {
  const token = await idp.idToken({ aud: CLIENT_ID, ...claims });
  return server.client(app).login('oidc', { id_token: token, ...more });
}

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

  it('asks the issuer for a code with state, nonce and PKCE, and proves itself with the client secret', async () => {
    const app = await makeApp({ config: { scopes: ['email', 'groups'] } });
    const { location } = await new Visitor().step(startOf(app));
    const asked = new URL(location!);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      client_id: CLIENT_ID,
      response_type: 'code',
      redirect_uri: `${server.publicUrl}${CLIENT_PATH}/auth/callback`,
      scope: 'openid email groups',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    session(await logIn(app));
    expect(idp.exchanges).toEqual([expect.objectContaining({ code_verifier: expect.stringMatching(/^[\w-]{43}$/) })]);
  });

  it('is one user for one subject, also when the first logins come at once, and another at another issuer’s name', async () => {
    const app = await makeApp({ name: 'keycloak' }, { name: 'okta' });
    const visitor = new Visitor();
    const arrivals = await Promise.all([1, 2, 3, 4].map(() => logIn(app, { name: 'keycloak' }, visitor)));
    expect(new Set(arrivals.map((arrival) => session(arrival).userId)).size).toBe(1);
    expect(session(await logIn(app, { name: 'okta' })).userId).not.toBe(session(arrivals[0]!).userId);
  });

  it('keeps two people apart who log in at once (C46)', async () => {
    const app = await makeApp();
    const people = ['ada', 'bob', 'eve', 'joe'];
    const backs = await Promise.all(
      people.map(async (person) => {
        const visitor = new Visitor();
        const { location } = await visitor.step(startOf(app));
        const { location: back } = await visitor.step(new URL(location!));
        idp.people.set(new URL(back!).searchParams.get('code')!, { sub: person });
        return () => visitor.open(back!);
      }),
    );
    const arrivals = await Promise.all(backs.map((goBack) => goBack()));
    for (const [i, arrival] of arrivals.entries()) {
      const { body } = await server.client(app).profile(session(arrival).accessToken);
      expect(body['identities']).toEqual([expect.objectContaining({ id: people[i] })]);
    }
  });

  it('asks the userinfo endpoint for what the token does not say', async () => {
    const app = await makeApp({ metadata_fields: [{ name: 'nickname', required: true }] });
    idp.userinfo = { nickname: 'Countess' };
    const profile = await server.client(app).profile(session(await logIn(app)).accessToken);
    expect(profile.body['data']).toEqual({ nickname: 'Countess' });
    idp.userinfo = { nickname: 'Countess', sub: 'somebody else' };
    expectFailure(await logIn(app), 'another server that is needed for this did not answer as it should');
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
  ])('takes a redirect URI that is %s', async (_how, listed, sent) => {
    const app = await makeApp({ redirect_uris: [listed] });
    const { url } = await logIn(app, { query: `redirect=${sent}&state=abc&device=e30%3D` });
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
    const arrival = await logIn(app, { query });
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

  it('refuses a disabled user', async () => {
    const app = await makeApp();
    const { userId } = session(await logIn(app));
    await server.admin.disable(app, userId);
    expectFailure(await logIn(app), 'user disabled');
  });
});

describe('the way back', () => {
  /** A login that is at the point of coming back. */
  async function almost(app: App): Promise<{ visitor: Visitor; back: URL }> {
    const visitor = new Visitor();
    const { location } = await visitor.step(startOf(app));
    const { location: back } = await visitor.step(new URL(location!));
    return { visitor, back: new URL(back!) };
  }

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

  it('does not take the code of another login: its PKCE challenge is another', async () => {
    const app = await makeApp();
    const [mine, yours] = [await almost(app), await almost(app)];
    mine.back.searchParams.set('code', yours.back.searchParams.get('code')!);
    expectFailure(await mine.visitor.open(mine.back), /did not answer as it should|does not accept the code/);
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

describe('an identity provider that is slow, down or lies', () => {
  const UPSTREAM = 'another server that is needed for this did not answer as it should';

  /** Its own address for each, since failures are remembered. */
  async function lying(path: string, route: (url: string) => object | undefined, status = 200): Promise<Arrival> {
    const liar = await IdentityProvider.start();
    try {
      const app = await makeApp({ config: { issuer: liar.issuer } });
      liar.routes.set(path, (_request, response) => {
        const body = route(liar.issuer);
        if (body === undefined) return void response.destroy();
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
      return await logIn(app);
    } finally {
      await liar.stop();
    }
  }

  it.each<[string, string, (url: string) => object | undefined, number]>([
    [
      'metadata of another issuer',
      '/.well-known/openid-configuration',
      (url) => ({ ...metadata(url), issuer: 'https://evil.example' }),
      200,
    ],
    [
      'metadata without keys',
      '/.well-known/openid-configuration',
      (url) => ({ ...metadata(url), jwks_uri: undefined }),
      200,
    ],
    [
      'metadata that is a script',
      '/.well-known/openid-configuration',
      (url) => ({ ...metadata(url), authorization_endpoint: 'javascript:alert(1)' }),
      200,
    ],
    ['no metadata', '/.well-known/openid-configuration', () => ({}), 500],
    ['a connection that is cut', '/.well-known/openid-configuration', () => undefined, 200],
    ['metadata that never ends', '/.well-known/openid-configuration', () => ({ long: 'x'.repeat(300_000) }), 200],
  ])('answers 502 for %s', async (_what, path, route, status) => {
    const arrival = await lying(path, route, status);
    expect(arrival.status).toBe(502);
    expect(arrival.text).toContain('did not answer as it should');
  });

  it.each<[string, string, (url: string) => object | undefined, number, string | RegExp]>([
    [
      'a used code',
      '/token',
      () => ({ error: 'invalid_grant' }),
      400,
      'the identity provider does not accept the code',
    ],
    ['a client it does not know', '/token', () => ({ error: 'invalid_client' }), 401, UPSTREAM],
    ['a token endpoint that is down', '/token', () => ({}), 503, UPSTREAM],
    ['tokens without an ID token', '/token', () => ({ access_token: 'x', token_type: 'Bearer' }), 200, UPSTREAM],
    [
      'an ID token that is none',
      '/token',
      () => ({ access_token: 'x', token_type: 'Bearer', id_token: 'a.b.c' }),
      200,
      /did not answer|invalid ID token/,
    ],
    ['no keys', '/jwks', () => ({}), 500, UPSTREAM],
    ['keys that are none', '/jwks', () => ({ keys: 'none' }), 200, UPSTREAM],
    [
      'the keys of somebody else',
      '/jwks',
      () => ({ keys: [] }),
      200,
      'invalid ID token: its key is none of the issuer',
    ],
  ])('tells the app of %s', async (_what, path, route, status, error) => {
    expectFailure(await lying(path, route, status), error);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['another nonce', { nonce: 'of another login' }, /^invalid ID token: it is not for this login$/],
    ['no nonce', { nonce: undefined }, /invalid ID token|did not answer/],
    ['another audience', { aud: 'another-client' }, /invalid ID token/],
    ['another issuer', { iss: 'https://evil.example' }, /invalid ID token|did not answer/],
    ['an end long ago', { exp: 1_000_000_000 }, /invalid ID token/],
    ['no subject', { sub: '' }, /invalid ID token|did not answer/],
  ])('refuses an ID token with %s', async (_what, claims, error) => {
    const app = await makeApp();
    idp.claims = claims;
    expectFailure(await logIn(app), error);
  });

  it('gives up after three seconds', async () => {
    const slow = await IdentityProvider.start();
    try {
      const app = await makeApp({ config: { issuer: slow.issuer } });
      slow.routes.set('/.well-known/openid-configuration', () => undefined);
      const before = Date.now();
      const first = await logIn(app);
      expect(first.status).toBe(502);
      expect(Date.now() - before).toBeGreaterThan(2_500);
      // And does not have everybody wait for it.
      const again = Date.now();
      expect((await logIn(app)).status).toBe(502);
      expect(Date.now() - again).toBeLessThan(2_500);
    } finally {
      await slow.stop();
    }
  });

  function metadata(url: string): Record<string, unknown> {
    return {
      issuer: url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/jwks`,
    };
  }
});

describe('a login with an ID token', () => {
  it('is the same user as by redirect', async () => {
    const app = await makeApp({ metadata_fields: [{ name: 'email', required: true }] });
    idp.claims = { sub: 'ada', email: 'ada@example.com' };
    const answer = await direct(app);
    expectJson(answer, 200);
    expect(session(await logIn(app)).userId).toBe(answer.body.user_id);
    const [a, b] = await Promise.all([direct(app, { sub: 'zoe' }), direct(app, { sub: 'zoe' })]);
    expect(a.body.user_id).toBe(b.body.user_id);
    expect(a.body.user_id).not.toBe(answer.body.user_id);
  });

  it('takes a claim of its own choice as the subject', async () => {
    const app = await makeApp({ config: { subjectClaim: 'oid' } });
    const one = await direct(app, { sub: 'pairwise-1', oid: 'ada' });
    const two = await direct(app, { sub: 'pairwise-2', oid: 'ada' });
    expect(two.body.user_id).toBe(one.body.user_id);
    expectError(await direct(app), {
      status: 401,
      code: 'AuthError',
      error: "invalid ID token: the claim 'oid' is missing",
    });
  });

  it('checks the nonce where the client has one', async () => {
    const app = await makeApp();
    expectJson(await direct(app, { nonce: 'mine' }, { nonce: 'mine' }), 200);
    const refusal = { status: 401, code: 'AuthError', error: 'invalid ID token: it belongs to another login' };
    expectError(await direct(app, { nonce: 'mine' }, { nonce: 'yours' }), refusal);
    expectError(await direct(app, {}, { nonce: 'mine' }), refusal);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['of another client', { aud: 'another' }, 'it is for another client'],
    ['given to another client', { azp: 'another' }, 'it was given to another client'],
    ['for several clients, given to none', { aud: [CLIENT_ID, 'b'] }, 'it was given to another client'],
    ['of another issuer', { iss: 'https://evil.example' }, 'it is of another issuer'],
    ['that is over', { exp: 1_000_000_000 }, 'it is expired'],
    ['that is not good yet', { nbf: 4_000_000_000 }, 'it is not valid yet'],
    ['from the future', { iat: 4_000_000_000, exp: 4_000_000_100 }, 'it was issued in the future'],
    ['without an end', { exp: undefined }, "its claim 'exp' is missing or not as it should be"],
    ['without a subject', { sub: '' }, "the claim 'sub' is missing"],
    ['with an endless subject', { sub: 'x'.repeat(1_025) }, "the claim 'sub' is longer than 1024 characters"],
  ])('refuses one %s', async (_what, claims, reason) => {
    const app = await makeApp();
    expectError(await direct(app, claims), { status: 401, code: 'AuthError', error: `invalid ID token: ${reason}` });
  });

  it('refuses one that the issuer did not sign (C04)', async () => {
    const app = await makeApp();
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: idp.issuer, aud: CLIENT_ID, sub: 'ada', iat: now, exp: now + 60 };
    const { kid } = JSON.parse(Buffer.from((await idp.idToken({})).split('.')[0]!, 'base64url').toString()) as {
      kid: string;
    };
    const jwk = publicKey.export({ format: 'jwk' });
    const forgeries = [
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'other', jwk }).sign(privateKey),
      await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid })
        .sign(new TextEncoder().encode('x'.repeat(32))),
      new UnsecuredJWT(claims).encode(),
      'no token',
    ];
    for (const token of forgeries) {
      const answer = await server.client(app).login('oidc', { id_token: token });
      expectError(answer, { status: 401, code: 'AuthError', error: /^invalid ID token: / });
    }
  });

  it('refuses a body without a token, or with one that is no text', async () => {
    const client = server.client(await makeApp());
    expectError(await client.login('oidc', {}), { status: 400, code: 'MissingParameter' });
    for (const id_token of [1, null, {}, [], '', 'x'.repeat(40_000)]) {
      expectError(await client.login('oidc', { id_token }), { status: 400, code: 'InvalidParameter' });
    }
  });

  it('takes a key that is new, and fetches the keys only now and then', async () => {
    const fresh = await IdentityProvider.start();
    try {
      const app = await makeApp({ config: { issuer: fresh.issuer } });
      const token = (): Promise<string> => fresh.idToken({ aud: CLIENT_ID });
      for (let i = 0; i < 3; i += 1)
        expectJson(await server.client(app).login('oidc', { id_token: await token() }), 200);
      expect(fresh.requests.filter((line) => line === 'GET /jwks')).toHaveLength(1);
      expect(fresh.requests.filter((line) => line.includes('well-known'))).toHaveLength(1);
    } finally {
      await fresh.stop();
    }
  });

  it('is for some domains only, where the app wants that, and of confirmed addresses', async () => {
    const app = await makeApp({ domain_restrictions: ['Example.com'] });
    expectJson(await direct(app, { email: 'ada@example.COM', email_verified: true }), 200);
    const refused = { status: 403, code: 'DomainNotAllowed' };
    expectError(await direct(app, { email: 'ada@evil.example', email_verified: true }), {
      ...refused,
      error: "domain 'evil.example' is not allowed",
    });
    expectError(await direct(app, { email: 'ada@example.com', email_verified: false }), refused);
    expectError(await direct(app), refused);
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

describeProvider(() => server, {
  name: 'oidc',
  makeApp: () => {
    count += 1;
    return makeApp({ config: { clientId: `client${count}` } });
  },
  credentials: async (app, sub) => ({ id_token: await idp.idToken({ sub, aud: await clientOf(app) }) }),
  wrong: {
    'of another client (C03)': async () => ({ id_token: await idp.idToken({ aud: 'another' }) }),
    'of another issuer (C03)': async (app) => ({
      id_token: await idp.idToken({ aud: await clientOf(app), iss: 'https://evil.example' }),
    }),
    'no token': () => ({ id_token: 'a.b.c' }),
  },
});

let count = 0;

async function clientOf(app: App): Promise<string> {
  const config = await server.get(ProviderConfigsService).findByName(app, 'oidc');
  return (config!.settings['config'] as { clientId: string }).clientId;
}

describe('the settings', () => {
  it('are tried without a person', async () => {
    const admin = await makeAdmin(server);
    const app = await makeApp({}, { name: 'gone', config: { issuer: 'http://localhost:9' } });
    const path = `${admin.app(app)}/auth_providers`;
    const listed = (await admin.get(path)).body as unknown as { _id: string; name: string }[];
    const test = async (name: string): Promise<string> =>
      (await admin.post(`${path}/${listed.find((one) => one.name === name)!._id}/test`)).text;
    expect(await test('oidc')).not.toContain('problem');
    expect(await test('gone')).toContain('ECONNREFUSED');
  });

  it('of several issuers are told apart by name', async () => {
    const admin = await makeAdmin(server);
    const app = await server.make.app();
    const path = `${admin.app(app)}/auth_providers`;
    const create = (body: object) => admin.post(path, { type: 'oidc', ...settingsOf(), ...body });
    expectJson(await create({}), 201);
    expectJson(await create({ name: 'keycloak' }), 201);
    const listed = (await admin.get(path)).body as unknown as { name: string; type: string }[];
    expect(listed.filter(({ type }) => type === 'oidc').map(({ name }) => name)).toEqual(['oidc', 'keycloak']);
    expectError(await create({ name: 'keycloak' }), { status: 409, code: 'AuthProviderAlreadyExists' });
    for (const name of ['a:b', 'A', '', 1, 'anon-user', 'oauth2-google', 'x'.repeat(65), '../x']) {
      expectError(await create({ name }), { status: 400, code: 'InvalidParameter' });
    }
  });

  it.each<[string, object]>([
    ['no issuer', { config: { clientId: 'x' } }],
    ['an issuer that is no address', { config: { issuer: 'example.com', clientId: 'x' } }],
    ['an issuer with a query', { config: { issuer: 'https://id.example?x', clientId: 'x' } }],
    ['no client', { config: { issuer: 'https://id.example' } }],
    ['a scope of two words', { config: { issuer: 'https://id.example', clientId: 'x', scopes: ['a b'] } }],
    ['a redirect that runs a script', { redirect_uris: ['javascript:alert(1)'] }],
    ['a redirect with a fragment', { redirect_uris: ['https://app.example.com/#/login'] }],
    ['a redirect that is no address', { redirect_uris: ['/login'] }],
    ['two fields of one name', { metadata_fields: [{ name: 'a.x' }, { name: 'b.x' }] }],
  ])('are refused with %s', async (_what, change) => {
    const admin = await makeAdmin(server);
    const app = await server.make.app();
    const answer = await admin.post(`${admin.app(app)}/auth_providers`, { type: 'oidc', ...settingsOf(), ...change });
    expectError(answer, { status: 400, code: 'InvalidParameter' });
  });
});
