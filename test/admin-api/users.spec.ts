import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

let server: TestServer;
let admin: AdminClient;
let app: App;
let at: string;

beforeAll(async () => {
  server = await createTestServer();
  admin = await makeAdmin(server, 'GROUP_SUPPORT');
});
afterAll(() => server.stop());
beforeEach(async () => {
  app = await server.make.app();
  at = admin.app(app);
});

const UNKNOWN = '0123456789abcdef01234567';

describe('creating a user', () => {
  it('gives one who can log in at once', async () => {
    const made = await admin.post(`${at}/users`, { email: 'Ada@Example.com', password: 'correct horse' });
    expect(made.status).toBe(201);
    const id = String(made.body['_id']);
    expect(made.body).toMatchObject({
      type: 'normal',
      disabled: false,
      data: { email: 'Ada@Example.com' },
      domain_id: app.domain.toHexString(),
      custom_data: {},
      roles: [],
      last_authentication_date: 0,
      sessions_valid_since: 0,
      identities: [
        {
          id: expect.stringMatching(/^[0-9a-f]{24}$/),
          provider_type: 'local-userpass',
          provider_id: expect.stringMatching(/^[0-9a-f]{24}$/),
          provider_data: { email: 'Ada@Example.com' },
        },
      ],
    });
    expect(made.body['creation_date']).toEqual(expect.any(Number));
    expect((await admin.get(`${at}/users/${id}`)).body).toEqual(made.body);
    const login = await server
      .client(app)
      .login('local-userpass', { username: 'ada@example.com', password: 'correct horse' });
    expect([login.status, login.body.user_id]).toEqual([200, id]);
    expect(JSON.stringify(made.body)).not.toMatch(/secret|bcrypt|key/i);
  });

  it('refuses what the client API refuses', async () => {
    await admin.post(`${at}/users`, { email: 'a@b.c', password: 'password' });
    const again = await admin.post(`${at}/users`, { email: 'A@B.C', password: 'password' });
    expect([again.status, again.body.error_code, again.body.error]).toEqual([
      409,
      'AccountNameInUse',
      'name already in use',
    ]);
    for (const body of [
      { email: 'd@e.f', password: 'short' },
      { email: 'no address', password: 'password' },
      { email: ['a@b.c', 'd@e.f'], password: 'password' },
      { email: { $gt: '' }, password: 'password' },
      { email: 'd@e.f', password: { $ne: '' } },
      { email: 'd@e.f ', password: 'password' },
      {},
    ]) {
      expect((await admin.post(`${at}/users`, body)).status).toBe(400);
    }
    const none = await server.make.app({ providers: [] });
    const refused = await admin.post(`${admin.app(none)}/users`, { email: 'a@b.c', password: 'password' });
    expect(refused.body.error_code).toBe('AuthProviderNotFound');
  });

  it('lets one of twenty racers win', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => admin.post(`${at}/users`, { email: 'race@b.c', password: 'password' })),
    );
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([201, ...Array<number>(19).fill(409)]);
    expect((await admin.get(`${at}/users_count`)).text).toBe('1');
  });
});

describe('a user', () => {
  it('who is unknown, of another app, or named by something that is no id is not found', async () => {
    const other = await server.make.app();
    const { id } = await server.make.emailUser(other);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['PUT', '/enable'],
      ['PUT', '/disable'],
      ['PUT', '/logout'],
      ['GET', '/devices'],
      ['GET', '/sessions'],
      ['GET', '/custom_data'],
      ['GET', '/api_keys'],
      ['DELETE', '/identities/x'],
    ] as const) {
      for (const user of [UNKNOWN, id]) {
        const { status, body } = await admin.request(method, `${at}/users/${user}${path}`);
        expect([method + path, status, body.error_code]).toEqual([method + path, 404, 'UserNotFound']);
      }
      const { status } = await admin.request(method, `${at}/users/nonsense${path}`);
      expect(status).toBe(400);
    }
    for (const [method, path, body] of [
      ['PUT', '/password', { password: 'password' }],
      ['PATCH', '/reset_email', { email: 'x@y.z' }],
      ['PUT', '/custom_data', {}],
      ['POST', '/identities', { provider: 'anon-user', id: 'x' }],
    ] as const) {
      const answer = await admin.request(method, `${at}/users/${id}${path}`, { body });
      expect([path, answer.status, answer.body.error_code]).toEqual([path, 404, 'UserNotFound']);
    }
    expect((await admin.get(`${admin.app(other)}/users/${id}`)).status).toBe(200);
  });

  it('is gone after it is deleted, and its address is free', async () => {
    const { id, email, password } = await server.make.emailUser(app);
    const client = server.client(app);
    const { accessToken, refreshToken } = client.tokens(
      await client.login('local-userpass', { username: email, password }),
    );
    expect((await admin.delete(`${at}/users/${id}`)).status).toBe(204);
    expect((await admin.delete(`${at}/users/${id}`)).status).toBe(404);
    expect((await client.profile(accessToken)).body.error_code).toBe('InvalidSession');
    expect((await client.refresh(refreshToken)).body.error_code).toBe('InvalidSession');
    expect((await client.login('local-userpass', { username: email, password })).body.error_code).toBe(
      'InvalidPassword',
    );
    expect((await client.register({ email, password })).status).toBe(201);
  });

  it('who is disabled is out at once, and back after enabling, but not with old tokens', async () => {
    const { id, email, password } = await server.make.emailUser(app);
    const client = server.client(app);
    const login = () => client.login('local-userpass', { username: email, password });
    const { accessToken, refreshToken } = client.tokens(await login());
    for (let i = 0; i < 2; i++) expect((await admin.put(`${at}/users/${id}/disable`)).status).toBe(204);
    expect((await login()).body.error_code).toBe('UserDisabled');
    expect((await client.refresh(refreshToken)).body.error_code).toBe('InvalidSession');
    expect((await client.profile(accessToken)).status).toBe(401);
    expect((await admin.get(`${at}/users/${id}`)).body['disabled']).toBe(true);
    for (let i = 0; i < 2; i++) expect((await admin.put(`${at}/users/${id}/enable`)).status).toBe(204);
    expect((await login()).status).toBe(200);
    expect((await client.refresh(refreshToken)).status).toBe(401);
  });

  it('is logged out everywhere', async () => {
    const { id, email, password } = await server.make.emailUser(app);
    const client = server.client(app);
    const login = async () => client.tokens(await client.login('local-userpass', { username: email, password }));
    const before = [await login(), await login()];
    expect((await admin.put(`${at}/users/${id}/logout`)).status).toBe(204);
    const after = await login();
    for (const { accessToken, refreshToken } of before) {
      expect((await client.profile(accessToken)).status).toBe(401);
      expect((await client.refresh(refreshToken)).status).toBe(401);
    }
    expect((await client.profile(after.accessToken)).status).toBe(200);
    const { body } = await admin.get(`${at}/users/${id}`);
    expect(body['sessions_valid_since']).toEqual(expect.any(Number));
    expect(body['sessions_valid_since']).not.toBe(0);
  });
});

describe('what a user has', () => {
  it('are devices that said what they are', async () => {
    const { id, email, password } = await server.make.emailUser(app);
    const client = server.client(app);
    await client.login('local-userpass', { username: email, password });
    expect((await admin.get(`${at}/users/${id}/devices`)).text).toBe('[]');
    const device = { platform: 'node', platformVersion: '20', sdkVersion: '1' };
    const { body } = await client.login('local-userpass', { username: email, password, options: { device } });
    const devices = (await admin.get(`${at}/users/${id}/devices`)).body as unknown;
    expect(devices).toEqual([
      { _id: body.device_id, platform: 'node', platform_version: '20', client_app_version: '', sdk_version: '1' },
    ]);
  });

  it('are sessions, each of which can be ended alone', async () => {
    const { id, email, password } = await server.make.emailUser(app);
    const client = server.client(app);
    const login = async () => client.tokens(await client.login('local-userpass', { username: email, password }));
    const first = await login();
    const second = await login();
    const path = `${at}/users/${id}/sessions`;
    const sessions = (await admin.get(path)).body as unknown as { _id: string }[];
    expect(sessions).toHaveLength(2);
    expect(sessions[0]).toMatchObject({ provider_type: 'local-userpass', created: expect.any(Number) });
    expect((await admin.get(path)).text).not.toMatch(/hash|token/i);
    const stranger = await server.make.emailUser(app);
    expect((await admin.delete(`${at}/users/${stranger.id}/sessions/${sessions[0]!._id}`)).status).toBe(404);
    expect((await admin.delete(`${path}/${sessions[0]!._id}`)).status).toBe(204);
    expect((await admin.delete(`${path}/${sessions[0]!._id}`)).status).toBe(404);
    expect((await client.profile(second.accessToken)).status).toBe(401);
    expect((await client.profile(first.accessToken)).status).toBe(200);
    await admin.put(`${at}/users/${id}/logout`);
    expect((await admin.get(path)).text).toBe('[]');
  });

  it('is one object of custom data, guarded against lost edits', async () => {
    const { id } = await server.make.emailUser(app);
    const path = `${at}/users/${id}/custom_data`;
    const empty = await admin.get(path);
    expect([empty.text, empty.headers.get('etag')]).toEqual(['{}', '"0"']);
    const first = await admin.put(path, { a: 1, nested: { 'b.c': [1, null] } }, { headers: { 'if-match': '"0"' } });
    expect([first.status, first.headers.get('etag')]).toEqual([200, '"1"']);
    const late = await admin.put(path, { a: 2 }, { headers: { 'if-match': '"0"' } });
    expect([late.status, late.body.error_code]).toEqual([412, 'PreconditionFailed']);
    expect((await admin.get(path)).body).toEqual({ a: 1, nested: { 'b.c': [1, null] } });
    expect((await admin.put(path, {})).headers.get('etag')).toBe('"2"');
    for (const body of ['[]', '"text"', '7', 'null', '{"$where":1}', '{"a":{"$gt":1}}', '{"a\\u0000b":1}']) {
      expect([body, (await admin.put(path, body)).status]).toEqual([body, 400]);
    }
    expect((await admin.put(path, { a: 'x'.repeat(8_192) })).status).toBe(400);
    const racers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => admin.put(path, { i }, { headers: { 'if-match': '"2"' } })),
    );
    expect(racers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is a password that an administrator can set, which ends all sessions', async () => {
    const { id, email, password } = await server.make.emailUser(app);
    const client = server.client(app);
    const login = (with_: string) => client.login('local-userpass', { username: email, password: with_ });
    const { accessToken } = client.tokens(await login(password));
    expect((await admin.put(`${at}/users/${id}/password`, { password: 'short' })).status).toBe(400);
    expect((await client.profile(accessToken)).status).toBe(200);
    expect((await admin.put(`${at}/users/${id}/password`, { password: 'another one' })).status).toBe(204);
    expect((await client.profile(accessToken)).status).toBe(401);
    expect((await login(password)).status).toBe(401);
    expect((await login('another one')).status).toBe(200);
  });

  it('is no password where there is no email identity (B19)', async () => {
    const { userId } = await server.client(app).enterAnonymously();
    const refused = await admin.put(`${at}/users/${userId}/password`, { password: 'another one' });
    expect([refused.status, refused.body.error]).toEqual([400, 'the user has no local-userpass identity']);
    expect((await admin.patch(`${at}/users/${userId}/reset_email`, { email: 'x@y.z' })).status).toBe(400);
  });

  it('is an address: the new one everywhere, the old one dead and free (B37)', async () => {
    const { id, email, password } = await server.make.emailUser(app);
    const client = server.client(app);
    const { accessToken } = client.tokens(await client.login('local-userpass', { username: email, password }));
    expect((await admin.patch(`${at}/users/${id}/reset_email`, { email: 'New@Example.com' })).status).toBe(204);
    expect((await client.profile(accessToken)).body['data']).toEqual({ email: 'New@Example.com' });
    expect((await admin.get(`${at}/users/${id}`)).body).toMatchObject({
      data: { email: 'New@Example.com' },
      identities: [{ provider_data: { email: 'New@Example.com' } }],
    });
    expect((await admin.get(`${at}/users?search=new@ex`)).body).toMatchObject([{ _id: id }]);
    expect((await admin.get(`${at}/users?search=${email}`)).text).toBe('[]');
    expect((await client.login('local-userpass', { username: email, password })).status).toBe(401);
    expect((await client.login('local-userpass', { username: 'new@example.com', password })).status).toBe(200);
    expect((await client.register({ email, password })).status).toBe(201);
    expect((await client.register({ email: 'new@example.com', password })).status).toBe(409);
  });

  it('is no address of somebody else’s', async () => {
    const { id } = await server.make.emailUser(app);
    const { email } = await server.make.emailUser(app);
    await server.client(app).register({ email: 'registered@b.c', password: 'password' });
    for (const taken of [email, email.toUpperCase(), 'registered@b.c']) {
      const refused = await admin.patch(`${at}/users/${id}/reset_email`, { email: taken });
      expect([refused.status, refused.body.error_code]).toEqual([409, 'AccountNameInUse']);
    }
    for (const bad of ['', 'a', 'a@b@c', `${'a'.repeat(127)}@b`, 7, ['a@b.c'], { $gt: '' }]) {
      expect((await admin.patch(`${at}/users/${id}/reset_email`, { email: bad })).status).toBe(400);
    }
  });

  it('are ways in, which can be added and taken away, but for the last', async () => {
    const custom = await server.make.app({
      providers: [
        { type: 'anon-user' },
        { type: 'local-userpass', settings: { config: { autoConfirm: true } } },
        { type: 'custom-token' },
      ],
    });
    const path = `${admin.app(custom)}/users`;
    const client = server.client(custom);
    const { userId, accessToken } = await client.enterAnonymously();
    const added = await admin.post(`${path}/${userId}/identities`, { email: 'a@b.c', password: 'password' });
    expect([added.status, added.body['data']]).toEqual([201, { email: 'a@b.c' }]);
    const login = await client.login('local-userpass', { username: 'a@b.c', password: 'password' });
    expect(login.body.user_id).toBe(userId);
    const jwt = { provider: 'custom-token', id: 'sub-1', data: { name: 'Ada King' } };
    expect((await admin.post(`${path}/${userId}/identities`, jwt)).status).toBe(201);
    expect((await admin.get(`${path}?search=king`)).body).toMatchObject([{ _id: userId }]);
    const second = await server.make.emailUser(custom);
    const taken = await admin.post(`${path}/${second.id}/identities`, jwt);
    expect([taken.status, taken.body.error_code]).toEqual([409, 'AccountNameInUse']);
    expect(taken.body['user_id']).toBe(userId);
    const address = await client.enterAnonymously();
    const takenAddress = { email: 'A@b.c', password: 'password' };
    const named = await admin.post(`${path}/${address.userId}/identities`, takenAddress);
    expect([named.status, named.body['user_id']]).toEqual([409, userId]);
    for (const body of [
      {},
      { provider: 'custom-token' },
      { provider: 'api-key', id: 'x' },
      { provider: 'anon-user', id: 'x' },
      { email: 'x@y.z' },
      { email: 'second@y.z', password: 'password' },
      { provider: 'custom-token', id: 'x', data: { name: { $gt: 1 } } },
    ]) {
      expect((await admin.post(`${path}/${userId}/identities`, body)).status).toBe(400);
    }
    const { identities } = (await admin.get(`${path}/${userId}`)).body as unknown as { identities: { id: string }[] };
    expect(identities).toHaveLength(3);
    expect((await admin.delete(`${path}/${userId}/identities/${identities[0]!.id}`)).status).toBe(204);
    expect((await client.profile(accessToken)).status).toBe(401);
    expect((await client.profile(login.body.access_token)).status).toBe(200);
    expect((await admin.delete(`${path}/${userId}/identities/sub-1`)).status).toBe(204);
    expect((await admin.get(`${path}?search=king`)).text).toBe('[]');
    const last = await admin.delete(`${path}/${userId}/identities/${identities[1]!.id}`);
    expect([last.status, last.body.error_code]).toEqual([409, 'LastIdentity']);
    expect((await admin.delete(`${path}/${userId}/identities/${new ObjectId().toHexString()}`)).status).toBe(404);
  });
});
