import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { makeAdmin } from '../support/admin-client.js';
import type { Answer } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { describeProvider } from '../support/provider-contract.js';
import { expectFailure, HOME, leave, logInByRedirect, sessionOf, startUrl } from '../support/redirect-login.js';
import { Visitor } from '../support/visitor.js';

const NAME = 'oauth2-google';

let server: TestServer;
let google: IdentityProvider;
beforeAll(async () => {
  google = await IdentityProvider.start();
  server = await createTestServer({ env: { LATCHKEY_GOOGLE_ISSUER: google.issuer } });
});
beforeEach(() => google.reset());
afterAll(async () => {
  await server?.stop();
  await google.stop();
});

let count = 0;

interface Wanted {
  fields?: string[];
  domains?: string[];
  secret?: string | null;
}

const clients = new WeakMap<App, string>();

async function makeApp({ fields = ['name'], domains, secret = 'clientSecret' }: Wanted = {}): Promise<App> {
  count += 1;
  const clientId = `client${count}.apps.googleusercontent.com`;
  const settings = {
    config: { clientId, openId: false },
    secret_config: { clientSecret: secret },
    metadata_fields: fields.map((name) => ({ name, required: true })),
    redirect_uris: [HOME],
    ...(domains ? { domain_restrictions: domains } : {}),
  };
  const app = await server.make.app({ providers: [{ type: 'anon-user' }, { type: NAME, settings }] });
  await server.get(SecretsService).put(app, { name: 'clientSecret', value: 'GOCSPX-secret' });
  clients.set(app, clientId);
  return app;
}

const clientOf = (app: App): string => clients.get(app)!;
const tokenFor = (app: App, claims: object = {}): Promise<string> => google.idToken({ aud: clientOf(app), ...claims });
const login = (app: App, body: object): Promise<Answer> => server.client(app).login(NAME, body);
const dataOf = async (app: App, token: string) => (await server.client(app).profile(token)).body['data'];

describeProvider(() => server, {
  name: NAME,
  makeApp,
  credentials: async (app, sub) => ({ id_token: await tokenFor(app, { sub }) }),
  withName: async (app, sub, name) => ({ id_token: await tokenFor(app, { sub, name }) }),
  leaveAs: async (app, sub) => google.as(await leave(server, app, NAME), { sub }),
  wrong: {
    'of another client': async () => ({ id_token: await google.idToken({ aud: 'another' }) }),
    'of another issuer': async (app) => ({ id_token: await tokenFor(app, { iss: 'https://evil.example' }) }),
    expired: async (app) => ({ id_token: await tokenFor(app, { exp: 1_000_000_000 }) }),
    'no token': () => ({ id_token: 'a.b.c' }),
    'no code': () => ({ authCode: '' }),
    'neither of the two': () => ({ accessToken: 'x' }),
  },
  troubles: {
    'down for codes': async () => {
      google.routes.set('/token', (_request, response) => void response.writeHead(503).end());
      return { authCode: 'any' };
    },
    'silent for codes': async () => {
      google.routes.set('/token', () => undefined);
      return { authCode: 'any' };
    },
    'lying about codes': async () => {
      google.routes.set('/token', (_request, response) => void response.end('null'));
      return { authCode: 'any' };
    },
    'wordy about codes': async () => {
      google.routes.set('/token', (_request, response) => void response.end('x'.repeat(400_000)));
      return { authCode: 'any' };
    },
  },
});

describe('a login with Google by redirect', () => {
  it('asks for what the settings want, with state, nonce and PKCE, and keeps the fields', async () => {
    const app = await makeApp({ fields: ['name', 'first_name', 'last_name', 'picture', 'email'] });
    const { location } = await new Visitor().step(startUrl(server, app, NAME));
    const asked = Object.fromEntries(new URL(location!).searchParams);
    expect(asked).toEqual({
      client_id: clientOf(app),
      response_type: 'code',
      redirect_uri: `${server.publicUrl}/api/client/v2.0/auth/callback`,
      scope: 'openid email profile',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    google.claims = {
      sub: '1098',
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      picture: 'https://lh3.example/ada',
      email: 'ada@gmail.com',
      locale: 'en',
    };
    const { accessToken } = sessionOf(await logInByRedirect(server, app, NAME));
    expect(await dataOf(app, accessToken)).toEqual({
      name: 'Ada Lovelace',
      first_name: 'Ada',
      last_name: 'Lovelace',
      picture: 'https://lh3.example/ada',
      email: 'ada@gmail.com',
    });
    expect(google.exchanges).toEqual([
      expect.objectContaining({
        client_id: clientOf(app),
        client_secret: 'GOCSPX-secret',
        code_verifier: expect.stringMatching(/^[\w-]{43}$/),
      }),
    ]);
  });

  it('asks for the address only where it is wanted', async () => {
    const scopeOf = async (wanted: Wanted): Promise<string | null> => {
      const { location } = await new Visitor().step(startUrl(server, await makeApp(wanted), NAME));
      return new URL(location!).searchParams.get('scope');
    };
    expect(await scopeOf({ fields: [] })).toBe('openid');
    expect(await scopeOf({ fields: [], domains: ['example.com'] })).toBe('openid email');
  });

  it('tells the app what went wrong', async () => {
    const app = await makeApp();
    google.claims = { nonce: 'of another login' };
    expectFailure(await logInByRedirect(server, app, NAME), 'invalid ID token: it belongs to another login');
    google.reset();
    google.answer = (response) => void (response.body = { access_token: 'x', token_type: 'Bearer' });
    const upstream = 'another server that is needed for this did not answer as it should';
    expectFailure(await logInByRedirect(server, app, NAME), upstream);
    google.answer = (response) => Object.assign(response, { statusCode: 400, body: { error: 'invalid_grant' } });
    expectFailure(await logInByRedirect(server, app, NAME), 'the identity provider does not accept the code');
    google.answer = (response) => Object.assign(response, { statusCode: 401, body: { error: 'invalid_client' } });
    expectFailure(await logInByRedirect(server, app, NAME), upstream);
    google.routes.set('/token', (_request, response) => void response.destroy());
    expectFailure(await logInByRedirect(server, app, NAME), upstream);
  });

  it('does not begin without a client secret', async () => {
    const app = await makeApp({ secret: 'gone' });
    const { status, text } = await logInByRedirect(server, app, NAME);
    expect(status).toBe(401);
    expect(text).toContain('The provider has no client secret.');
    const bare = await server.make.app({ providers: [{ type: NAME, settings: {} }] });
    expectError(await login(bare, { id_token: 'x' }), { status: 401, error: 'the provider has no client ID' });
  });
});

it('the settings are tried without a person', async () => {
  const admin = await makeAdmin(server);
  const test = async (wanted?: Wanted): Promise<unknown> => {
    const path = `${admin.app(await makeApp(wanted))}/auth_providers`;
    const listed = (await admin.get(path)).body as unknown as { _id: string; name: string }[];
    const { body } = await admin.post(`${path}/${listed.find(({ name }) => name === NAME)!._id}/test`);
    return (body['checks'] as unknown[]).at(-1);
  };
  const says = (error: string) => {
    google.answer = (response) => Object.assign(response, { statusCode: 400, body: { error } });
  };
  const name = 'the client secret';
  says('invalid_grant');
  expect(await test()).toEqual({ name, ok: true });
  says('invalid_client');
  expect(await test()).toEqual({ name, ok: false, error: 'Google does not know the client by its secret' });
  expect(await test({ secret: null })).toEqual({ name, ok: false, error: 'the provider has no client secret' });
});

describe('a code that an app got from Google', () => {
  it('logs in as the same user as an ID token', async () => {
    const app = await makeApp();
    const answer = await login(app, { authCode: await google.codeFor({ sub: 'ada', name: 'Ada' }) });
    expectJson(answer, 200);
    expect(await dataOf(app, answer.body.access_token)).toEqual({ name: 'Ada' });
    expect((await login(app, { id_token: await tokenFor(app, { sub: 'ada' }) })).body.user_id).toBe(
      answer.body.user_id,
    );
    expect(google.exchanges).toEqual([
      expect.objectContaining({ redirect_uri: '', client_id: clientOf(app), client_secret: 'GOCSPX-secret' }),
    ]);
  });

  it('may come from a page’s script, which has a redirect URI of its own', async () => {
    const app = await makeApp();
    google.answer = (response) => {
      if (google.exchanges.at(-1)!['redirect_uri'] === 'postmessage') return;
      Object.assign(response, { statusCode: 400, body: { error: 'redirect_uri_mismatch' } });
    };
    expectJson(await login(app, { authCode: await google.codeFor({ sub: 'ada' }) }), 200);
    expect(google.exchanges.map(({ redirect_uri: uri }) => uri)).toEqual(['', 'postmessage']);
  });

  it('may come without an ID token: then Google is asked who it is', async () => {
    const app = await makeApp();
    google.answer = ({ body }) => delete (body as Record<string, unknown>)['id_token'];
    google.userinfo = { sub: 'grace', name: 'Grace' };
    const answer = await login(app, { authCode: await google.codeFor({}) });
    expectJson(answer, 200);
    expect(await dataOf(app, answer.body.access_token)).toEqual({ name: 'Grace' });
  });

  it('is refused where Google does not know it', async () => {
    const app = await makeApp();
    google.answer = (response) => Object.assign(response, { statusCode: 400, body: { error: 'invalid_grant' } });
    const error = 'the identity provider does not accept the code';
    expectError(await login(app, { authCode: 'used' }), { status: 401, code: 'AuthError', error });
    const { accessToken: token } = await server.client(app).enterAnonymously();
    const path = `${server.client(app).appPath}/auth/providers/${NAME}/login?link=true`;
    const linked = await server.client(app).request('POST', path, { body: { authCode: 'used' }, token });
    expectError(linked, { status: 400, code: 'BadRequest', error });
  });

  it('is refused where the token was made for another client', async () => {
    const app = await makeApp();
    const error = 'invalid ID token: it is for another client';
    expectError(await login(app, { authCode: await google.codeFor({ aud: 'another' }) }), { status: 401, error });
  });
});

describe('an account of Google', () => {
  it('is of the login that the client began, where it says which', async () => {
    const app = await makeApp();
    const bodies = async (nonce: string | undefined): Promise<object[]> => [
      { id_token: await tokenFor(app, { nonce }) },
      { authCode: await google.codeFor({ nonce, aud: clientOf(app) }) },
    ];
    for (const body of await bodies('mine')) expectJson(await login(app, { ...body, nonce: 'mine' }), 200);
    const error = 'invalid ID token: it belongs to another login';
    for (const body of [...(await bodies('yours')), ...(await bodies(undefined))]) {
      expectError(await login(app, { ...body, nonce: 'mine' }), { status: 401, code: 'AuthError', error });
    }
    google.answer = ({ body }) => delete (body as Record<string, unknown>)['id_token'];
    const [, { authCode }] = (await bodies('mine')) as [object, { authCode: string }];
    expectError(await login(app, { authCode, nonce: 'mine' }), { status: 401, code: 'AuthError' });
    const [, code] = await bodies('mine');
    expectJson(await login(app, code!), 200);
  });

  it('may be of an app on a phone, whose own client the token names', async () => {
    const app = await makeApp();
    expectJson(await login(app, { id_token: await tokenFor(app, { azp: 'android.example' }) }), 200);
    const several = await tokenFor(app, { aud: [clientOf(app), 'another'], azp: 'android.example' });
    expectError(await login(app, { id_token: several }), { status: 401, code: 'AuthError' });
  });

  it.each<[string, Record<string, unknown>, number]>([
    ['of the organisation', { hd: 'Example.com', email: 'ada@alias.example' }, 200],
    ['of another organisation', { hd: 'evil.example', email: 'ada@example.com', email_verified: true }, 403],
    ['with an address of the domain only', { email: 'ada@example.com', email_verified: true }, 403],
    ['of Google itself', { email: 'ada@gmail.com', email_verified: true }, 200],
    ['of Google itself, unconfirmed', { email: 'ada@gmail.com', email_verified: false }, 403],
    ['without an address', {}, 403],
  ])('that is %s is let in or not, where the app wants some domains', async (_what, claims, status) => {
    const app = await makeApp({ domains: ['example.com', 'gmail.com'] });
    const answer = await login(app, { id_token: await tokenFor(app, claims) });
    if (status === 200) expectJson(answer, 200);
    else expectError(answer, { status, code: 'DomainNotAllowed' });
  });
});
