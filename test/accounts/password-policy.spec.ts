import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import type { ApiClient } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';
import { serve, type Loopback } from '../support/loopback.js';

const BREACHED = 'correct horse battery staple';
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase();

/** Speaks as Have I Been Pwned does. */
let service: Loopback;
let asked: string[] = [];
let isBroken = false;
let server: TestServer;
let admin: AdminClient;
let app: App;
let client: ApiClient;
let count = 0;

beforeAll(async () => {
  service = await serve((request, response) => {
    asked.push(`${request.url} ${String(request.headers['add-padding'])}`);
    if (isBroken) return void response.writeHead(500).end();
    const endings = [`${sha1(BREACHED).slice(5)}:42`, `${sha1('padded one').slice(5)}:0`, `${'0'.repeat(35)}:3`];
    return void response.end(endings.join('\r\n'));
  });
  server = await createTestServer({ env: { LATCHKEY_BREACHED_PASSWORDS_URL: `${service.url}/range` } });
  admin = await makeAdmin(server);
});
afterAll(async () => {
  await server.stop();
  await service.stop();
});
beforeEach(async () => {
  app = await server.make.app();
  client = server.client(app);
  asked = [];
  isBroken = false;
});

const newEmail = () => `policy${(count += 1)}@example.com`;
const register = (password: string) => client.register({ email: newEmail(), password });
const set = (body: unknown) => admin.patch(`${admin.app(app)}/settings`, body);
const refused = (error: string | RegExp) => ({ status: 400, code: 'BadRequest', error });
const BREACH = refused('password is known from a data breach, choose another one');

describe('the policy of an app', () => {
  it('asks for longer passwords, wherever one is chosen, and leaves those in use alone', async () => {
    const email = newEmail();
    const user = await client.enter(email, 'secret1');
    expect((await set({ password_min_length: 12 })).status).toBe(204);
    const SHORT = refused('password must be between 12 and 128 characters');
    expectError(await register('eleven char'), SHORT);
    expectJson(await register('twelve chars'), 201);
    expectError(await admin.post(`${admin.app(app)}/users`, { email: newEmail(), password: 'secret1' }), SHORT);
    expectError(await admin.put(`${admin.app(app)}/users/${user.userId}/password`, { password: 'secret1' }), SHORT);
    const body = { old_password: 'secret1', password: 'secret2' };
    expectError(
      await client.request('PUT', '/api/client/v2.0/auth/password', { body, token: user.accessToken }),
      SHORT,
    );
    expectJson(await client.login('local-userpass', { username: email, password: 'secret1' }), 200);
    const other = server.client(await server.make.app());
    expectJson(await other.register({ email, password: 'secret1' }), 201);
  });

  it('is shown with the settings, kept with the provider, and merged', async () => {
    const before = (await admin.get(`${admin.app(app)}/settings`)).body;
    expect(before).toMatchObject({
      password_min_length: 6,
      refuse_common_passwords: false,
      refuse_breached_passwords: false,
      privacy_mode: false,
      anonymous_expiry_days: 90,
    });
    await set({ password_min_length: 10 });
    await set({ refuse_common_passwords: true });
    await set({ refuse_breached_passwords: true, privacy_mode: true, anonymous_expiry_days: 7 });
    expect((await admin.get(`${admin.app(app)}/settings`)).body).toEqual({
      ...before,
      password_min_length: 10,
      refuse_common_passwords: true,
      refuse_breached_passwords: true,
      privacy_mode: true,
      anonymous_expiry_days: 7,
    });
    const at = `${admin.app(app)}/auth_providers`;
    const providers = (await admin.get(at)).body as unknown as { _id: string; type: string }[];
    const { _id } = providers.find(({ type }) => type === 'local-userpass')!;
    expect((await admin.get(`${at}/${_id}`)).body['config']).toEqual({
      autoConfirm: true,
      passwordPolicy: { minLength: 10, refuseCommon: true, refuseBreached: true },
      privacyMode: true,
    });
  });

  it.each([
    { password_min_length: 5 },
    { password_min_length: 129 },
    { password_min_length: '8' },
    { refuse_common_passwords: 'yes' },
    { refuse_breached_passwords: 'yes' },
    { privacy_mode: 1 },
    { anonymous_expiry_days: -1 },
  ])('cannot be %j', async (body) => {
    const wanted = { access_token_seconds: 600, ...body };
    expectError(await set(wanted), { status: 400, code: ['InvalidParameter', 'BadRequest'] });
    const { body: settings } = await admin.get(`${admin.app(app)}/settings`);
    expect(settings).toMatchObject({ password_min_length: 6, access_token_seconds: 1_800 });
  });
});

describe('common passwords', () => {
  it('are refused where the app wants it, in whatever letter case, and never looked up elsewhere', async () => {
    expectJson(await register('password1'), 201);
    const { id } = await server.make.emailUser(app);
    await set({ refuse_common_passwords: true, refuse_breached_passwords: true });
    const COMMON = refused('password is one of the most common, choose another one');
    for (const password of ['password1', 'PassWord1', 'iloveyou', 'trustno1', '111111']) {
      expectError(await register(password), COMMON);
    }
    expectError(await admin.put(`${admin.app(app)}/users/${id}/password`, { password: 'letmein' }), COMMON);
    expect(asked).toEqual([]);
    expectJson(await register('password1 but longer'), 201);
  });
});

describe('breached passwords', () => {
  it('are not looked up unless the app wants it', async () => {
    expectJson(await register(BREACHED), 201);
    expect(asked).toEqual([]);
  });

  it('are refused, and the service learns five digits only', async () => {
    await set({ refuse_breached_passwords: true });
    expectError(await register(BREACHED), BREACH);
    expect(asked).toEqual([`/range/${sha1(BREACHED).slice(0, 5)} true`]);
    expectJson(await register('padded one'), 201);
    expectJson(await register('nobody knows this one'), 201);
    const { id } = await server.make.emailUser(app);
    expectError(await admin.put(`${admin.app(app)}/users/${id}/password`, { password: BREACHED }), BREACH);
  });

  it('are taken while the service is away', async () => {
    await set({ refuse_breached_passwords: true });
    isBroken = true;
    expectJson(await register(BREACHED), 201);
  });
});
