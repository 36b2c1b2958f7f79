import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeAdmin, nobody } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { FakeClock } from '../support/fake-clock.js';
import { headerOf, withBrokenSignature, withClaims, withHeader } from '../support/tokens.js';

let server: TestServer;
const clock = new FakeClock();

beforeAll(async () => {
  server = await createTestServer({ clock });
});

afterAll(() => server.stop());

describe('refresh', () => {
  it('gives a new access token and nothing else', async () => {
    const admin = await makeAdmin(server);
    const answer = await admin.post('/auth/session', undefined, { token: admin.refreshToken });
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.body)).toEqual(['access_token']);
    expect((await admin.get('/auth/profile', { token: answer.body.access_token })).status).toBe(200);
  });

  it('is what tools are told to do once the access token is past its 30 minutes', async () => {
    const admin = await makeAdmin(server);
    clock.advance(1_801);
    const expired = await admin.get('/auth/profile');
    expect(expired.status).toBe(401);
    expect(expired.headers.get('content-type')).toBe('application/json');
    expect(expired.body).toEqual({
      error: 'invalid session: access token expired',
      error_code: 'InvalidSession',
    });
    expect((await admin.post('/auth/session', undefined, { token: admin.refreshToken })).status).toBe(201);
  });

  it('ends after 60 days', async () => {
    const admin = await makeAdmin(server);
    clock.advance(60 * 86_400 + 1);
    const { status, body } = await admin.post('/auth/session', undefined, { token: admin.refreshToken });
    expect(status).toBe(401);
    expect(body).toEqual({
      error: 'invalid session: failed to find refresh token',
      error_code: 'InvalidSession',
    });
  });
});

describe('tokens', () => {
  it('of the wrong kind are refused without a code, so that no tool refreshes', async () => {
    const admin = await makeAdmin(server);
    const refreshForAccess = await admin.get('/auth/profile', { token: admin.refreshToken });
    expect([refreshForAccess.status, refreshForAccess.body]).toEqual([
      401,
      { error: 'invalid session: valid Issuer required' },
    ]);
    const accessForRefresh = await admin.post('/auth/session', undefined, { token: admin.accessToken });
    expect([accessForRefresh.status, accessForRefresh.body]).toEqual([
      401,
      { error: 'invalid refresh token: incorrect token type' },
    ]);
  });

  it('of administrators are nothing to the client API, and the reverse', async () => {
    const admin = await makeAdmin(server);
    const app = await server.make.app();
    const client = server.client(app);
    const user = await client.enterAnonymously();
    expect((await client.profile(admin.accessToken)).status).toBe(401);
    expect((await client.refresh(admin.refreshToken)).status).toBe(401);
    expect((await client.logout(admin.refreshToken)).status).toBe(401);
    for (const token of [user.accessToken, user.refreshToken]) {
      expect((await admin.get('/auth/profile', { token })).status).toBe(401);
      expect((await admin.post('/auth/session', undefined, { token })).status).toBe(401);
    }
    expect((await admin.post('/auth/session', undefined, { token: admin.refreshToken })).status).toBe(201);
  });

  it('are refused when they are not as they were signed (C04)', async () => {
    const admin = await makeAdmin(server);
    const token = admin.accessToken!;
    const forged = [
      withBrokenSignature(token),
      withClaims(token, { sub: '000000000000000000000000' }),
      withHeader(token, { alg: 'none' }),
      `${withHeader(token, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
      withHeader(token, { alg: 'HS512' }),
      'garbage',
      `${token}x`,
      'x'.repeat(10_000),
    ];
    for (const token of forged) expect((await admin.get('/auth/profile', { token })).status).toBe(401);
    for (const authorization of ['', 'Bearer', 'Bearer ', `Basic ${token}`, token]) {
      expect((await admin.get('/auth/profile', { authorization })).status).toBe(401);
    }
    expect(headerOf(token)).toEqual({ alg: 'HS256', typ: 'JWT' });
  });

  it('of one server are nothing to another', async () => {
    const other = await createTestServer();
    try {
      const admin = await makeAdmin(server);
      const there = nobody(other, admin.account.groupId);
      expect((await there.get('/auth/profile', { token: admin.accessToken })).status).toBe(401);
      expect((await there.post('/auth/session', undefined, { token: admin.refreshToken })).status).toBe(401);
      // Both servers registered their Passport strategies in the one place of this process; each still asks its own database.
      expect((await admin.get('/auth/profile')).status).toBe(200);
      expect((await (await makeAdmin(other)).get('/auth/profile')).status).toBe(200);
    } finally {
      await other.stop();
    }
  });
});

describe('profile', () => {
  it('names the groups and roles', async () => {
    const admin = await makeAdmin(server, 'GROUP_SUPPORT');
    const { status, body } = await admin.get('/auth/profile');
    expect(status).toBe(200);
    expect(body).toEqual({
      user_id: admin.account.id,
      domain_id: expect.stringMatching(/^[0-9a-f]{24}$/),
      identities: [
        {
          id: expect.any(String),
          provider_type: 'local-userpass',
          provider_id: expect.stringMatching(/^[0-9a-f]{24}$/),
          provider_data: {},
        },
      ],
      data: { email: admin.account.email },
      type: 'normal',
      roles: [{ role_name: 'GROUP_SUPPORT', group_id: admin.account.groupId.toHexString() }],
    });
  });
});

describe('logout', () => {
  it('ends access and refresh token at once', async () => {
    const admin = await makeAdmin(server);
    const logout = await admin.delete('/auth/session', { token: admin.refreshToken });
    expect([logout.status, logout.text]).toEqual([204, '']);
    expect((await admin.get('/auth/profile')).body.error_code).toBe('InvalidSession');
    expect((await admin.post('/auth/session', undefined, { token: admin.refreshToken })).status).toBe(401);
    expect((await admin.delete('/auth/session', { token: admin.refreshToken })).status).toBe(401);
  });
});

describe('sessions of one’s own', () => {
  it('are listed, and ended one by one or all but this one', async () => {
    const admin = await makeAdmin(server);
    const { email, password } = admin.account;
    const logIn = async () => (await admin.login('local-userpass', { username: email, password })).body.access_token;
    const [second, third] = [await logIn(), await logIn()];
    const { text } = await admin.get('/auth/sessions');
    const listed = JSON.parse(text) as { _id: string; current: boolean; created: number; ip: string }[];
    expect(listed.map(({ current }) => current)).toEqual([false, false, true]);
    expect(listed[0]).toMatchObject({ created: expect.any(Number), ip: '127.0.0.1' });
    expect(text).not.toMatch(/hash|token/i);

    expect((await admin.delete(`/auth/sessions/${listed[0]!._id}`)).status).toBe(204);
    expect((await admin.get('/auth/profile', { token: third })).status).toBe(401);
    expect((await admin.delete(`/auth/sessions/${listed[0]!._id}`)).status).toBe(404);
    expect((await admin.delete('/auth/sessions?except=current')).status).toBe(204);
    expect((await admin.get('/auth/profile', { token: second })).status).toBe(401);
    expect((await admin.get('/auth/profile')).status).toBe(200);
  });

  it('of others are not found', async () => {
    const [admin, other] = [await makeAdmin(server), await makeAdmin(server)];
    const [session] = JSON.parse((await other.get('/auth/sessions')).text) as { _id: string }[];
    expect((await admin.delete(`/auth/sessions/${session!._id}`)).status).toBe(404);
    expect((await admin.delete('/auth/sessions/nonsense')).status).toBe(400);
    expect((await other.get('/auth/profile')).status).toBe(200);
  });
});

describe('changing the password', () => {
  it('wants the old one, and ends all other sessions', async () => {
    const admin = await makeAdmin(server);
    const { email, password } = admin.account;
    const other = await admin.login('local-userpass', { username: email, password });
    const change = (old_password: string, to: string) => admin.put('/auth/password', { old_password, password: to });

    const wrong = await change('not the old one', 'a new password');
    expect([wrong.status, wrong.body.error_code]).toEqual([400, 'InvalidPassword']);
    expect((await change(password, 'short')).status).toBe(400);
    expect((await change(password, 'a new password')).status).toBe(204);

    expect((await admin.get('/auth/profile')).status).toBe(200);
    expect((await admin.post('/auth/session', undefined, { token: admin.refreshToken })).status).toBe(201);
    expect((await admin.get('/auth/profile', { token: other.body.access_token })).status).toBe(401);
    expect((await admin.post('/auth/session', undefined, { token: other.body.refresh_token })).status).toBe(401);
    expect((await admin.login('local-userpass', { username: email, password })).status).toBe(401);
    expect((await admin.login('local-userpass', { username: email, password: 'a new password' })).status).toBe(200);
  });

  it('works where the old one was hashed at another cost', async () => {
    const dearer = await createTestServer({ sharing: server, env: { LATCHKEY_BCRYPT_COST: '5' }, clock });
    try {
      const { account, accessToken } = await makeAdmin(server);
      const there = nobody(dearer, account.groupId);
      const change = { old_password: account.password, password: 'a new password' };
      expect((await there.put('/auth/password', change, { token: accessToken })).status).toBe(204);
    } finally {
      await dearer.stop();
    }
  });

  it('lets one of two at once win', async () => {
    const admin = await makeAdmin(server);
    const { email, password } = admin.account;
    const wanted = ['first new password', 'second new password'];
    const answers = await Promise.all(
      wanted.map((to) => admin.put('/auth/password', { old_password: password, password: to })),
    );
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([204, 400]);
    const winner = wanted[answers.findIndex(({ status }) => status === 204)];
    expect((await admin.login('local-userpass', { username: email, password: winner })).status).toBe(200);
  });
});
