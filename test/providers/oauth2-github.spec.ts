import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { makeAdmin } from '../support/admin-client.js';
import type { Answer } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';
import { FakeGithub, type GithubAccount } from '../support/fake-github.js';
import { describeProvider } from '../support/provider-contract.js';
import { expectFailure, HOME, leave, logInByRedirect, sessionOf, startUrl } from '../support/redirect-login.js';
import { Visitor } from '../support/visitor.js';

const NAME = 'oauth2-github';
const SECRET = 'what GitHub gave out';
const UPSTREAM = 'another server that is needed for this did not answer as it should';

let server: TestServer;
let github: FakeGithub;
beforeAll(async () => {
  github = await FakeGithub.start();
  const env = { LATCHKEY_GITHUB_URL: github.url, LATCHKEY_GITHUB_API_URL: `${github.url}/api` };
  server = await createTestServer({ env });
});
beforeEach(() => github.reset());
afterAll(async () => {
  await server?.stop();
  await github.stop();
});

let count = 0;
const clients = new WeakMap<App, string>();

interface Wanted {
  fields?: string[];
  domains?: string[];
  secret?: string;
}

async function makeApp({ fields = ['name'], domains, secret = SECRET }: Wanted = {}): Promise<App> {
  const clientId = `Iv1.${(count += 1)}`;
  const settings = {
    config: { clientId },
    secret_config: { clientSecret: 'githubSecret' },
    metadata_fields: fields.map((name) => ({ name, required: false })),
    redirect_uris: [HOME],
    ...(domains ? { domain_restrictions: domains } : {}),
  };
  const app = await server.make.app({ providers: [{ type: 'anon-user' }, { type: NAME, settings }] });
  await server.get(SecretsService).put(app, { name: 'githubSecret', value: secret });
  github.secrets.set(clientId, SECRET);
  clients.set(app, clientId);
  return app;
}

/** Accounts by the subjects that tests name. */
const accounts = new Map<string, GithubAccount>();
function accountOf(subject: string): GithubAccount {
  const account = accounts.get(subject) ?? { id: accounts.size + 1, login: subject };
  accounts.set(subject, account);
  return account;
}

const ADA: GithubAccount = {
  id: 1815,
  login: 'ada',
  name: 'Ada Lovelace',
  avatar_url: 'https://avatars.example/ada',
  email: 'shown@profile.example',
  emails: [
    { email: 'ada@home.example', primary: true, verified: true },
    { email: 'ada@Work.example', primary: false, verified: true },
    { email: 'ada@evil.example', primary: false, verified: false },
  ],
};

const codeFor = (app: App, account: GithubAccount, scope?: string) => github.codeFor(clients.get(app)!, account, scope);
const login = (app: App, body: object): Promise<Answer> => server.client(app).login(NAME, body);
const dataOf = async (app: App, token: string) => (await server.client(app).profile(token)).body['data'];

const broken = (path: string, route: Parameters<FakeGithub['routes']['set']>[1]) => async (app: App) => {
  github.routes.set(path, route);
  return { authCode: codeFor(app, ADA) };
};
const TOKEN = '/login/oauth/access_token';

describeProvider(() => server, {
  name: NAME,
  makeApp,
  oneTime: true,
  credentials: async (app, subject) => ({ authCode: codeFor(app, accountOf(subject)) }),
  leaveAs: async (app, subject) => {
    github.visitor = accountOf(subject);
    return leave(server, app, NAME);
  },
  withName: async (app, subject, name) => ({ authCode: codeFor(app, { ...accountOf(subject), name }) }),
  wrong: {
    'a code that GitHub does not know': () => ({ authCode: 'unknown' }),
    'a code of another client': () => ({ authCode: github.codeFor('another', ADA) }),
    'another PKCE verifier': (app) => ({
      authCode: github.codeFor(clients.get(app)!, ADA, '', 'a'.repeat(43)),
      codeVerifier: 'b'.repeat(43),
    }),
    'no code': () => ({ authCode: '' }),
    'an access token, which may be of any app': () => ({ accessToken: 'gho_x' }),
    operators: () => ({ authCode: { $ne: '' } }),
  },
  troubles: {
    'down for codes': broken(TOKEN, (_request, response) => void response.writeHead(503).end()),
    'silent for codes': broken(TOKEN, () => undefined),
    'lying about codes': broken(TOKEN, (_request, response) => void response.end('null')),
    'wordy about codes': broken(TOKEN, (_request, response) => void response.end('x'.repeat(400_000))),
    'down for people': broken('/api/user', (_request, response) => void response.writeHead(500).end()),
    'giving a name for a number': broken('/api/user', (_request, response) => void response.end('{"id":"1815"}')),
  },
});

it('finds the primary address among however many', async () => {
  const app = await makeApp({ fields: ['email'] });
  const others = Array.from({ length: 60 }, (_, i) => ({
    email: `ada${i}@work.example`,
    primary: false,
    verified: true,
  }));
  const emails = [...others, { email: 'ada@home.example', primary: true, verified: true }];
  const answer = await login(app, { authCode: codeFor(app, { ...ADA, emails }) });
  expect(await dataOf(app, answer.body.access_token)).toEqual({ email: 'ada@home.example' });
});

describe('a login with GitHub by redirect', () => {
  it('asks for what the settings want, with state and PKCE, and keeps the fields', async () => {
    const app = await makeApp({ fields: ['name', 'login', 'picture', 'email'] });
    const { location } = await new Visitor().step(startUrl(server, app, NAME));
    expect(location).toMatch(`${github.url}/login/oauth/authorize?`);
    expect(Object.fromEntries(new URL(location!).searchParams)).toEqual({
      client_id: clients.get(app),
      response_type: 'code',
      redirect_uri: `${server.publicUrl}/api/client/v2.0/auth/callback`,
      scope: 'user:email',
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    github.visitor = ADA;
    const { accessToken } = sessionOf(await logInByRedirect(server, app, NAME));
    const { body } = await server.client(app).profile(accessToken);
    expect(body).toMatchObject({
      identities: [{ id: '1815', provider_type: NAME }],
      data: { name: 'Ada Lovelace', login: 'ada', picture: 'https://avatars.example/ada', email: 'ada@home.example' },
    });
    expect(github.exchanges).toEqual([
      expect.objectContaining({
        client_id: clients.get(app),
        client_secret: SECRET,
        code_verifier: expect.stringMatching(/^[\w-]{43}$/),
      }),
    ]);
  });

  it('asks for addresses only where they are wanted', async () => {
    const { location } = await new Visitor().step(startUrl(server, await makeApp(), NAME));
    expect(new URL(location!).searchParams.has('scope')).toBe(false);
  });

  it('knows a person by the number, whatever the account is called', async () => {
    const app = await makeApp({ fields: ['login'] });
    github.visitor = ADA;
    const { userId } = sessionOf(await logInByRedirect(server, app, NAME));
    github.visitor = { ...ADA, login: 'countess' };
    const renamed = sessionOf(await logInByRedirect(server, app, NAME));
    expect(renamed.userId).toBe(userId);
    expect(await dataOf(app, renamed.accessToken)).toEqual({ login: 'countess' });
    github.visitor = { id: 7, login: 'ada' };
    expect(sessionOf(await logInByRedirect(server, app, NAME)).userId).not.toBe(userId);
  });

  it('tells the app what went wrong', async () => {
    const app = await makeApp();
    github.back = (url) => url.searchParams.set('iss', 'https://evil.example');
    expectFailure(await logInByRedirect(server, app, NAME), UPSTREAM);
    github.back = (url) => url.searchParams.set('code', 'another');
    expectFailure(await logInByRedirect(server, app, NAME), 'the identity provider does not accept the code');
    github.reset();
    github.routes.set('/api/user', (_request, response) => void response.writeHead(401).end('{}'));
    expectFailure(await logInByRedirect(server, app, NAME), UPSTREAM);
    const wrong = await makeApp({ secret: 'not that' });
    expectFailure(await logInByRedirect(server, wrong, NAME), UPSTREAM);
  });
});

describe('an account of GitHub', () => {
  it('has the address that GitHub verified, and none where the app did not ask', async () => {
    const unverified = { ...ADA, emails: [{ email: 'ada@evil.example', primary: true, verified: false }] };
    for (const [account, scope, data] of [
      [ADA, 'user:email', { email: 'ada@home.example' }],
      [unverified, 'user:email', {}],
      [ADA, '', {}],
    ] as const) {
      const app = await makeApp({ fields: ['email'] });
      const { body } = await login(app, { authCode: codeFor(app, account, scope) });
      expect(await dataOf(app, body.access_token)).toEqual(data);
    }
  });

  it('is let in by any verified address, where the app wants some domains', async () => {
    const statusFor = async (domains: string[], scope?: string): Promise<number> => {
      const app = await makeApp({ fields: [], domains });
      return (await login(app, { authCode: codeFor(app, ADA, scope) })).status;
    };
    expect(await statusFor(['work.example'])).toBe(200);
    expect(await statusFor(['evil.example'])).toBe(403);
    expect(await statusFor(['profile.example'])).toBe(403);
    expect(await statusFor(['home.example'], '')).toBe(403);
  });

  it('may come with a PKCE verifier of the app’s own', async () => {
    const app = await makeApp();
    const codeVerifier = 'v'.repeat(43);
    const authCode = github.codeFor(clients.get(app)!, ADA, '', codeVerifier);
    expectError(await login(app, { authCode }), { status: 401, code: 'AuthError' });
    expectJson(await login(app, { authCode, codeVerifier }), 200);
    expectError(await login(app, { authCode, codeVerifier: 'short' }), { status: 400, code: 'InvalidParameter' });
  });
});

it('the settings are tried without a person, and need a client and its secret', async () => {
  const admin = await makeAdmin(server);
  const test = async (app: App): Promise<unknown[]> => {
    const path = `${admin.app(app)}/auth_providers`;
    const listed = (await admin.get(path)).body as unknown as { _id: string; name: string }[];
    const { body } = await admin.post(`${path}/${listed.find(({ name }) => name === NAME)!._id}/test`);
    return (body['checks'] as unknown[]).slice(1);
  };
  const clientId = { name: 'the client ID', ok: true };
  expect(await test(await makeApp())).toEqual([clientId, { name: 'the client secret', ok: true }]);
  const error = 'the identity provider does not know the client by its secret: invalid_client';
  const wrong = await makeApp({ secret: 'not that' });
  expect(await test(wrong)).toEqual([clientId, { name: 'the client secret', ok: false, error }]);
  const bare = await server.make.app({ providers: [{ type: NAME, settings: { redirect_uris: [HOME] } }] });
  expect(JSON.stringify(await test(bare))).toContain('the provider has no client ID');
  expectError(await login(bare, { authCode: 'x' }), { status: 401, error: 'the provider has no client ID' });
  expect((await logInByRedirect(server, bare, NAME)).status).toBe(401);
});
