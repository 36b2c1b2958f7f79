import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GroupsService } from '../../src/apps/groups.service.js';
import { makeAdmin, nobody, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { claimsOf } from '../support/tokens.js';

let server: TestServer;
let stranger: AdminClient;

beforeAll(async () => {
  server = await createTestServer({ env: { LATCHKEY_LOGIN_FAILURES_PER_ACCOUNT_AND_ADDRESS: '3' } });
  stranger = nobody(server, await server.get(GroupsService).getDefaultId());
});

afterAll(() => server.stop());

describe('the ways to log in', () => {
  it('are listed', async () => {
    const { status, headers, text } = await stranger.get('/auth/providers');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    const listed = JSON.parse(text) as { name: string; disabled: boolean }[];
    expect(listed.map(({ name, disabled }) => [name, disabled])).toEqual([
      ['local-userpass', false],
      ['api-key', false],
      ['mongodb-cloud', false],
    ]);
  });
});

describe('login with email and password', () => {
  it('opens a session, whatever else the tool sends', async () => {
    const { account } = await makeAdmin(server);
    const body = { username: account.email, password: account.password, provider: 'userpass', options: { device: {} } };
    const answer = await stranger.login('local-userpass', body, { contentType: 'application/json;charset=utf-8' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      user_id: account.id,
      device_id: '000000000000000000000000',
    });
    expect(claimsOf(answer.body.access_token)).toMatchObject({ sub: account.id, aud: 'latchkey-admin' });
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('takes the address in any case, and with the blanks that autofill adds', async () => {
    const { account } = await makeAdmin(server, 'GROUP_READ_ONLY', { email: 'Grace@Example.com' });
    for (const username of ['grace@example.com', ' GRACE@EXAMPLE.COM\u00A0', '\u200Bgrace@example.com\t']) {
      const { status } = await stranger.login('local-userpass', { username, password: account.password });
      expect(status).toBe(200);
    }
  });

  it('answers a wrong password and an unknown address alike', async () => {
    const { account } = await makeAdmin(server);
    const wrong = await stranger.login('local-userpass', { username: account.email, password: 'not this one' });
    const unknown = await stranger.login('local-userpass', { username: 'no@body.example', password: 'not this one' });
    expect(wrong.status).toBe(401);
    expect(wrong.body.error_code).toBe('InvalidPassword');
    expect([unknown.status, unknown.text]).toEqual([wrong.status, wrong.text]);
  });

  it('counts guesses at one account, also those sent at once, and keeps others apart', async () => {
    const { account } = await makeAdmin(server);
    const guess = () => stranger.login('local-userpass', { username: account.email, password: 'wrong guess' });
    const answers = await Promise.all(Array.from({ length: 12 }, guess));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(9);
    expect(refused.every(({ headers }) => Number(headers.get('retry-after')) > 0)).toBe(true);
    await expect(makeAdmin(server)).resolves.toBeDefined();
  });

  it('wants strings', async () => {
    for (const body of [{}, { username: 'a@b.example' }, { username: { $gt: '' }, password: { $ne: null } }, []]) {
      expect((await stranger.login('local-userpass', body)).status).toBe(400);
    }
    expect((await stranger.login('local-userpass', '{"username":')).status).toBe(400);
  });

  it('takes neither a user of an app, nor lets an administrator into one', async () => {
    const app = await server.make.app();
    const user = await server.make.emailUser(app);
    const asAdmin = await stranger.login('local-userpass', { username: user.email, password: user.password });
    expect(asAdmin.status).toBe(401);
    const { account } = await makeAdmin(server);
    const asUser = await server.client(app).login('local-userpass', {
      username: account.email,
      password: account.password,
    });
    expect(asUser.status).toBe(401);
  });
});

describe('login with a cookie', () => {
  it('sets it, shows no token, and counts for reading', async () => {
    const { account } = await makeAdmin(server);
    const body = { username: account.email, password: account.password };
    const login = await stranger.post('/auth/providers/local-userpass/login?cookie=true', body);
    expect(login.status).toBe(200);
    expect(Object.keys(login.body)).toEqual(['user_id', 'device_id']);
    const header = login.headers.get('set-cookie') ?? '';
    expect(header).toMatch(/^latchkey-admin=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    const cookie = header.split(';')[0]!;
    const profile = await stranger.get('/auth/profile', { headers: { cookie } });
    expect(profile.body.user_id).toBe(account.id);
  });

  it('changes nothing for a request that no page of ours has sent', async () => {
    const { account } = await makeAdmin(server);
    const body = { username: account.email, password: account.password };
    const login = await stranger.post('/auth/providers/local-userpass/login?cookie=true', body);
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0]!;
    const change = (headers: Record<string, string>) => stranger.delete('/auth/sessions', { headers });
    expect((await change({ cookie })).status).toBe(403);
    expect((await change({ cookie, origin: 'https://evil.example' })).status).toBe(403);
    expect((await stranger.get('/auth/profile', { headers: { cookie } })).status).toBe(200);
    expect((await change({ cookie, origin: server.publicUrl })).status).toBe(204);
    expect((await stranger.get('/auth/profile', { headers: { cookie } })).status).toBe(401);
  });
});
