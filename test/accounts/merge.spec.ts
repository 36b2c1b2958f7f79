import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { App as RealmApp, Credentials } from 'realm-web';
import type { App } from '../../src/apps/app.model.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { CLIENT_PATH, type Answer, type ApiClient, type Tokens } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import {
  expectEmpty,
  expectError,
  expectJson,
  INVALID_SESSION,
  REFRESH_TOKEN_NOT_FOUND,
} from '../support/expect-answer.js';
import { FakeClock } from '../support/fake-clock.js';

const KEY = 'k'.repeat(32);
const clock = new FakeClock();
let server: TestServer;
let admin: AdminClient;
let app: App;
let client: ApiClient;
let count = 0;

beforeAll(async () => {
  server = await createTestServer({ clock });
});
afterAll(() => server.stop());
beforeEach(async () => {
  admin = await makeAdmin(server);
  app = await server.make.app({
    providers: [
      { type: 'anon-user' },
      { type: 'api-key' },
      { type: 'local-userpass', settings: { config: { autoConfirm: true } } },
      {
        type: 'custom-token',
        settings: { config: { audience: [], signingAlgorithm: 'HS256' }, secret_config: { signingKeys: ['jwt'] } },
      },
    ],
  });
  await server.get(SecretsService).create(app, { name: 'jwt', value: KEY });
  client = server.client(app);
});

const newEmail = () => `merge${(count += 1)}@example.com`;
const INVALID_TICKET = { status: 400, code: 'MergeTicketInvalid' };

async function jwt(sub: string): Promise<string> {
  const seconds = Math.floor(clock.now().getTime() / 1_000);
  const token = new SignJWT({ sub, aud: app.clientAppId, exp: seconds + 3_600 });
  return token.setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(KEY));
}
const logInAs = async (sub: string): Promise<Tokens> =>
  client.tokens(await client.login('custom-token', { token: await jwt(sub) }));
const link = (token: string, provider: string, body: unknown) =>
  client.request('POST', `${client.appPath}/auth/providers/${provider}/login?link=true`, { token, body });
const linkEmail = (token: string, username: string, password = 'secret1') =>
  link(token, 'local-userpass', { username, password });
const merge = (token: string | undefined, ticket: unknown, more: object = {}) =>
  client.request('POST', `${CLIENT_PATH}/auth/merge`, { token, body: { ticket, ...more } });
const unlink = (token: string | undefined, id: string) =>
  client.request('DELETE', `${CLIENT_PATH}/auth/identities/${encodeURIComponent(id)}`, { token });
const identitiesOf = async (token: string) =>
  (await client.profile(token)).body['identities'] as { id: string; provider_type: string }[];
const typesOf = async (token: string) => (await identitiesOf(token)).map(({ provider_type }) => provider_type);
async function makeKey(refreshToken: string, name: string): Promise<string> {
  const path = `${CLIENT_PATH}/auth/api_keys`;
  const { status, body } = await client.request('POST', path, { token: refreshToken, body: { name } });
  expect(status).toBe(201);
  return body['key'] as string;
}

/** Links what belongs to another user. */
function ticketOf(answer: Answer): string {
  expectError(answer, {
    status: 409,
    code: 'AccountNameInUse',
    error: 'a user already exists with the specified provider',
  });
  return answer.body['merge_ticket'] as string;
}

describe('linking what belongs to another user', () => {
  it('offers a merge, which says first what it would do, and then does it', async () => {
    const survivor = await logInAs('ada');
    const email = newEmail();
    const other = await client.enter(email, 'secret1');
    const anonymous = await client.enterAnonymously();
    await makeKey(survivor.refreshToken, 'laptop');
    const keys = [await makeKey(other.refreshToken, 'laptop'), await makeKey(other.refreshToken, 'phone')];
    await admin.put(`${admin.app(app)}/users/${survivor.userId}/custom_data`, { plan: 'gold', same: 1 });
    await admin.put(`${admin.app(app)}/users/${other.userId}/custom_data`, { plan: 'free', same: 1, cart: [1] });

    const ticket = ticketOf(await linkEmail(survivor.accessToken, email));
    const preview = await merge(survivor.accessToken, ticket, { dry_run: true });
    expectJson(preview, 200);
    expect(preview.body).toEqual({
      user_id: survivor.userId,
      previous_id: other.userId,
      dry_run: true,
      moves: {
        identities: [{ id: expect.any(String), provider_type: 'local-userpass', email }],
        api_keys: [
          { _id: expect.any(String), name: 'laptop', new_name: 'laptop-2' },
          { _id: expect.any(String), name: 'phone', new_name: 'phone' },
        ],
        custom_data: ['cart'],
      },
      loses: { identities: [], custom_data: ['plan'] },
    });
    expectJson(await client.profile(other.accessToken), 200);
    const done = await merge(survivor.accessToken, ticket);
    expectJson(done, 200);
    expect(done.body).toEqual({ ...preview.body, dry_run: false });

    expect(await typesOf(survivor.accessToken)).toEqual(['custom-token', 'local-userpass']);
    expect([200, 201]).toContain((await client.refresh(survivor.refreshToken)).status);
    expectError(await client.profile(other.accessToken), INVALID_SESSION);
    expectError(await client.refresh(other.refreshToken), REFRESH_TOKEN_NOT_FOUND);
    expectJson(await client.profile(anonymous.accessToken), 200);
    const logins = [
      await client.login('local-userpass', { username: email, password: 'secret1' }),
      await client.login('custom-token', { token: await jwt('ada') }),
      ...(await Promise.all(keys.map((key) => client.login('api-key', { key })))),
    ];
    expect(logins.map(({ body }) => body.user_id)).toEqual(logins.map(() => survivor.userId));
    const { body } = await admin.get(`${admin.app(app)}/users/${survivor.userId}`);
    expect(body).toMatchObject({
      previous_ids: [other.userId],
      data: { email },
      custom_data: { plan: 'gold', same: 1, cart: [1] },
    });
    expect((await admin.get(`${admin.app(app)}/users/${other.userId}`)).status).toBe(404);
    const found = await admin.get(`${admin.app(app)}/users?search=${other.userId}`);
    expect(found.body).toMatchObject([{ _id: survivor.userId }]);
    expectError(await merge(survivor.accessToken, ticket), INVALID_TICKET);
  });

  it('merges once, however many ask at the same time', async () => {
    const survivor = await logInAs('racer');
    const email = newEmail();
    await client.enter(email, 'secret1');
    const ticket = ticketOf(await linkEmail(survivor.accessToken, email));
    const answers = await Promise.all(Array.from({ length: 8 }, () => merge(survivor.accessToken, ticket)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status } of answers) expect([200, 400, 404]).toContain(status);
    expect(await typesOf(survivor.accessToken)).toEqual(['custom-token', 'local-userpass']);
  });

  it('lets two users who merge each other become one', async () => {
    const [a, b] = [await logInAs('a'), await logInAs('b')];
    const tickets = [
      ticketOf(await link(a.accessToken, 'custom-token', { token: await jwt('b') })),
      ticketOf(await link(b.accessToken, 'custom-token', { token: await jwt('a') })),
    ];
    const answers = await Promise.all([merge(a.accessToken, tickets[0]), merge(b.accessToken, tickets[1])]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const ids = [(await logInAs('a')).userId, (await logInAs('b')).userId];
    expect(new Set(ids).size).toBe(1);
  });

  it('leaves the survivor its one email, and drops what nobody can log in with', async () => {
    const [mine, theirs] = [newEmail(), newEmail()];
    const survivor = await client.enter(mine, 'secret1');
    const other = await client.enterAnonymously();
    await client.register({ email: theirs, password: 'secret1' });
    await linkEmail(other.accessToken, theirs);
    const ticket = ticketOf(await linkEmail(survivor.accessToken, theirs));
    const { body } = await merge(survivor.accessToken, ticket);
    expect(body['loses']).toMatchObject({
      identities: [{ provider_type: 'anon-user' }, { provider_type: 'local-userpass', email: theirs }],
    });
    expect(await typesOf(survivor.accessToken)).toEqual(['local-userpass']);
    expectError(await client.login('local-userpass', { username: theirs, password: 'secret1' }), { status: 401 });
    expectJson(await client.register({ email: theirs, password: 'secret1' }), 201);
  });

  it('wants a fresh login of the survivor, unless it is anonymous', async () => {
    const email = newEmail();
    await client.enter(email, 'secret1');
    const old = { known: await logInAs('old'), anonymous: await client.enterAnonymously() };
    clock.advance(16 * 60);
    const ticket = ticketOf(await linkEmail(old.known.accessToken, email));
    expectJson(await merge(old.known.accessToken, ticket, { dry_run: true }), 200);
    expectError(await merge(old.known.accessToken, ticket), { status: 403, code: 'FreshLoginRequired' });
    expectJson(await merge((await logInAs('old')).accessToken, ticket), 200);
    const later = ticketOf(await linkEmail(old.anonymous.accessToken, email));
    expectJson(await merge(old.anonymous.accessToken, later), 200);
    expect(await typesOf(old.anonymous.accessToken)).toEqual(['anon-user', 'custom-token', 'local-userpass']);
  });

  it('takes no ticket that is old, made up, of somebody else, or of another app', async () => {
    const survivor = await logInAs('x');
    const thief = await logInAs('thief');
    const email = newEmail();
    await client.enter(email, 'secret1');
    const ticket = ticketOf(await linkEmail(survivor.accessToken, email));
    for (const wrong of ['', 'x', ticket.toLowerCase(), 'x'.repeat(5_000)]) {
      expectError(await merge(survivor.accessToken, wrong), INVALID_TICKET);
    }
    for (const wrong of [undefined, 1, { $ne: '' }, [ticket]]) {
      expectError(await merge(survivor.accessToken, wrong), { status: 400 });
    }
    expectError(await merge(thief.accessToken, ticket), INVALID_TICKET);
    expectError(await merge(undefined, ticket), { status: 401 });
    const elsewhere = server.client(await server.make.app());
    expectError(await merge((await elsewhere.enterAnonymously()).accessToken, ticket), INVALID_TICKET);
    clock.advance(10 * 60 + 1);
    expectError(await merge(survivor.accessToken, ticket), INVALID_TICKET);
  });

  it('is void once the other user was logged out everywhere, disabled or deleted', async () => {
    for (const change of ['revokeSessions', 'disable', 'delete'] as const) {
      const survivor = await logInAs(`survivor of ${change}`);
      const email = newEmail();
      const other = await client.enter(email, 'secret1');
      const ticket = ticketOf(await linkEmail(survivor.accessToken, email));
      await server.admin[change](app, other.userId);
      const { status } = await merge(survivor.accessToken, ticket);
      expect({ change, refused: status === 400 || status === 404 }).toEqual({ change, refused: true });
      expect(await typesOf(survivor.accessToken)).toEqual(['custom-token']);
    }
  });

  it('offers none with a wrong password, with a key, nor for a disabled user', async () => {
    const survivor = await logInAs('y');
    const email = newEmail();
    const other = await client.enter(email, 'secret1');
    const byKey = await link(survivor.accessToken, 'api-key', { key: await makeKey(other.refreshToken, 'stolen') });
    expectError(byKey, { status: 409, code: 'AccountNameInUse' });
    expect(byKey.body).not.toHaveProperty('merge_ticket');
    expect((await linkEmail(survivor.accessToken, email, 'wrong!')).body).not.toHaveProperty('merge_ticket');
    await server.admin.disable(app, other.userId);
    expect((await linkEmail(survivor.accessToken, email)).body).not.toHaveProperty('merge_ticket');
  });

  it('leaves realm-web logged in, who can read the ticket', async () => {
    const email = newEmail();
    await client.enter(email, 'secret1');
    const realm = new RealmApp({ id: app.clientAppId, baseUrl: server.baseUrl });
    const user = await realm.logIn(Credentials.anonymous(false));
    await expect(user.linkCredentials(Credentials.emailPassword(email, 'secret1'))).rejects.toMatchObject({
      statusCode: 409,
      errorCode: 'AccountNameInUse',
    });
    expect(user.isLoggedIn).toBe(true);
    const ticket = ticketOf(await linkEmail(user.accessToken!, email));
    expectJson(await merge(user.accessToken!, ticket), 200);
    await user.refreshProfile();
    expect(user.identities.map(({ providerType }) => providerType)).toEqual(['anon-user', 'local-userpass']);
    expect((await realm.logIn(Credentials.emailPassword(email, 'secret1'))).id).toBe(user.id);
  });
});

describe('an administrator', () => {
  const mergeUsers = (body: unknown, by = admin) => by.post(`${by.app(app)}/users/merge`, body);

  it('merges two users, and is recorded', async () => {
    const [survivor, other] = [await logInAs('one'), await logInAs('two')];
    const wanted = { survivor: survivor.userId, other: other.userId };
    const preview = await mergeUsers({ ...wanted, dry_run: true });
    expect([preview.status, preview.body['dry_run']]).toEqual([200, true]);
    expectJson(await client.profile(other.accessToken), 200);
    expect((await mergeUsers(wanted)).status).toBe(200);
    expect((await logInAs('two')).userId).toBe(survivor.userId);
    const { body } = await admin.get(`${admin.app(app)}/audit?type=user.merge`);
    expect(JSON.stringify(body)).toContain('user.merge');
    expectError(await mergeUsers(wanted), { status: 404, code: 'UserNotFound' });
  });

  it('is refused what cannot be', async () => {
    const { userId } = await logInAs('three');
    const { userId: disabled } = await logInAs('four');
    await server.admin.disable(app, disabled);
    const elsewhere = await server.client(await server.make.app()).enterAnonymously();
    const wrong: [unknown, number][] = [
      [{}, 400],
      [{ survivor: userId, other: 'x' }, 400],
      [{ survivor: userId, other: { $ne: '' } }, 400],
      [{ survivor: userId, other: userId }, 400],
      [{ survivor: userId, other: disabled }, 400],
      [{ survivor: userId, other: elsewhere.userId }, 404],
    ];
    for (const [body, status] of wrong)
      expect({ body, status: (await mergeUsers(body)).status }).toEqual({ body, status });
    const support = await makeAdmin(server, 'GROUP_SUPPORT');
    expect((await mergeUsers({ survivor: userId, other: disabled }, support)).status).toBe(403);
  });
});

describe('DELETE identities/:id', () => {
  it('takes a way in away, with what was opened with it, and keeps the last', async () => {
    const user = await logInAs('ways');
    const email = newEmail();
    await client.register({ email, password: 'secret1' });
    await linkEmail(user.accessToken, email);
    const byEmail = client.tokens(await client.login('local-userpass', { username: email, password: 'secret1' }));
    const [token, mail] = await identitiesOf(user.accessToken);
    expectEmpty(await unlink(user.accessToken, mail!.id));
    expectError(await client.profile(byEmail.accessToken), INVALID_SESSION);
    expectError(await client.login('local-userpass', { username: email, password: 'secret1' }), { status: 401 });
    expect((await client.profile(user.accessToken)).body.data).toEqual({});
    expectError(await unlink(user.accessToken, token!.id), { status: 409, code: 'LastIdentity' });
    expectError(await unlink(user.accessToken, mail!.id), { status: 404 });
    expectJson(await client.register({ email, password: 'secret1' }), 201);
  });

  it('keeps one of two that go at the same time, and counts an anonymous one for none', async () => {
    const anonymous = await client.enterAnonymously();
    const email = newEmail();
    await client.register({ email, password: 'secret1' });
    await linkEmail(anonymous.accessToken, email);
    await link(anonymous.accessToken, 'custom-token', { token: await jwt('both') });
    const [, ...ways] = await identitiesOf(anonymous.accessToken);
    const answers = await Promise.all(ways.map(({ id }) => unlink(anonymous.accessToken, id)));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([204, 409]);
    expect(await typesOf(anonymous.accessToken)).toHaveLength(2);
    const lonely = await client.enterAnonymously();
    expectError(await unlink(lonely.accessToken, (await identitiesOf(lonely.accessToken))[0]!.id), { status: 409 });
  });

  it('is for whoever is logged in, and for what is theirs', async () => {
    const [mine, theirs] = [await logInAs('mine'), await logInAs('theirs')];
    expectError(await unlink(undefined, 'theirs'), { status: 401 });
    expectError(await unlink(mine.refreshToken, 'mine'), INVALID_SESSION);
    expectError(await unlink(mine.accessToken, 'theirs'), { status: 404 });
    expectJson(await client.profile(theirs.accessToken), 200);
  });
});
