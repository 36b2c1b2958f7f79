import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose';
import type { App } from '../../src/apps/app.model.js';
import { ProviderConfigsService } from '../../src/providers/provider-configs.service.js';
import { makeAdmin } from '../support/admin-client.js';
import { CLIENT_PATH, type Answer } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { CLIENT_ID, makeOidcApp, oidcSettings, type WantedIssuer } from '../support/oidc-app.js';
import { expectFailure, logInByRedirect, sessionOf as session, startUrl } from '../support/redirect-login.js';
import { Visitor, type Arrival } from '../support/visitor.js';

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

const settingsOf = (wanted?: WantedIssuer) => oidcSettings(idp.issuer, wanted);
const makeApp = (...wanted: WantedIssuer[]): Promise<App> => makeOidcApp(server, idp.issuer, ...wanted);
const logIn = (app: App, name = 'oidc'): Promise<Arrival> => logInByRedirect(server, app, name);

async function direct(app: App, claims: Record<string, unknown> = {}, more: object = {}): Promise<Answer> {
  const token = await idp.idToken({ aud: CLIENT_ID, ...claims });
  return server.client(app).login('oidc', { id_token: token, ...more });
}

describe('a login at an issuer', () => {
  it('asks the issuer for a code with state, nonce and PKCE, and proves itself with the client secret', async () => {
    const app = await makeApp({ config: { scopes: ['email', 'groups'] } });
    const { location } = await new Visitor().step(startUrl(server, app, 'oidc'));
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

  it('proves itself in the way that the issuer takes, whatever the client is called', async () => {
    const strange = { clientId: 'shop.apps-1.example~a' };
    for (const [methods, inBody] of [
      [['client_secret_basic', 'client_secret_post'], true],
      [['client_secret_post'], true],
      [['client_secret_basic'], false],
      [undefined, false],
    ] as const) {
      const fresh = await IdentityProvider.start();
      fresh.say({ token_endpoint_auth_methods_supported: methods });
      try {
        const config = { issuer: fresh.issuer, ...(inBody ? strange : {}) };
        const { userId } = session(await logIn(await makeApp({ config })));
        expect(userId).toMatch(/^[0-9a-f]{24}$/);
        const [{ client_secret: secret }] = fresh.exchanges as [Record<string, unknown>];
        expect([methods, secret]).toEqual([methods, inBody ? 'not for the world' : undefined]);
      } finally {
        await fresh.stop();
      }
    }
  });

  it('is one of another user at an issuer of another name', async () => {
    const app = await makeApp({ name: 'keycloak' }, { name: 'okta' });
    const { userId } = session(await logIn(app, 'keycloak'));
    expect(session(await logIn(app, 'keycloak')).userId).toBe(userId);
    expect(session(await logIn(app, 'okta')).userId).not.toBe(userId);
  });

  it('asks the userinfo endpoint for what the token does not say', async () => {
    const app = await makeApp({ metadata_fields: [{ name: 'nickname', required: true }] });
    idp.userinfo = { nickname: 'Countess' };
    const profile = await server.client(app).profile(session(await logIn(app)).accessToken);
    expect(profile.body['data']).toEqual({ nickname: 'Countess' });
    idp.userinfo = { nickname: 'Countess', sub: 'somebody else' };
    expectFailure(await logIn(app), 'another server that is needed for this did not answer as it should');
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
  const kidOf = (token: string): string => decodeProtectedHeader(token).kid!;
  const rsaJwk = () => generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ format: 'jwk' });

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
    const kid = kidOf(await idp.idToken({}));
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

  it('takes a key that is new, whatever stands beside it (B25), and fetches the keys only now and then', async () => {
    const fresh = await IdentityProvider.start();
    try {
      const app = await makeApp({ config: { issuer: fresh.issuer } });
      const token = (): Promise<string> => fresh.idToken({ aud: CLIENT_ID });
      const others = [{ kty: 'AKP', kid: 'new' }, null, { ...rsaJwk(), kid: kidOf(await token()) }];
      fresh.routes.set('/jwks', (_request, response) => {
        response.end(JSON.stringify({ keys: [...others, ...fresh.keys] }));
      });
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

describe('an issuer of many tenants, as Microsoft has them', () => {
  const ONE = '11111111-aaaa-4bbb-8ccc-000000000001';
  const TWO = '22222222-aaaa-4bbb-8ccc-000000000002';
  const at = (tenant: string): string => `${idp.issuer}/${tenant}/v2.0`;
  const of = (tenant: unknown, more: object = {}) => ({ iss: at(String(tenant)), tid: tenant, sub: 'ada', ...more });

  /** @param named what stands where the tenant should: another one for each document, since they are kept */
  async function makeTenants(
    config: object = {},
    { named = 'organizations', issuer = at('{tenantid}'), keys = '/jwks' } = {},
  ): Promise<App> {
    const document = {
      issuer,
      authorization_endpoint: `${idp.issuer}/authorize`,
      token_endpoint: `${idp.issuer}/token`,
      userinfo_endpoint: `${idp.issuer}/userinfo`,
      jwks_uri: idp.issuer + keys,
    };
    idp.routes.set(`/${named}/v2.0/.well-known/openid-configuration`, (_request, response) => {
      response.end(JSON.stringify(document));
    });
    return makeApp({ config: { issuer: at(named), ...config }, metadata_fields: [{ name: 'nickname' }] });
  }
  const redirected = async (app: App, claims: Record<string, unknown>): Promise<Arrival> => {
    idp.claims = claims;
    return logIn(app);
  };

  it('lets in people of each, by both ways, and takes no subject of one for that of another (C02)', async () => {
    const app = await makeTenants();
    idp.userinfo = { nickname: 'Countess' };
    const first = session(await redirected(app, of(ONE)));
    expect((await server.client(app).profile(first.accessToken)).body).toMatchObject({
      data: { nickname: 'Countess' },
      identities: [{ id: `${ONE}:ada` }],
    });
    expect((await direct(app, of(ONE))).body.user_id).toBe(first.userId);
    const other = await direct(app, of(TWO));
    expectJson(other, 200);
    expect(other.body.user_id).not.toBe(first.userId);
    expect(session(await redirected(app, of(TWO))).userId).toBe(other.body.user_id);
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['of the tenant of another', () => of(ONE, { tid: TWO })],
    ['without a tenant', () => of(ONE, { tid: undefined })],
    ['of a tenant that is none', () => of('organizations')],
    ['of a tenant with more to it', () => of(`${ONE}/x`)],
    ['of all tenants', () => of('{tenantid}')],
    ['of several', () => of(ONE, { tid: [ONE, TWO] })],
    ['of another issuer', () => of(ONE, { iss: `https://evil.example/${ONE}/v2.0` })],
    ['of no issuer', () => of(ONE, { iss: undefined })],
    ['for another client', () => of(ONE, { aud: 'another' })],
    ['that is over', () => of(ONE, { exp: 1_000_000_000 })],
  ])('refuses a token %s (C03)', async (_what, claims) => {
    const app = await makeTenants();
    expectError(await direct(app, claims()), { status: 401, code: 'AuthError', error: /^invalid ID token: / });
    expectFailure(await redirected(app, claims()), /^invalid ID token: /);
  });

  it('refuses a token of another login, and an answer without one', async () => {
    const app = await makeTenants();
    const other = /^invalid ID token: it belongs to another login$/;
    expectFailure(await redirected(app, of(ONE, { nonce: 'of another' })), other);
    expectFailure(await redirected(app, of(ONE, { nonce: undefined })), other);
    idp.answer = ({ body }) => delete (body as Record<string, unknown>)['id_token'];
    expectFailure(await redirected(app, of(ONE)), /did not answer as it should/);
  });

  it('takes no key of one tenant for tokens of another', async () => {
    for (const [i, [issuer, status]] of (
      [
        [at('{tenantid}'), 200],
        [at(ONE), 200],
        [at(TWO), 401],
      ] as const
    ).entries()) {
      idp.routes.set(`/keys${i}`, (_request, response) => {
        response.end(JSON.stringify({ keys: idp.keys.map((key) => ({ ...key, issuer })) }));
      });
      const app = await makeTenants({}, { named: `common${i}`, keys: `/keys${i}` });
      expect([issuer, (await direct(app, of(ONE))).status]).toEqual([issuer, status]);
    }
  });

  it('lets in those of some tenants only, where they are listed', async () => {
    const app = await makeTenants({ tenants: [ONE] });
    session(await redirected(app, of(ONE)));
    const error = `directory '${TWO}' is not allowed`;
    expectError(await direct(app, of(TWO)), { status: 403, code: 'DomainNotAllowed', error });
    expectFailure(await redirected(app, of(TWO)), error);
    // Also at the issuer of one.
    idp.claims = {};
    const single = await makeApp({ config: { tenants: [ONE] } });
    expectError(await direct(single), { status: 403, code: 'DomainNotAllowed' });
  });

  it('is none where what it says of itself is not of the address', async () => {
    for (const issuer of [
      'https://evil.example/{tenantid}/v2.0',
      `${idp.issuer}/{tenantid}`,
      `${idp.issuer}/{tenantid}/{tenantid}`,
      at('{tenant}'),
    ]) {
      const app = await makeTenants({}, { named: `wrong${issuer.length}`, issuer });
      expectError(await direct(app, of(ONE)), { status: 502 });
    }
  });
});

describe('the settings', () => {
  it('are for administrators; a login page is told what is on, and what people call it', async () => {
    const app = await makeApp({}, { name: 'work', config: { preset: 'microsoft' } }, { name: 'off' });
    const configs = server.get(ProviderConfigsService);
    await configs.create(app, { type: 'oauth2-github', settings: {} });
    await configs.setDisabled(app, (await configs.findByName(app, 'off'))!._id, true);
    const client = server.client(app);
    const answer = await client.request('GET', `${client.appPath}/auth/providers`);
    expectJson(answer, 200);
    expect(answer.body).toEqual([
      { name: 'anon-user', type: 'anon-user' },
      { name: 'oidc', type: 'oidc' },
      { name: 'work', type: 'oidc', display_name: 'Microsoft' },
      { name: 'oauth2-github', type: 'oauth2-github', display_name: 'GitHub' },
    ]);
    const nowhere = server.client('nowhere-abcde');
    expect((await nowhere.request('GET', `${nowhere.appPath}/auth/providers`)).status).toBe(404);
  });

  it('are tried without a person', async () => {
    const admin = await makeAdmin(server);
    const app = await makeApp({}, { name: 'gone', config: { issuer: 'http://localhost:9' } });
    const path = `${admin.app(app)}/auth_providers`;
    const listed = (await admin.get(path)).body as unknown as { _id: string; name: string }[];
    const test = async (name: string): Promise<unknown[]> => {
      const { body } = await admin.post(`${path}/${listed.find((one) => one.name === name)!._id}/test`);
      return (body['checks'] as unknown[]).slice(1);
    };
    const issuer = { name: 'issuer', ok: true };
    const secret = { name: "client secret 'oidcSecret'", ok: true };
    const says = (error: string, statusCode = 400) => {
      idp.answer = (response) => Object.assign(response, { statusCode, body: { error } });
    };
    says('invalid_grant');
    expect(await test('oidc')).toEqual([issuer, secret, { name: 'client', ok: true }]);
    says('invalid_client', 401);
    const error = 'the identity provider does not know the client by its secret: invalid_client';
    expect(await test('oidc')).toEqual([issuer, secret, { name: 'client', ok: false, error }]);
    says('invalid_request');
    const note = "the token endpoint answered 'invalid_request'";
    expect(await test('oidc')).toEqual([issuer, secret, { name: 'client', ok: true, note }]);
    expect(await test('gone')).toEqual([{ name: 'issuer', ok: false, error: 'no connection: ECONNREFUSED' }, secret]);
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
    ['a tenant that is none', { config: { issuer: 'https://id.example', clientId: 'x', tenants: ['common'] } }],
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
