import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import type { App } from '../../src/apps/app.model.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { VerifyService } from '../../src/audit/verify.service.js';
import { Database } from '../../src/database/database.js';
import { makeAdmin, makeGroup, nobody, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

type Entry = Record<string, unknown> & { actor: Record<string, string>; details?: Record<string, string> };

let server: TestServer;
let owner: AdminClient;

beforeAll(async () => {
  server = await createTestServer();
  owner = await makeAdmin(server);
});

afterAll(() => server.stop());

async function list(app: App, query = '', admin = owner): Promise<Entry[]> {
  const { status, text } = await admin.get(`${admin.app(app)}/audit${query}`);
  expect(status).toBe(200);
  return JSON.parse(text) as Entry[];
}

async function groupList(admin: AdminClient, query = ''): Promise<Entry[]> {
  const { status, text } = await admin.get(`${admin.group}/audit${query}`);
  expect(status).toBe(200);
  return JSON.parse(text) as Entry[];
}

const typesOf = (entries: Entry[]) => entries.map(({ type, outcome }) => `${String(type)} ${String(outcome)}`);

describe('what clients do', () => {
  it('is in the trail of their app, newest first, with where it came from', async () => {
    const app = await server.make.app();
    const client = server.client(app);
    const headers = { 'user-agent': 'Browser 1' };
    const credentials = { username: 'a@example.com', password: 'correct horse' };
    await client.register({ email: 'a@example.com', password: 'correct horse' });
    await client.login('local-userpass', { ...credentials, password: 'wrong' }, { headers });
    const tokens = client.tokens(await client.login('local-userpass', credentials, { headers }));
    await client.login('local-userpass', { ...credentials, password: 'wrong' }, { headers });
    await client.logout(tokens.refreshToken, { headers });
    const entries = await list(app);
    expect(typesOf(entries)).toEqual([
      'user.logout success',
      'user.login failure',
      'user.login success',
      'user.login failure',
      'user.register success',
    ]);
    expect(entries[1]).toMatchObject({
      error_code: 'InvalidPassword',
      actor: { kind: 'anonymous' },
      user_id: tokens.userId,
      provider: 'local-userpass',
      ip: '127.0.0.1',
      user_agent: 'Browser 1',
    });
    expect(entries[2]).toMatchObject({
      actor: { kind: 'user', id: tokens.userId },
      user_id: tokens.userId,
      details: { created: 'true', session_id: expect.stringMatching(/^[0-9a-f]{24}$/) },
    });
    expect(entries.map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1]);
  });

  it('is told of a link, done and refused, and of a login of a disabled user', async () => {
    const app = await server.make.app();
    const client = server.client(app);
    const user = await server.make.emailUser(app);
    const anonymous = client.tokens(await client.login('anon-user'));
    const path = `${client.appPath}/auth/providers/local-userpass/login?link=true`;
    const link = (username: string, password: string) =>
      client.request('POST', path, { body: { username, password }, token: anonymous.accessToken });
    expect((await link(user.email, 'wrong')).status).toBe(400);
    await client.register({ email: 'linked@example.com', password: 'correct horse' });
    expect((await link('linked@example.com', 'correct horse')).status).toBe(200);
    await server.admin.disable(app, user.id);
    await client.login('local-userpass', { username: user.email, password: user.password });
    const entries = await list(app);
    expect(typesOf(entries)).toEqual([
      'user.login failure',
      'user.link success',
      'user.register success',
      'user.link failure',
      'user.login success',
    ]);
    expect(entries[0]).toMatchObject({ error_code: 'UserDisabled', user_id: user.id });
    expect(entries[1]).toMatchObject({ user_id: anonymous.userId, actor: { kind: 'user', id: anonymous.userId } });
    expect(entries[3]).toMatchObject({ user_id: anonymous.userId, error_code: 'InvalidPasswordForLink' });
  });

  it('says no more who it was once the user is deleted, and the trail is whole', async () => {
    const app = await server.make.app();
    const client = server.client(app);
    const options = { headers: { 'user-agent': 'marked-agent' } };
    await client.register({ email: 'marked@example.com', password: 'marked password' }, options);
    const credentials = { username: 'marked@example.com', password: 'marked password' };
    const tokens = client.tokens(await client.login('local-userpass', credentials, options));
    await client.login('local-userpass', { ...credentials, password: 'wrong' }, options);
    expect((await client.deleteUser(tokens.accessToken, options)).status).toBe(204);
    const entries = await list(app);
    expect(typesOf(entries)[0]).toBe('user.delete success');
    expect(JSON.stringify(entries)).not.toMatch(/marked|127\.0\.0\.1/);
    expect(entries.filter(({ erased }) => erased === true)).toHaveLength(3);
    expect(await server.get(VerifyService).verify(app._id)).toMatchObject({ entries: 4, erased: 3, problems: [] });
  });
});

describe('what administrators do', () => {
  it('is in the trail of the app: who, what, whom, from where, and what was refused', async () => {
    const app = await server.make.app();
    const user = await server.make.emailUser(app);
    const base = owner.app(app);
    await owner.put(`${base}/users/${user.id}/disable`);
    await owner.put(`${base}/users/${new ObjectId().toHexString()}/disable`);
    const secret = await owner.post(`${base}/secrets`, { name: 'key', value: 'marked-secret' });
    await owner.delete(`${base}/secrets/${String(secret.body['_id'])}`);
    await owner.patch(`${base}/settings`, { access_token_seconds: 'marked' });
    await owner.get(`${base}/users/export`);
    await owner.get(`${base}/users`);
    const entries = await list(app);
    expect(typesOf(entries).toReversed().slice(0, 4)).toEqual([
      'user.disable success',
      'user.disable failure',
      'secret.create success',
      'secret.delete success',
    ]);
    expect(typesOf(entries)).toContain('user.export success');
    const [disabled, refused, made, gone] = entries.toReversed();
    const { id, email } = owner.account;
    expect(disabled).toMatchObject({ actor: { kind: 'administrator', id, name: email }, user_id: user.id });
    expect(disabled).toMatchObject({ ip: '127.0.0.1' });
    expect(refused).toMatchObject({ error_code: 'UserNotFound' });
    expect(made!.details).toEqual({ target: secret.body['_id'], name: 'key' });
    expect(gone!.details).toEqual({ target: secret.body['_id'] });
  });

  it('names every user of a bulk action, and who was made', async () => {
    const app = await server.make.app();
    const users = [await server.make.emailUser(app), await server.make.emailUser(app)];
    const missing = new ObjectId().toHexString();
    const ids = [...users.map(({ id }) => id), missing];
    await owner.post(`${owner.app(app)}/users/bulk`, { action: 'disable', ids });
    const made = await owner.post(`${owner.app(app)}/users`, {
      email: 'made@example.com',
      password: 'marked-password',
    });
    const [newest, ...bulk] = await list(app);
    expect(newest).toMatchObject({ type: 'user.create', user_id: made.body['_id'] });
    expect(bulk.toReversed().map(({ user_id, outcome }) => [user_id, outcome])).toEqual([
      [ids[0], 'success'],
      [ids[1], 'success'],
      [missing, 'failure'],
    ]);
    expect(bulk[0]!.details).toEqual({ action: 'disable' });
    expect(await list(app, `?user_id=${users[0]!.id}`)).toHaveLength(1);
  });

  it('is in the trail of the group where it belongs to no app', async () => {
    const groupId = await makeGroup(server);
    const admin = await makeAdmin(server, 'GROUP_OWNER', { groupId });
    const reader = await makeAdmin(server, 'GROUP_READ_ONLY', { groupId });
    const made = await admin.post(`${admin.group}/apps`, { name: 'shop' });
    const appId = String(made.body['_id']);
    await reader.delete(`${admin.group}/apps/${appId}`);
    await reader.put(`${admin.group}/apps/${appId}/users/${appId}/disable`);
    await admin.post(`${admin.group}/administrators`, { email: 'new@example.com', role_name: 'GROUP_ADMIN' });
    await admin.delete(`${admin.group}/apps/${appId}`);
    await admin.delete('/auth/session', { token: admin.refreshToken });
    const entries = (await groupList(reader)).toReversed();
    expect(typesOf(entries)).toEqual([
      'admin.login success',
      'admin.login success',
      'app.create success',
      'app.delete failure',
      'user.disable failure',
      'administrator.invite success',
      'app.delete success',
      'admin.logout success',
    ]);
    expect(entries[0]).toMatchObject({ actor: { kind: 'administrator', id: admin.account.id } });
    expect(entries[2]).toMatchObject({ details: { target: appId, name: 'shop' } });
    expect(entries[3]).toMatchObject({
      error_code: 'RoleTooWeak',
      actor: { id: reader.account.id },
      details: { app: appId },
    });
    expect(entries[6]).toMatchObject({ details: { app: appId } });
    expect(await server.get(VerifyService).verify(groupId)).toMatchObject({ entries: 8, problems: [] });
  });

  it('tells of failed logins, without what was typed', async () => {
    const reader = await makeAdmin(server, 'GROUP_READ_ONLY');
    const visitor = nobody(server, owner.account.groupId);
    await visitor.login('local-userpass', { username: 'marked-name@example.com', password: 'marked-password' });
    await visitor.login('api-key', { key: 'marked-key' });
    const [byKey, byPassword] = await groupList(reader, '?type=admin.login');
    expect(byKey).toMatchObject({ outcome: 'failure', error_code: 'AuthError', actor: { kind: 'anonymous' } });
    expect(byPassword).toMatchObject({ outcome: 'failure', error_code: 'InvalidPassword' });
    expect(JSON.stringify([byKey, byPassword])).not.toContain('marked');
  });

  it('leaves no secret in any trail', async () => {
    const providers = [{ type: 'api-key' }, { type: 'local-userpass', settings: { config: { autoConfirm: true } } }];
    const app = await server.make.app({ providers });
    const base = owner.app(app);
    const user = await server.make.emailUser(app, { password: 'MARKED-password-0' });
    const mark = 'MARKED-value';
    const key = await owner.post(`${base}/api_keys`, { name: 'server' });
    const adminKey = await owner.post(`${owner.group}/api_keys`, { name: 'ci', role_name: 'GROUP_ADMIN' });
    const invited = await owner.post(`${owner.group}/administrators`, {
      email: 'x@example.com',
      role_name: 'GROUP_ADMIN',
    });
    await owner.post('/auth/invitations/accept', { token: mark, password: mark });
    await owner.put('/auth/password', { old_password: mark, password: mark });
    await owner.post(`${base}/secrets`, { name: 'one', value: mark });
    await owner.post(`${base}/users`, { email: 'm@example.com', password: `${mark} 1` });
    await owner.put(`${base}/users/${user.id}/password`, { password: `${mark} 2` });
    await owner.put(`${base}/users/${user.id}/custom_data`, { note: mark, [mark]: 1 });
    await owner.post(`${base}/users/${user.id}/identities`, { email: 'n@example.com', password: mark });
    await owner.post(`${base}/functions`, { name: 'f', source: mark });
    await owner.post(`${base}/auth_providers`, {
      name: 'custom-token',
      type: 'custom-token',
      secret_config: { k: mark },
    });
    await owner.post(`${base}/users/verify_token`, { token: mark });
    await server.client(app).login('local-userpass', { username: mark, password: mark });
    await server.client(app).request('POST', `${server.client(app).appPath}/auth/providers/local-userpass/confirm`, {
      body: { token: mark.repeat(16), tokenId: new ObjectId().toHexString() },
    });
    await server.client(app).login('local-userpass', { username: user.email, password: user.password });
    await server.get(AuditService).flush();
    const events = server.get(Database).connection.db!.collection('audit_events');
    const all = JSON.stringify(await events.find().toArray());
    expect(all).toContain(user.id);
    const secrets = [key.body['key'], adminKey.body['private_key'], invited.body['link'], owner.accessToken].map(
      String,
    );
    expect(secrets.filter((secret) => secret.length <= 10)).toEqual([]);
    for (const secret of ['MARKED', ...secrets]) expect(all).not.toContain(secret);
  });
});

describe('GET audit', () => {
  it('goes page by page without a gap, and filters', async () => {
    const app = await server.make.app();
    const base = owner.app(app);
    for (let n = 0; n < 7; n += 1) await owner.post(`${base}/secrets`, { name: `s${n}`, value: 'x' });
    await owner.post(`${base}/functions`, { name: 'f' });
    const first = await list(app, '?limit=5');
    const second = await list(app, `?limit=5&after=${String(first[4]!['_id'])}`);
    expect([...first, ...second].map(({ seq }) => seq)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await list(app, `?after=${String(second[2]!['_id'])}`)).toEqual([]);
    expect(await list(app, '?type=function.create')).toHaveLength(1);
    expect(await list(app, `?actor=${owner.account.id}&limit=100000`)).toHaveLength(8);
    expect(await list(app, `?actor=${new ObjectId().toHexString()}`)).toEqual([]);
    expect(await list(app, '?user_id[$ne]=1&type=')).toHaveLength(8);
    for (const query of ['?after=x', `?after=${new ObjectId().toHexString()}`, '?format=xml']) {
      expect(await owner.get(`${base}/audit${query}`)).toMatchObject({
        status: 400,
        body: { error_code: 'InvalidParameter' },
      });
    }
  });

  it('as CSV has all entries, and nothing that a spreadsheet would calculate', async () => {
    const app = await server.make.app();
    const base = owner.app(app);
    await owner.post(`${base}/secrets`, { name: 's', value: 'x' }, { headers: { 'user-agent': '=HYPERLINK("x")' } });
    for (let n = 0; n < 55; n += 1) server.get(AuditService).record(systemEvent(app));
    const { status, headers, text } = await owner.get(`${base}/audit?format=csv`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const lines = text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(57);
    expect(lines[0]).toMatch(/^_id,date,type,outcome/);
    expect(lines.at(-1)).toContain(`"'=HYPERLINK(""x"")"`);
    expect((await owner.get(`${base}/audit?format=csv&limit=3`)).text.trimEnd().split('\r\n')).toHaveLength(4);
  });

  it('is for every role of the group, and nobody else', async () => {
    const app = await server.make.app();
    for (const role of ['GROUP_READ_ONLY', 'GROUP_SUPPORT', 'GROUP_ADMIN'] as const) {
      const admin = await makeAdmin(server, role);
      for (const path of ['audit', 'logs', 'stats'])
        expect((await admin.get(`${admin.app(app)}/${path}`)).status).toBe(200);
    }
    const stranger = await makeAdmin(server, 'GROUP_OWNER', { groupId: await makeGroup(server) });
    for (const path of ['audit', 'logs', 'stats']) {
      expect((await stranger.get(`${owner.app(app)}/${path}`)).status).toBe(404);
      expect((await stranger.get(`${stranger.app(app)}/${path}`)).status).toBe(404);
      expect((await nobody(server, owner.account.groupId).get(`${owner.app(app)}/${path}`)).status).toBe(401);
    }
    expect((await stranger.get(`${owner.group}/audit`)).status).toBe(404);
  });
});

function systemEvent(app: App) {
  return {
    where: { app: app._id.toHexString() },
    type: 'test.event',
    outcome: 'success',
    actor: { kind: 'system' },
  } as const;
}

describe('GET logs', () => {
  it('has entries as the original had them, and goes page by page', async () => {
    const app = await server.make.app();
    const client = server.client(app);
    const { id, email, password } = await server.make.emailUser(app);
    for (let n = 0; n < 3; n += 1) await client.login('local-userpass', { username: email, password: `wrong${n}` });
    await client.login('local-userpass', { username: email, password });
    await owner.put(`${owner.app(app)}/users/${id}/disable`);
    const get = async (query: string) => (await owner.get(`${owner.app(app)}/logs?${query}`)).body;
    const all = (await get('')) as unknown as { logs: Record<string, unknown>[] };
    expect(all.logs.map(({ type, status }) => [type, status])).toEqual([
      ['API', 200],
      ['AUTH', 200],
      ['AUTH', 401],
      ['AUTH', 401],
      ['AUTH', 401],
    ]);
    expect(all).not.toHaveProperty('nextEndDate');
    expect(all.logs[2]).toMatchObject({
      app_id: app._id.toHexString(),
      group_id: app.group.toHexString(),
      user_id: id,
      error_code: 'InvalidPassword',
      remote_ip_address: '127.0.0.1',
      auth_event: { type: 'login', provider: 'local-userpass', failed: true },
    });
    const seen: unknown[] = [];
    let page = (await get('limit=2')) as Record<string, unknown> & { logs?: unknown[] };
    for (;;) {
      seen.push(...page.logs!);
      if (page['nextEndDate'] === undefined) break;
      page = await get(`limit=2&end_date=${page['nextEndDate'] as string}&skip=${String(page['nextSkip'])}`);
    }
    expect(seen).toEqual(all.logs);
    const count = async (query: string) => ((await get(query))['logs'] as unknown[]).length;
    expect(await count('errors_only=false')).toBe(3);
    expect(await count('type=AUTH')).toBe(4);
    expect(await count('type=FUNCTION')).toBe(0);
    expect(await count(`co_id=${String(all.logs[0]!['co_id'])}`)).toBe(1);
    expect(await count('user_id=nobody')).toBe(0);
    expect(await count(`start_date=${String(all.logs[0]!['started'])}`)).toBe(0);
    expect((await owner.get(`${owner.app(app)}/logs?end_date=soon`)).status).toBe(400);
  });
});

describe('GET stats', () => {
  it('counts by day and by provider, a user once a day, over two instances', async () => {
    const app = await server.make.app();
    const other = await createTestServer({ sharing: server });
    const { email, password } = await server.make.emailUser(app);
    const login = (on: TestServer, given: string) =>
      on.client(app).login('local-userpass', { username: email, password: given });
    try {
      await Promise.all([login(server, password), login(other, password)]);
      await login(server, 'wrong');
      await server.client(app).login('anon-user');
      await other.client(app).login('anon-user');
    } finally {
      await other.stop();
    }
    const get = async (query: string) => owner.get(`${owner.app(app)}/stats?${query}`);
    const day = new Date().toISOString().slice(0, 10);
    const total = { day, sign_ups: 2, logins: 4, failures: 1, active_users: 3 };
    expect(JSON.parse((await get('')).text)).toEqual([total]);
    expect(JSON.parse((await get(`from=${day}&to=${day}&by=provider`)).text)).toEqual([
      { day, provider: 'anon-user', sign_ups: 2, logins: 2, failures: 0, active_users: 2 },
      { day, provider: 'local-userpass', sign_ups: 0, logins: 2, failures: 1, active_users: 1 },
    ]);
    expect(JSON.parse((await get('from=2020-01-01&to=2020-02-01')).text)).toEqual([]);
    for (const query of ['by=user', 'from=x', 'from=2021-01-02&to=2021-01-01', 'from=2000-01-01&to=2021-01-01']) {
      expect(await get(query)).toMatchObject({ status: 400, body: { error_code: 'InvalidParameter' } });
    }
  });
});
