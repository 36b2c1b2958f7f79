import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { ServerKeysService } from '../../src/accounts/server-keys.service.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import type { Answer, ApiClient, RequestOptions } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { claimsOf, withBrokenSignature } from '../support/tokens.js';

interface Key {
  id: string;
  key: string;
  user?: string;
}

const FORM = 'application/x-www-form-urlencoded';
const PROVIDERS = [
  { type: 'anon-user' },
  { type: 'local-userpass', settings: { config: { autoConfirm: true } } },
  { type: 'api-key' },
];
const ENDPOINTS = ['revoke', 'introspect'] as const;
type Endpoint = (typeof ENDPOINTS)[number];

let server: TestServer;
let admin: AdminClient;
let app: App;
let client: ApiClient;
let key: Key;

beforeAll(async () => {
  server = await createTestServer();
  admin = await makeAdmin(server);
  app = await server.make.app({ providers: PROVIDERS });
  client = server.client(app);
  key = await makeKey(app, 'backend');
});
afterAll(() => server.stop());

async function makeKey(of: App, name: string): Promise<Key> {
  const { record, key: secret } = await server.get(ServerKeysService).create(of, name);
  return { id: record._id.toHexString(), key: secret, user: record.user.toHexString() };
}

const basic = ({ id, key: secret }: Key) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const post = (endpoint: Endpoint, body: string, options: RequestOptions = {}, at = client): Promise<Answer> =>
  at.request('POST', `${at.appPath}/auth/${endpoint}`, { body, contentType: FORM, ...options });
const ask = (endpoint: Endpoint, token: string, by = key, more = '') =>
  post(endpoint, `token=${encodeURIComponent(token)}${more}`, { authorization: basic(by) });
const introspect = async (token: string) => (await ask('introspect', token)).body;

describe('introspection (RFC 7662)', () => {
  it('tells what a good access token says (§2.2)', async () => {
    const { accessToken, userId } = await client.enter('ann@example.com', 'correct horse');
    const answer = await ask('introspect', accessToken);
    const { iat, exp, jti, iss, sid } = claimsOf(accessToken);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({
      active: true,
      client_id: app.clientAppId,
      username: 'ann@example.com',
      token_type: 'Bearer',
      sub: userId,
      aud: app.clientAppId,
      iss,
      iat,
      exp,
      jti,
      sid,
    });
  });

  it('tells about a refresh token, whatever the hint says (§2.1)', async () => {
    const { refreshToken, userId } = await client.enterAnonymously();
    for (const hint of ['', '&token_type_hint=refresh_token', '&token_type_hint=access_token', '&token_type_hint=x']) {
      const { body } = await ask('introspect', refreshToken, key, hint);
      expect(body).toMatchObject({ active: true, token_type: 'refresh_token', sub: userId });
      expect(body['exp']).toBe(claimsOf(refreshToken).exp);
    }
  });

  it('says of a refresh token whose turn is over that it is not active; revoked, it ends the session all the same', async () => {
    const turning = await server.make.app({ providers: PROVIDERS });
    await admin.patch(`${admin.app(turning)}/settings`, { refresh_mode: 'rotating' });
    const at = server.client(turning);
    const turningKey = await makeKey(turning, 'backend');
    const says = async (endpoint: Endpoint, token: string) =>
      (await post(endpoint, `token=${token}`, { authorization: basic(turningKey) }, at)).body['active'];
    const first = (await at.enterAnonymously()).refreshToken;
    const second = (await at.refresh(first)).body.refresh_token;
    const third = (await at.refresh(second)).body.refresh_token;
    expect([await says('introspect', first), await says('introspect', third)]).toEqual([false, true]);
    await says('revoke', first);
    expect(await says('introspect', third)).toBe(false);
    expect((await at.refresh(third)).status).toBe(401);
  });

  it('says of every other token that it is not active, and no more (§2.2)', async () => {
    const { accessToken, refreshToken } = await client.enterAnonymously();
    const elsewhere = await server.client(await server.make.app()).enterAnonymously();
    await client.logout(refreshToken);
    const bad = [accessToken, refreshToken, elsewhere.accessToken, elsewhere.refreshToken, 'garbage', 'a.b.c', ' '];
    bad.push(withBrokenSignature((await client.enterAnonymously()).accessToken), 'x'.repeat(10_000));
    for (const token of bad) {
      const { status, text } = await ask('introspect', token);
      expect([status, text]).toEqual([200, '{"active":false}']);
    }
  });

  it('asks the session also where the app is lax', async () => {
    const lax = await server.make.app({ providers: PROVIDERS });
    await admin.patch(`${admin.app(lax)}/settings`, { revocation: 'lax' });
    const at = server.client(lax);
    const { accessToken, refreshToken } = await at.enterAnonymously();
    const authorization = basic(await makeKey(lax, 'backend'));
    await at.logout(refreshToken);
    expect((await post('introspect', `token=${accessToken}`, { authorization }, at)).body).toEqual({ active: false });
  });
});

describe('revocation (RFC 7009)', () => {
  it.each(['accessToken', 'refreshToken'] as const)(
    'of an %s ends the session, with all its tokens (§2.1)',
    async (kind) => {
      server.told();
      const tokens = await client.enterAnonymously();
      const bystander = await client.enterAnonymously();
      server.told();
      const answer = await ask('revoke', tokens[kind]);
      expect([answer.status, answer.text]).toEqual([200, '']);
      expect(server.told()).toEqual(['afterLogout']);
      expect((await client.profile(tokens.accessToken)).status).toBe(401);
      expect((await client.refresh(tokens.refreshToken)).status).toBe(401);
      expect(await introspect(tokens.accessToken)).toEqual({ active: false });
      expect((await client.profile(bystander.accessToken)).status).toBe(200);
    },
  );

  it('of the same token twice, of garbage, and of what is of another app answers 200 (§2.2)', async () => {
    const { refreshToken } = await client.enterAnonymously();
    const elsewhere = server.client(await server.make.app());
    const theirs = await elsewhere.enterAnonymously();
    server.told();
    const answers = await Promise.all(
      [refreshToken, refreshToken, 'garbage', theirs.accessToken, theirs.refreshToken].map((token) =>
        ask('revoke', token),
      ),
    );
    expect(answers.map(({ status, text }) => `${status}${text}`)).toEqual(Array(5).fill('200'));
    expect(server.told()).toEqual(['afterLogout']);
    expect((await elsewhere.profile(theirs.accessToken)).status).toBe(200);
    expect((await elsewhere.refresh(theirs.refreshToken)).status).toBe(201);
  });

  it('takes hints, also wrong and unknown ones (§2.1)', async () => {
    for (const hint of ['access_token', 'refresh_token', 'saml']) {
      const { refreshToken } = await client.enterAnonymously();
      expect((await ask('revoke', refreshToken, key, `&token_type_hint=${hint}`)).status).toBe(200);
      expect((await client.refresh(refreshToken)).status).toBe(401);
    }
  });
});

describe.each(ENDPOINTS)('%s', (endpoint) => {
  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
  let token: string;
  beforeAll(async () => {
    token = (await client.enterAnonymously()).accessToken;
  });
  const expectRefused = (answer: Answer) => {
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
    expect(answer.headers.get('www-authenticate')).toBe(`Basic realm="${app.clientAppId}"`);
  };

  it('takes a server key in the form as well (RFC 6749 §2.3.1)', async () => {
    const { accessToken } = await client.enterAnonymously();
    const body = form({ token: accessToken, client_id: key.id, client_secret: key.key });
    expect((await post(endpoint, body)).status).toBe(200);
  });

  it('refuses whoever has no key, or not the right one (RFC 6749 §5.2)', async () => {
    const second = await makeKey(app, `second-${endpoint}`);
    const foreign = await makeKey(await server.make.app({ providers: PROVIDERS }), 'foreign');
    const wrong = [
      { id: key.id, key: 'wrong' },
      { id: second.id, key: key.key },
      { id: 'backend', key: key.key },
      foreign,
    ];
    for (const by of wrong) {
      expectRefused(await ask(endpoint, token, by));
      expectRefused(await post(endpoint, form({ token, client_id: by.id, client_secret: by.key })));
    }
    const headers = [
      '',
      'Basic',
      'Basic !',
      'Basic Og==',
      `Basic ${Buffer.from('%:%').toString('base64')}`,
      `Bearer ${token}`,
    ];
    for (const authorization of headers) expectRefused(await post(endpoint, form({ token }), { authorization }));
    expectRefused(await post(endpoint, form({ token })));
    expectRefused(await post(endpoint, form({ token, client_id: key.id })));
    expect((await client.profile(token)).status).toBe(200);
  });

  it('refuses a key that was disabled, whose user was, or that is gone', async () => {
    const ends: ((at: Key) => Promise<unknown>)[] = [
      ({ id }) => admin.put(`${admin.app(app)}/api_keys/${id}/disable`),
      ({ user }) => admin.put(`${admin.app(app)}/users/${user}/disable`),
      ({ id }) => admin.delete(`${admin.app(app)}/api_keys/${id}`),
    ];
    for (const [i, end] of ends.entries()) {
      const doomed = await makeKey(app, `doomed-${endpoint}-${i}`);
      expect((await ask(endpoint, 'garbage', doomed)).status).toBe(200);
      await end(doomed);
      expectRefused(await ask(endpoint, token, doomed));
    }
  });

  it.each([
    ['no token', ''],
    ['an empty token', 'token='],
    ['two tokens', 'token=a&token=b'],
    ['two hints', 'token=a&token_type_hint=x&token_type_hint=y'],
    ['two ways to authenticate', 'token=a&client_secret=x'],
  ])('does not take %s (RFC 6749 §3.2, §2.3)', async (_what, body) => {
    const { status, body: said } = await post(endpoint, body, { authorization: basic(key) });
    expect([status, said.error]).toEqual([400, 'invalid_request']);
    expect(said['error_description']).toEqual(expect.any(String));
  });

  it('takes nothing but a form, and nothing but POST', async () => {
    const authorization = basic(key);
    const json = await post(endpoint, JSON.stringify({ token }), { authorization, contentType: 'application/json' });
    expect([json.status, json.body.error]).toEqual([400, 'invalid_request']);
    const path = `${client.appPath}/auth/${endpoint}?token=${token}`;
    expect((await client.request('GET', path, { authorization })).status).toBe(405);
    expect((await client.profile(token)).status).toBe(200);
  });

  it('is named where clients look for it (RFC 8414 §2)', async () => {
    const { body } = await client.request('GET', `${client.appPath}/.well-known/openid-configuration`);
    const name = endpoint === 'revoke' ? 'revocation' : 'introspection';
    expect(body[`${name}_endpoint`]).toBe(`${body['issuer'] as string}/auth/${endpoint}`);
    expect(body[`${name}_endpoint_auth_methods_supported`]).toEqual(['client_secret_basic', 'client_secret_post']);
  });
});
