import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { claimsOf } from '../support/tokens.js';

let server: TestServer;
let admin: AdminClient;
let app: App;
let at: string;

beforeAll(async () => {
  // A proxy in front, so that a test can come from where it likes.
  server = await createTestServer({ env: { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' } });
  admin = await makeAdmin(server);
});
afterAll(() => server.stop());
beforeEach(async () => {
  app = await server.make.app();
  at = admin.app(app);
});

describe('allowed request origins', () => {
  it('are replaced as a whole, and asked from the next client request on', async () => {
    const path = `${at}/security/allowed_request_origins`;
    expect((await admin.get(path)).text).toBe('[]');
    expect((await admin.post(path, ['https://a.example', 'http://localhost:3000'])).status).toBe(204);
    expect((await admin.get(path)).text).toBe('["https://a.example","http://localhost:3000"]');
    const from = (origin: string) => server.client(app).login('anon-user', {}, { headers: { origin } });
    expect((await from('https://a.example')).status).toBe(200);
    expect((await from('https://b.example')).body.error_code).toBe('OriginNotAllowed');
    expect((await admin.post(path, ['https://b.example'])).status).toBe(204);
    expect((await from('https://a.example')).status).toBe(403);
    expect((await from('https://b.example')).status).toBe(200);
    expect((await admin.post(path, [])).status).toBe(204);
    expect((await from('https://c.example')).status).toBe(200);
  });

  it('are origins and nothing else', async () => {
    const path = `${at}/security/allowed_request_origins`;
    for (const body of [{}, 'https://a.example', ['a.example'], ['https://a.example/path'], [7], [{ $ne: 1 }], ['*']]) {
      expect((await admin.post(path, JSON.stringify(body))).status).toBe(400);
    }
    expect((await admin.get(path)).text).toBe('[]');
  });
});

describe('the IP access list', () => {
  const login = (ip: string) => server.client(app).login('anon-user', {}, { headers: { 'x-forwarded-for': ip } });

  it('decides whose client requests are taken, by every door, but not about administrators', async () => {
    const path = `${at}/security/access_list`;
    const { body } = await admin.get(path);
    const [open] = body['allowed_ips'] as { _id: string }[];
    const made = await admin.post(path, { address: '203.0.113.0/24', comment: 'office' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      _id: expect.stringMatching(/^[0-9a-f]{24}$/),
      address: '203.0.113.0/24',
      comment: 'office',
      includes_current: false,
    });
    const inside = await login('203.0.113.7');
    const outside = await login('198.51.100.1');
    expect([inside.status, outside.status]).toEqual([200, 200]);
    expect((await admin.delete(`${path}/${open!._id}`)).status).toBe(204);
    expect((await login('203.0.113.7')).status).toBe(200);
    expect((await login('198.51.100.1')).body.error_code).toBe('AddressNotAllowed');
    const { refresh_token, access_token } = inside.body;
    const client = server.client(app);
    const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } });
    expect((await client.profile(access_token, from('203.0.113.9'))).status).toBe(200);
    expect((await client.profile(access_token, from('198.51.100.1'))).status).toBe(403);
    expect((await client.refresh(refresh_token, from('198.51.100.1'))).status).toBe(403);
    expect((await admin.get(path, from('198.51.100.1'))).status).toBe(200);
  });

  it('lets IPv6 in by its entries, and by the entry for everybody', async () => {
    expect((await login('2001:db8::1')).status).toBe(200);
    const path = `${at}/security/access_list`;
    const [open] = (await admin.get(path)).body['allowed_ips'] as { _id: string }[];
    const changed = await admin.patch(`${path}/${open!._id}`, { address: '2001:db8::/32' });
    expect([changed.status, changed.body['address']]).toEqual([200, '2001:db8::/32']);
    expect((await login('2001:db8:1::7')).status).toBe(200);
    expect((await login('2001:db9::1')).status).toBe(403);
    expect((await login('203.0.113.7')).status).toBe(403);
  });

  it('takes the address of the caller, and refuses what is none', async () => {
    const path = `${at}/security/access_list`;
    const { body } = await admin.post(path, { use_current: true }, { headers: { 'x-forwarded-for': '203.0.113.5' } });
    expect(body).toMatchObject({ address: '203.0.113.5', ip: '203.0.113.5', includes_current: true });
    for (const address of ['', 'a', '1.2.3', '1.2.3.4/33', '1.2.3.4/', '::/129', 7, { $gt: '' }]) {
      expect((await admin.post(path, { address })).status).toBe(400);
    }
    expect((await admin.post(path, {})).body.error_code).toBe('MissingParameter');
  });

  it('says which entry it does not have', async () => {
    const id = '0123456789abcdef01234567';
    const gone = await admin.delete(`${at}/security/access_list/${id}`);
    expect([gone.status, gone.body.error]).toEqual([404, `allowed IP not found: 'ObjectID("${id}")'`]);
    expect((await admin.patch(`${at}/security/access_list/${id}`, { address: '1.2.3.4' })).status).toBe(404);
  });
});

describe('token lifetimes and settings', () => {
  it('hold for sessions and tokens made afterwards', async () => {
    const path = `${at}/security/refresh_token_expiration`;
    expect((await admin.get(path)).body).toEqual({ expiration_time_seconds: 5_184_000 });
    expect((await admin.put(path, { expiration_time_seconds: 3_600 })).status).toBe(204);
    expect((await admin.get(path)).body).toEqual({ expiration_time_seconds: 3_600 });
    expect((await admin.patch(`${at}/settings`, { access_token_seconds: 120 })).status).toBe(204);
    expect((await admin.get(`${at}/settings`)).body).toMatchObject({
      access_token_seconds: 120,
      access_token_jitter_percent: 0,
      refresh_token_seconds: 3_600,
      refresh_mode: 'stable',
      session_idle_seconds: 0,
      session_absolute_seconds: 0,
      moved_session: 'audit',
      revocation: 'strict',
    });
    const limits = {
      access_token_jitter_percent: 50,
      refresh_mode: 'rotating',
      session_idle_seconds: 600,
      session_absolute_seconds: 86_400,
      moved_session: 'end',
    };
    expect((await admin.patch(`${at}/settings`, limits)).status).toBe(204);
    expect((await admin.get(`${at}/settings`)).body).toMatchObject(limits);
    const off = { ...limits, access_token_jitter_percent: 0, session_idle_seconds: 0, session_absolute_seconds: 0 };
    expect((await admin.patch(`${at}/settings`, off)).status).toBe(204);
    expect((await admin.get(`${at}/settings`)).body).toMatchObject(off);
    const { accessToken, refreshToken } = await server.client(app).enter('a@example.com', 'password');
    const access = claimsOf(accessToken);
    const refresh = claimsOf(refreshToken);
    expect(Number(access['exp']) - Number(access['iat'])).toBe(120);
    expect(Number(refresh['exp']) - Number(refresh['iat'])).toBe(3_600);
  });

  it('keep to their ranges', async () => {
    for (const expiration_time_seconds of [1_799, 157_680_001, 1_800.5, '3600', null]) {
      const { status } = await admin.put(`${at}/security/refresh_token_expiration`, { expiration_time_seconds });
      expect(status).toBe(400);
    }
    const refused = [
      { access_token_seconds: 0 },
      { access_token_seconds: 86_401 },
      { revocation: 'never' },
      { refresh_mode: 'random' },
      { moved_session: true },
      { session_idle_seconds: 299 },
      { session_idle_seconds: -1 },
      { session_idle_seconds: 157_680_001 },
      // Access tokens live for 1,800 seconds, and a client comes back when its own ends.
      { session_idle_seconds: 1_800 },
      { session_idle_seconds: 3_600, access_token_seconds: 3_600 },
      { session_absolute_seconds: 1_799 },
      { session_absolute_seconds: '3600' },
      { access_token_jitter_percent: 51 },
      { access_token_jitter_percent: -1 },
      { access_token_jitter_percent: 0.5 },
    ];
    for (const body of refused) {
      expect([body, (await admin.patch(`${at}/settings`, body)).status]).toEqual([body, 400]);
    }
    expect((await admin.patch(`${at}/settings`, { session_idle_seconds: 1_801 })).status).toBe(204);
    expect((await admin.patch(`${at}/settings`, { access_token_seconds: 1_801 })).status).toBe(400);
    expect(
      (await admin.put(`${at}/security/refresh_token_expiration`, { expiration_time_seconds: 157_680_000 })).status,
    ).toBe(204);
  });

  it('lose nothing when two administrators change different ones at once', async () => {
    await Promise.all([
      admin.patch(`${at}/settings`, { access_token_seconds: 300 }),
      admin.patch(`${at}/settings`, { revocation: 'lax' }),
      admin.patch(`${at}/settings`, { refresh_token_seconds: 7_200 }),
      admin.post(`${at}/security/allowed_request_origins`, ['https://a.example']),
    ]);
    expect((await admin.get(`${at}/settings`)).body).toMatchObject({
      access_token_seconds: 300,
      refresh_token_seconds: 7_200,
      revocation: 'lax',
    });
    expect((await admin.get(`${at}/security/allowed_request_origins`)).text).toBe('["https://a.example"]');
  });
});

describe('custom user data', () => {
  it('is in tokens only while it is switched on, from the next refresh, on every instance', async () => {
    const other = await createTestServer({ sharing: server });
    try {
      const client = server.client(app);
      const { userId, refreshToken } = await client.enter('a@example.com', 'password');
      const put = await admin.put(`${at}/users/${userId}/custom_data`, { plan: 'gold' });
      expect(put.status).toBe(200);
      const userData = async (at: TestServer) =>
        claimsOf((await at.client(app).refresh(refreshToken)).body.access_token)['user_data'];
      expect(await userData(server)).toBeUndefined();
      expect(await userData(other)).toBeUndefined();
      expect((await admin.patch(`${at}/custom_user_data`, { enabled: true, database_name: 'db' })).status).toBe(204);
      expect((await admin.get(`${at}/custom_user_data`)).body).toMatchObject({ enabled: true, database_name: 'db' });
      expect(await userData(server)).toEqual({ plan: 'gold' });
      while ((await userData(other)) === undefined);
      await admin.put(`${at}/users/${userId}/custom_data`, { plan: 'none' });
      expect(await userData(server)).toEqual({ plan: 'none' });
      await admin.patch(`${at}/custom_user_data`, { enabled: false });
      expect(await userData(server)).toBeUndefined();
      expect((await admin.get(`${at}/custom_user_data`)).body).toMatchObject({ enabled: false, database_name: 'db' });
    } finally {
      await other.stop();
    }
  });
});
