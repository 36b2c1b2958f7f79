import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import type { ApiClient } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { FakeClock } from '../support/fake-clock.js';

let server: TestServer;
let admin: AdminClient;
let app: App;
let at: string;
let client: ApiClient;
const clock = new FakeClock();

beforeAll(async () => {
  server = await createTestServer({ clock });
  admin = await makeAdmin(server, 'GROUP_SUPPORT');
});
afterAll(() => server.stop());
beforeEach(async () => {
  const config = { emailConfirmationUrl: 'https://s.example/c', resetPasswordUrl: 'https://s.example/r' };
  app = await server.make.app({ providers: [{ type: 'local-userpass', settings: { config } }] });
  at = `${admin.app(app)}/user_registrations`;
  client = server.client(app);
});

const EMAIL = 'a+b@c.de';
const login = (password = 'password', username = EMAIL) => client.login('local-userpass', { username, password });
const confirm = (body: unknown) =>
  client.request('POST', `${client.appPath}/auth/providers/local-userpass/confirm`, { body });
const byEmail = (action: string, email = EMAIL) => admin.post(`${at}/by_email/${email}/${action}`);

/** Time passes; the administrator logs in again. */
async function pass(seconds: number): Promise<void> {
  clock.advance(seconds);
  admin = await makeAdmin(server, 'GROUP_SUPPORT');
}

describe('a registration that waits for its confirmation', () => {
  it('logs nobody in, is listed, and has no user', async () => {
    expect((await client.register({ email: EMAIL, password: 'password' })).status).toBe(201);
    const refused = await login();
    expect([refused.status, refused.body.error_code, refused.body.error]).toEqual([
      401,
      'AuthError',
      'confirmation required',
    ]);
    expect((await login('wrong password')).body.error_code).toBe('InvalidPassword');
    expect((await admin.get(`${at}/pending_users`)).body).toEqual([
      {
        _id: expect.stringMatching(/^[0-9a-f]{24}$/),
        domain_id: app.domain.toHexString(),
        login_ids: [{ id_type: 'email', id: EMAIL, confirmed: false }],
        user_id: '',
      },
    ]);
    expect((await admin.get(`${admin.app(app)}/users_count`)).text).toBe('0');
  });

  it('is confirmed with the pair of send_confirm, once', async () => {
    await client.register({ email: EMAIL, password: 'password' });
    const { status, body } = await byEmail('send_confirm');
    expect([status, body]).toEqual([
      200,
      { token: expect.stringMatching(/^[0-9a-f]{128}$/), token_id: expect.stringMatching(/^[0-9a-f]{24}$/) },
    ]);
    const pair = { token: body['token'], tokenId: body['token_id'] };
    expect((await confirm({ ...pair, token: 'f'.repeat(128) })).body.error_code).toBe('UserpassTokenInvalid');
    const confirmed = await confirm(pair);
    expect([confirmed.status, confirmed.text]).toEqual([200, '{}']);
    const again = await confirm(pair);
    expect([again.status, again.body.error_code]).toEqual([400, 'UserpassTokenInvalid']);
    const [pending] = (await admin.get(`${at}/pending_users`)).body as unknown as { login_ids: unknown[] }[];
    expect(pending!.login_ids).toEqual([{ id_type: 'email', id: EMAIL, confirmed: true }]);
    expect((await login()).status).toBe(200);
    expect((await admin.get(`${at}/pending_users`)).text).toBe('[]');
    expect((await admin.get(`${admin.app(app)}/users_count`)).text).toBe('1');
  });

  it('is confirmed by exactly one of twenty-four racers', async () => {
    await client.register({ email: EMAIL, password: 'password' });
    const { body } = await byEmail('send_confirm');
    const answers = await Promise.all(
      Array.from({ length: 24 }, () => confirm({ token: body['token'], tokenId: body['token_id'] })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(23);
  });

  it('takes a token for half an hour, and only the newest one', async () => {
    await client.register({ email: EMAIL, password: 'password' });
    const first = (await byEmail('send_confirm')).body;
    const second = (await byEmail('send_confirm')).body;
    expect((await confirm({ token: first['token'], tokenId: first['token_id'] })).status).toBe(400);
    await pass(30 * 60 + 1);
    expect((await confirm({ token: second['token'], tokenId: second['token_id'] })).body.error_code).toBe(
      'UserpassTokenInvalid',
    );
    const third = (await byEmail('send_confirm')).body;
    await pass(29 * 60);
    expect((await confirm({ token: third['token'], tokenId: third['token_id'] })).status).toBe(200);
  });

  it('refuses tokens that are none, and those of another app', async () => {
    await client.register({ email: EMAIL, password: 'password' });
    const { body } = await byEmail('send_confirm');
    for (const wrong of [
      {},
      { token: 'x', tokenId: 'y' },
      { token: body['token'] },
      { token: { $ne: '' }, tokenId: body['token_id'] },
    ]) {
      const { status, body: error } = await confirm(wrong);
      expect([status, error.error]).toEqual([400, 'invalid token data']);
    }
    const other = await server.make.app({ providers: [{ type: 'local-userpass', settings: { config: {} } }] });
    const elsewhere = server.client(other);
    const path = `${elsewhere.appPath}/auth/providers/local-userpass/confirm`;
    const refused = await elsewhere.request('POST', path, {
      body: { token: body['token'], tokenId: body['token_id'] },
    });
    expect(refused.body.error_code).toBe('UserpassTokenInvalid');
  });

  it('does not let the first who came set the password of who confirms (C01)', async () => {
    await client.register({ email: EMAIL, password: 'of a stranger' });
    expect((await client.register({ email: EMAIL.toUpperCase(), password: 'of the owner' })).status).toBe(201);
    const { body } = await byEmail('send_confirm');
    expect((await confirm({ token: body['token'], tokenId: body['token_id'] })).status).toBe(200);
    expect((await login('of a stranger')).status).toBe(401);
    expect((await login('of the owner')).status).toBe(200);
    expect((await client.register({ email: EMAIL, password: 'once more' })).body.error_code).toBe('AccountNameInUse');
  });

  it('shares its address with two others at most, and ends after a day', async () => {
    for (let i = 0; i < 5; i++) await client.register({ email: EMAIL, password: `password ${i}` });
    expect((await admin.get(`${at}/pending_users`)).body).toHaveLength(3);
    expect((await login('password 4')).body.error).toBe('confirmation required');
    await pass(24 * 3_600 + 1);
    expect((await login('password 4')).body.error_code).toBe('InvalidPassword');
    expect((await admin.get(`${at}/pending_users`)).text).toBe('[]');
    expect((await byEmail('confirm')).body.error_code).toBe('UserNotFound');
    await client.register({ email: EMAIL, password: 'password' });
    expect((await byEmail('confirm')).status).toBe(204);
    await pass(365 * 86_400);
    expect((await login()).status).toBe(200);
  });

  it('makes way for a user whom an administrator makes', async () => {
    await client.register({ email: EMAIL, password: 'password' });
    const made = await admin.post(`${admin.app(app)}/users`, { email: EMAIL, password: 'of the admin' });
    expect(made.status).toBe(201);
    expect((await login('password')).body.error_code).toBe('InvalidPassword');
    expect((await login('of the admin')).body.user_id).toBe(made.body['_id']);
    expect((await admin.get(`${at}/pending_users`)).text).toBe('[]');
    expect((await byEmail('confirm')).body.error_code).toBe('UserAlreadyConfirmed');
  });

  it('cannot be linked, which is no 401 (B17)', async () => {
    const both = await server.make.app({
      providers: [{ type: 'anon-user' }, { type: 'local-userpass', settings: { config: {} } }],
    });
    const phone = server.client(both);
    const { accessToken } = await phone.enterAnonymously();
    await phone.register({ email: EMAIL, password: 'password' });
    const path = `${phone.appPath}/auth/providers/local-userpass/login?link=true`;
    const refused = await phone.request('POST', path, {
      token: accessToken,
      body: { username: EMAIL, password: 'password' },
    });
    expect([refused.status, refused.body.error]).toEqual([400, 'confirmation required']);
    expect((await phone.profile(accessToken)).status).toBe(200);
  });
});

describe('administrators', () => {
  it('confirm without a token', async () => {
    await client.register({ email: EMAIL, password: 'password' });
    expect((await byEmail('confirm')).status).toBe(204);
    expect((await login()).status).toBe(200);
    const again = await byEmail('confirm');
    expect([again.status, again.body.error_code, again.body.error]).toEqual([
      400,
      'UserAlreadyConfirmed',
      'already confirmed',
    ]);
    for (const action of ['send_confirm', 'run_confirm']) {
      expect((await byEmail(action)).body.error_code).toBe('UserAlreadyConfirmed');
    }
    for (const action of ['confirm', 'send_confirm', 'run_confirm']) {
      const unknown = await byEmail(action, 'nobody@c.de');
      expect([unknown.status, unknown.body.error_code, unknown.body.error]).toEqual([
        404,
        'UserNotFound',
        'user not found',
      ]);
    }
  });

  it('run the confirmation again', async () => {
    await client.register({ email: EMAIL, password: 'password' });
    const { status, body } = await byEmail('run_confirm');
    expect([status, body]).toEqual([202, { token: expect.any(String), token_id: expect.any(String) }]);
    expect((await confirm({ token: body['token'], tokenId: body['token_id'] })).status).toBe(200);
  });

  it('take an address with an unescaped plus, or an escaped one', async () => {
    await client.register({ email: EMAIL, password: 'password' });
    expect((await byEmail('send_confirm', 'a+b@c.de')).status).toBe(200);
    expect((await byEmail('send_confirm', encodeURIComponent('A+B@c.de'))).status).toBe(200);
    expect((await byEmail('send_confirm', 'a%20b@c.de')).status).toBe(404);
  });

  it('delete by address and by id', async () => {
    await client.register({ email: EMAIL, password: 'password' });
    expect((await admin.delete(`${at}/by_email/${EMAIL}`)).status).toBe(204);
    expect((await admin.delete(`${at}/by_email/${EMAIL}`)).body.error_code).toBe('UserNotFound');
    expect((await login()).body.error_code).toBe('InvalidPassword');
    await client.register({ email: EMAIL, password: 'password' });
    const [pending] = (await admin.get(`${at}/pending_users`)).body as unknown as { _id: string }[];
    const other = await server.make.app();
    expect((await admin.delete(`${admin.app(other)}/user_registrations/by_id/${pending!._id}`)).status).toBe(404);
    expect((await admin.delete(`${at}/by_id/${pending!._id}`)).status).toBe(204);
    expect((await admin.delete(`${at}/by_id/${pending!._id}`)).status).toBe(404);
  });

  it('page', async () => {
    for (let i = 0; i < 3; i++) await client.register({ email: `user${i}@c.de`, password: 'password' });
    const first = (await admin.get(`${at}/pending_users?limit=2`)).body as unknown as { _id: string }[];
    expect(first).toHaveLength(2);
    expect((await admin.get(`${at}/pending_users?after=${first[1]!._id}`)).body).toHaveLength(1);
  });
});
