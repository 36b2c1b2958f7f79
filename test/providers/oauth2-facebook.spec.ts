import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { makeAdmin } from '../support/admin-client.js';
import type { Answer } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';
import { FakeFacebook, fault, json } from '../support/fake-facebook.js';
import { describeProvider } from '../support/provider-contract.js';
import { expectFailure, HOME, leave, logInByRedirect, sessionOf, startUrl } from '../support/redirect-login.js';
import { Visitor } from '../support/visitor.js';

const NAME = 'oauth2-facebook';
const UPSTREAM = 'another server that is needed for this did not answer as it should';

let server: TestServer;
let facebook: FakeFacebook;
beforeAll(async () => {
  facebook = await FakeFacebook.start();
  server = await createTestServer({
    env: { LATCHKEY_FACEBOOK_URL: facebook.url, LATCHKEY_FACEBOOK_GRAPH_URL: facebook.url },
  });
});
beforeEach(() => {
  facebook.person = { id: '1' };
  facebook.routes.clear();
  facebook.calls.length = 0;
});
afterAll(async () => {
  await server?.stop();
  await facebook.stop();
});

const clients = new WeakMap<App, string>();
let count = 1_000;

async function makeApp({ fields = ['name'], domains }: { fields?: string[]; domains?: string[] } = {}): Promise<App> {
  count += 1;
  const clientId = String(count);
  const settings = {
    config: { clientId },
    secret_config: { clientSecret: 'appSecret' },
    metadata_fields: fields.map((name) => ({ name, required: true })),
    redirect_uris: [HOME],
    ...(domains ? { domain_restrictions: domains } : {}),
  };
  const app = await server.make.app({ providers: [{ type: 'anon-user' }, { type: NAME, settings }] });
  await server.get(SecretsService).put(app, { name: 'appSecret', value: `secret of ${clientId}` });
  facebook.secrets.set(clientId, `secret of ${clientId}`);
  clients.set(app, clientId);
  return app;
}

const clientOf = (app: App): string => clients.get(app)!;
const tokenFor = (app: App, person: Record<string, unknown>, inspection?: object) =>
  facebook.token(clientOf(app), person, inspection);
const login = (app: App, accessToken: string): Promise<Answer> => server.client(app).login(NAME, { accessToken });
const dataOf = async (app: App, token: string) => (await server.client(app).profile(token)).body['data'];

const trouble = (path: string, answer: (response: ServerResponse) => void) => async (app: App) => {
  facebook.routes.set(path, answer);
  return { accessToken: tokenFor(app, { id: 'x' }) };
};

describeProvider(() => server, {
  name: NAME,
  makeApp,
  credentials: async (app, id) => ({ accessToken: tokenFor(app, { id }) }),
  leaveAs: async (app, id) => {
    facebook.person = { id };
    return leave(server, app, NAME);
  },
  withName: async (app, id, name) => ({ accessToken: tokenFor(app, { id, name }) }),
  wrong: {
    'of another app': () => ({ accessToken: facebook.token('another app', { id: 'ada' }) }),
    unknown: () => ({ accessToken: 'EAAB' }),
    'said to be not valid': (app) => ({ accessToken: tokenFor(app, { id: 'ada' }, { is_valid: false }) }),
    expired: (app) => ({ accessToken: tokenFor(app, { id: 'ada' }, { expires_at: 1_000_000_000 }) }),
    'of no person': (app) => ({ accessToken: tokenFor(app, { id: 'ada' }, { type: 'APP', user_id: undefined }) }),
    'of somebody else than it says': (app) => ({ accessToken: tokenFor(app, { id: 'ada' }, { user_id: 'bob' }) }),
    'no text': () => ({ accessToken: 1 }),
    empty: () => ({ accessToken: '' }),
  },
  troubles: {
    'down for inspections': trouble('/debug_token', (response) => void response.writeHead(500).end()),
    'silent for inspections': trouble('/debug_token', () => undefined),
    'lying at inspections': trouble('/debug_token', (response) => json(response, 200, { data: null })),
    'cut off for profiles': trouble('/me', (response) => void response.destroy()),
    'lying about profiles': trouble('/me', (response) => void response.end('null')),
    'vague about profiles': trouble('/me', (response) => json(response, 200, { name: 'nobody' })),
  },
});

describe('a login with Facebook by redirect', () => {
  it('asks for what the settings want, with state and PKCE, and keeps the fields', async () => {
    const all = ['name', 'first_name', 'last_name', 'picture', 'gender', 'birthday', 'min_age', 'max_age', 'email'];
    const app = await makeApp({ fields: all });
    const { location } = await new Visitor().step(startUrl(server, app, NAME));
    expect(Object.fromEntries(new URL(location!).searchParams)).toMatchObject({
      client_id: clientOf(app),
      response_type: 'code',
      redirect_uri: `${server.publicUrl}/api/client/v2.0/auth/callback`,
      scope: 'public_profile,email,user_birthday,user_gender,user_age_range',
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    facebook.person = {
      id: '42',
      name: 'Ada Lovelace',
      first_name: 'Ada',
      last_name: 'Lovelace',
      picture: { data: { url: 'https://fbcdn.example/ada', width: 50 } },
      gender: 'female',
      birthday: '12/10/1815',
      age_range: { min: 21 },
      email: 'ada@example.com',
      link: 'https://facebook.example/ada',
    };
    const { accessToken } = sessionOf(await logInByRedirect(server, app, NAME));
    const { body } = await server.client(app).profile(accessToken);
    expect(body['identities']).toEqual([expect.objectContaining({ id: '42', provider_type: NAME })]);
    expect(body['data']).toEqual({
      name: 'Ada Lovelace',
      first_name: 'Ada',
      last_name: 'Lovelace',
      picture: 'https://fbcdn.example/ada',
      gender: 'female',
      birthday: '12/10/1815',
      min_age: '21',
      email: 'ada@example.com',
    });
    // Neither a token nor the app's secret is in an address.
    const addresses = facebook.calls.map(({ href }) => href).join(' ');
    expect(addresses).not.toMatch(/access_token=|secret of|EAAB/);
  });

  it('tells the app what went wrong', async () => {
    const app = await makeApp();
    const answer = (status: number, body: object) =>
      facebook.routes.set('/oauth/access_token', (response) => json(response, status, body));
    answer(400, fault('This authorization code has been used.', 100));
    expectFailure(await logInByRedirect(server, app, NAME), 'the identity provider does not accept the code');
    answer(400, fault('Error validating client secret.', 1));
    expectFailure(await logInByRedirect(server, app, NAME), UPSTREAM);
    answer(200, {});
    expectFailure(await logInByRedirect(server, app, NAME), UPSTREAM);
    facebook.routes.set('/oauth/access_token', (response) => void response.end('no json'));
    expectFailure(await logInByRedirect(server, app, NAME), UPSTREAM);
    facebook.routes.clear();
    facebook.routes.set('/me', (response) => json(response, 400, fault('Invalid OAuth access token.', 190)));
    expectFailure(await logInByRedirect(server, app, NAME), UPSTREAM);
  });
});

describe('an account of Facebook', () => {
  it('may have no address, no name, or too much of it, and is known by its id alone (B31)', async () => {
    const app = await makeApp({ fields: ['name', 'email', 'picture'] });
    const admin = await makeAdmin(server);
    const enter = async (person: object) => (await login(app, tokenFor(app, { id: '9', ...person }))).body;
    const listed = async (search = '') => {
      const { body } = await admin.get(`${admin.app(app)}/users?search=${encodeURIComponent(search)}`);
      return (body as unknown as { _id: string; data: object }[]).map(({ _id, data }) => [_id, data]);
    };
    const endless = { data: { url: `https://fbcdn.example/${'x'.repeat(9_000)}` } };
    const { user_id: id } = await enter({ email: '', name: '', picture: endless });
    expect(await listed()).toEqual([[id, {}]]);
    await enter({ id: '10', name: 'Eve', email: 'ada@example.com' });
    const answers = await Promise.all(['Ada', 'Ada'].map((name) => enter({ name, email: 'ada@example.com' })));
    expect(answers.map((answer) => answer.user_id)).toEqual([id, id]);
    expect(await listed('Ada')).toEqual([[id, { name: 'Ada', email: 'ada@example.com' }], expect.anything()]);
    await enter({ name: 'Ada King', email: 'countess@example.com' });
    await enter({});
    expect(await listed('countess@')).toEqual([[id, { name: 'Ada King', email: 'countess@example.com' }]]);
    expect(await listed('9')).toEqual([[id, expect.anything()]]);
  });

  it('is let in by the domain of its address, where the app wants that', async () => {
    const app = await makeApp({ domains: ['example.com'] });
    const enter = (person: object) => login(app, tokenFor(app, { id: '5', ...person }));
    expectJson(await enter({ email: 'ada@Example.com' }), 200);
    expectError(await enter({ email: 'ada@evil.example' }), { status: 403, code: 'DomainNotAllowed' });
    expectError(await enter({}), { status: 403, code: 'DomainNotAllowed' });
    // Asked for to decide, not to keep.
    expect(await dataOf(app, (await enter({ email: 'ada@example.com' })).body.access_token)).toEqual({});
  });

  it('of another app is told so', async () => {
    const app = await makeApp();
    const error = 'invalid access token: it was issued to another app';
    const stolen = facebook.token('another app', { id: '1' });
    expectError(await login(app, stolen), { status: 401, code: 'AuthError', error });
    expect(facebook.calls.map(({ pathname }) => pathname)).toEqual(['/debug_token']);
  });
});
