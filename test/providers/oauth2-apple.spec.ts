import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { jwtVerify } from 'jose';
import type { App } from '../../src/apps/app.model.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { makeAdmin } from '../support/admin-client.js';
import type { Answer } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { describeProvider } from '../support/provider-contract.js';
import { expectFailure, HOME, leave, logInByRedirect, sessionOf, startUrl } from '../support/redirect-login.js';
import { Visitor, type Arrival } from '../support/visitor.js';

const NAME = 'oauth2-apple';
const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const P8 = KEY.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const MADE_ELSEWHERE = { secret_config: { clientSecret: 'clientSecret' } };

let server: TestServer;
let apple: IdentityProvider;
beforeAll(async () => {
  apple = await IdentityProvider.start();
  server = await createTestServer({ env: { LATCHKEY_APPLE_ISSUER: apple.issuer } });
});
beforeEach(() => apple.reset());
afterAll(async () => {
  await server?.stop();
  await apple.stop();
});

const clients = new WeakMap<App, string>();
let count = 0;

async function makeApp({ config, secret_config }: { config?: object; secret_config?: object } = {}): Promise<App> {
  count += 1;
  const clientId = `com.example.app${count}`;
  const settings = {
    config: { clientId, teamId: 'TEAM123456', keyId: 'KEY1234567', ...config },
    secret_config: { privateKey: 'appleKey', ...secret_config },
    redirect_uris: [HOME],
  };
  const app = await server.make.app({
    providers: [
      { type: 'anon-user' },
      { type: NAME, settings: { ...settings, ...(secret_config ? { secret_config } : {}) } },
    ],
  });
  const secrets = server.get(SecretsService);
  await secrets.put(app, { name: 'appleKey', value: P8 });
  await secrets.put(app, { name: 'clientSecret', value: 'header.payload.signature' });
  await secrets.put(app, { name: 'noKey', value: 'no key at all' });
  clients.set(app, clientId);
  return app;
}

const clientOf = (app: App): string => clients.get(app)!;
const tokenFor = (app: App, claims: object = {}): Promise<string> => apple.idToken({ aud: clientOf(app), ...claims });
const login = (app: App, body: object): Promise<Answer> => server.client(app).login(NAME, body);

/** As Apple answers: a form that its page sends to us. */
async function comeBack(app: App, user?: object | string): Promise<Arrival> {
  const { visitor, back } = await leave(server, app, NAME);
  const { origin, pathname, searchParams } = back;
  const said: Record<string, string> =
    user === undefined ? {} : { user: typeof user === 'string' ? user : JSON.stringify(user) };
  return visitor.open(`${origin}${pathname}`, { ...Object.fromEntries(searchParams), ...said });
}

describeProvider(() => server, {
  name: NAME,
  makeApp: () => makeApp(),
  credentials: async (app, sub) => ({ id_token: await tokenFor(app, { sub }) }),
  leaveAs: async (app, sub) => apple.as(await leave(server, app, NAME), { sub }),
  wrong: {
    'of another client': async () => ({ id_token: await apple.idToken({ aud: 'com.example.other' }) }),
    'of another issuer': async (app) => ({ id_token: await tokenFor(app, { iss: 'https://evil.example' }) }),
    expired: async (app) => ({ id_token: await tokenFor(app, { exp: 1_000_000_000 }) }),
    'of another login': async (app) => ({ id_token: await tokenFor(app, { nonce: 'a' }), nonce: 'b' }),
    'no token': () => ({ id_token: 'a.b.c' }),
    'neither of the two': () => ({ authCode: 'x' }),
  },
  troubles: {
    'down for codes': async () => {
      apple.routes.set('/token', (_request, response) => void response.writeHead(503).end());
      return { code: 'any' };
    },
    'silent for codes': async () => {
      apple.routes.set('/token', () => undefined);
      return { code: 'any' };
    },
    'lying about codes': async () => {
      apple.routes.set('/token', (_request, response) => void response.end('[]'));
      return { code: 'any' };
    },
  },
});

describe('a login with Apple by redirect', () => {
  it('asks for a form, and takes the name that comes with the first one', async () => {
    const app = await makeApp();
    const { location } = await new Visitor().step(startUrl(server, app, NAME));
    expect(Object.fromEntries(new URL(location!).searchParams)).toMatchObject({
      client_id: clientOf(app),
      response_type: 'code',
      response_mode: 'form_post',
      scope: 'openid name email',
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    apple.claims = { sub: '001.ada', email: 'ada@privaterelay.appleid.com' };
    const arrival = await comeBack(app, {
      name: { firstName: 'Ada', lastName: 'Lovelace' },
      email: 'somebody.else@example.com',
    });
    const { accessToken, userId } = sessionOf(arrival);
    const { body } = await server.client(app).profile(accessToken);
    expect(body['data']).toEqual({
      email: 'ada@privaterelay.appleid.com',
      name: 'Ada Lovelace',
      first_name: 'Ada',
      last_name: 'Lovelace',
    });
    expect(sessionOf(await comeBack(app)).userId).toBe(userId);
    expect((await login(app, { id_token: await tokenFor(app) })).body.user_id).toBe(userId);
  });

  it.each(['no json', '[]', '{"name":1}', '{"name":{"firstName":["x"]}}', 'null'])(
    'does not stumble over a name that is %s',
    async (user) => {
      const app = await makeApp();
      const { accessToken } = sessionOf(await comeBack(app, user));
      expect((await server.client(app).profile(accessToken)).body['data']).toEqual({});
    },
  );

  it('keeps the name for ever, and takes one that comes later (B27)', async () => {
    const app = await makeApp();
    const dataAfter = async (user?: object): Promise<unknown> => {
      const { accessToken } = sessionOf(await comeBack(app, user));
      return (await server.client(app).profile(accessToken)).body['data'];
    };
    apple.claims = { sub: '002.ada', email: 'x@privaterelay.appleid.com', email_verified: 'false' };
    expect(await dataAfter()).toEqual({ email: 'x@privaterelay.appleid.com' });
    const named = { email: 'x@privaterelay.appleid.com', name: 'Ada King', first_name: 'Ada', last_name: 'King' };
    expect(await dataAfter({ name: { firstName: 'Ada', lastName: 'King' } })).toEqual(named);
    for (const claims of [{ email_verified: true }, { email_verified: 'true' }, { email: undefined }, { email: '' }]) {
      apple.claims = { sub: '002.ada', ...claims };
      expect(await dataAfter()).toEqual(named);
    }
  });

  it('signs its client secret with the private key, for this use', async () => {
    const app = await makeApp();
    sessionOf(await comeBack(app));
    const secret = String(apple.exchanges[0]!['client_secret']);
    const { payload, protectedHeader } = await jwtVerify(secret, KEY.publicKey, { algorithms: ['ES256'] });
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'KEY1234567' });
    expect(payload).toMatchObject({ iss: 'TEAM123456', sub: clientOf(app), aud: apple.issuer });
    expect(payload.exp! - payload.iat!).toBeLessThanOrEqual(300);
  });

  it('uses a client secret that was made elsewhere, as it is', async () => {
    const app = await makeApp(MADE_ELSEWHERE);
    sessionOf(await comeBack(app));
    expect(apple.exchanges[0]).toMatchObject({ client_secret: 'header.payload.signature', client_id: clientOf(app) });
  });

  it.each([
    ['a key that is none', { secret_config: { privateKey: 'noKey' } }, /needs a P-256 private key/],
    ['no team', { config: { teamId: '' } }, /needs a P-256 private key, teamId and keyId/],
    ['no secret of that name', { secret_config: { clientSecret: 'gone' } }, /no client secret/],
    ['no client', { config: { clientId: '' } }, /no client ID/],
  ])('goes nowhere with %s', async (_what, wanted, error) => {
    const arrival = await logInByRedirect(server, await makeApp(wanted), NAME);
    expect(arrival.status).toBe(401);
    expect(arrival.text).toMatch(error);
  });

  it('tells the app what went wrong', async () => {
    const app = await makeApp();
    apple.back = (url) => {
      url.searchParams.delete('code');
      url.searchParams.set('error', 'user_cancelled_authorize');
    };
    expectFailure(await comeBack(app), 'the identity provider answered: user_cancelled_authorize');
  });
});

describe('a code that an app got from Apple', () => {
  it('logs in as the same user as the token', async () => {
    const app = await makeApp();
    const answer = await login(app, { code: await apple.codeFor({ sub: 'ada', email: 'ada@example.com' }) });
    expectJson(answer, 200);
    const { body } = await server.client(app).profile(answer.body.access_token);
    expect(body['data']).toEqual({ email: 'ada@example.com' });
    expect((await login(app, { id_token: await tokenFor(app, { sub: 'ada' }) })).body.user_id).toBe(
      answer.body.user_id,
    );
    expect(apple.exchanges[0]).toMatchObject({ client_id: clientOf(app), grant_type: 'authorization_code' });
  });

  it('may be of any of the clients', async () => {
    const app = await makeApp({ config: { clientIds: ['com.example.phone', 'com.example.tablet'] } });
    apple.answer = (response) => {
      if (apple.exchanges.at(-1)!['client_id'] === 'com.example.tablet') return;
      Object.assign(response, { statusCode: 400, body: { error: 'invalid_grant' } });
    };
    const answer = await login(app, { code: await apple.codeFor({ sub: 'ada' }) });
    expectJson(answer, 200);
    const secret = String(apple.exchanges.at(-1)!['client_secret']);
    expect((await jwtVerify(secret, KEY.publicKey)).payload.sub).toBe('com.example.tablet');
    const token = await apple.idToken({ sub: 'ada', aud: 'com.example.phone' });
    expect((await login(app, { id_token: token })).body.user_id).toBe(answer.body.user_id);
  });

  it('is refused where Apple does not know it', async () => {
    const app = await makeApp({ config: { clientIds: ['com.example.phone'] } });
    apple.answer = (response) => Object.assign(response, { statusCode: 400, body: { error: 'invalid_grant' } });
    const error = 'the identity provider does not accept the code';
    expectError(await login(app, { code: 'used' }), { status: 401, code: 'AuthError', error });
    expect(apple.exchanges).toHaveLength(2);
  });
});

describe('a trial without a person', () => {
  const tried = async (wanted?: Parameters<typeof makeApp>[0]): Promise<unknown[]> => {
    const app = await makeApp(wanted);
    const admin = await makeAdmin(server);
    const path = `${admin.app(app)}/auth_providers`;
    const listed = (await admin.get(path)).body as unknown as { _id: string; name: string }[];
    const { body } = await admin.post(`${path}/${listed.find(({ name }) => name === NAME)!._id}/test`);
    return (body['checks'] as unknown[]).slice(2);
  };
  const says = (error: string, statusCode = 400) => {
    apple.answer = (response) => Object.assign(response, { statusCode, body: { error } });
  };
  const client = { name: 'the client ID', ok: true };
  const secret = { name: 'the client secret', ok: true };

  it('asks Apple whether it knows the secret, with a code that is none', async () => {
    says('invalid_grant');
    expect(await tried()).toEqual([client, secret]);
    expect(await tried(MADE_ELSEWHERE)).toEqual([client, secret]);
    expect(apple.exchanges.map(({ client_secret: sent }) => String(sent).split('.')[2] === 'signature')).toEqual([
      false,
      true,
    ]);
    says('invalid_client');
    const error = 'the identity provider does not know the client by its secret: invalid_client';
    for (const wanted of [{}, MADE_ELSEWHERE]) {
      expect(await tried(wanted)).toEqual([client, { ...secret, ok: false, error }]);
    }
  });

  it('goes by the first client ID that there is, and asks nobody where something is missing', async () => {
    says('invalid_grant');
    expect(await tried({ config: { clientId: '', clientIds: ['com.example.phone'] } })).toEqual([client, secret]);
    expect(apple.exchanges).toEqual([expect.objectContaining({ client_id: 'com.example.phone' })]);
    const none = 'the provider has no client ID';
    expect(await tried({ config: { clientId: '' } })).toEqual([
      { ...client, ok: false, error: none },
      { ...secret, ok: false, error: none },
    ]);
    const error = 'the provider cannot sign: it needs a P-256 private key, teamId and keyId';
    expect(await tried({ secret_config: { privateKey: 'noKey' } })).toEqual([client, { ...secret, ok: false, error }]);
    expect(apple.exchanges).toHaveLength(1);
  });
});
