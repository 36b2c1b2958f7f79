import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { FakeClock } from '../support/fake-clock.js';
import { claimsOf, withBrokenSignature, withClaims } from '../support/tokens.js';

let server: TestServer;
let admin: AdminClient;
let app: App;
const clock = new FakeClock();

beforeAll(async () => {
  server = await createTestServer({ clock });
});
afterAll(() => server.stop());
beforeEach(async () => {
  app = await server.make.app();
  admin = await makeAdmin(server, 'GROUP_ADMIN');
});

const verify = (token: unknown, at = app) => admin.post(`${admin.app(at)}/users/verify_token`, { token });

describe('verify_token', () => {
  it('tells what a good token says', async () => {
    await admin.patch(`${admin.app(app)}/custom_user_data`, { enabled: true });
    const client = server.client(app);
    const { userId, deviceId, refreshToken } = await client.enter('a@b.c', 'password');
    await admin.put(`${admin.app(app)}/users/${userId}/custom_data`, { plan: 'gold' });
    const { access_token } = (await client.refresh(refreshToken)).body;
    const { status, body } = await verify(access_token);
    const { iat, exp, iss } = claimsOf(access_token);
    expect([status, body]).toEqual([
      200,
      {
        sub: userId,
        iat,
        exp,
        iss,
        aud: app.clientAppId,
        domain_id: app.domain.toHexString(),
        device_id: deviceId,
        custom_user_data: { plan: 'gold' },
      },
    ]);
  });

  it('says so where it is expired, with a JSON string', async () => {
    const { accessToken } = await server.client(app).enterAnonymously();
    clock.advance(1_801);
    admin = await makeAdmin(server);
    const { status, text, headers } = await verify(accessToken);
    expect([status, text, headers.get('content-type')]).toEqual([200, '"token expired"', 'application/json']);
    const other = await server.make.app();
    expect((await verify(accessToken, other)).status).toBe(401);
  });

  it('refuses what is not good, without a code that would log the administrator out', async () => {
    const { accessToken, refreshToken } = await server.client(app).enterAnonymously();
    const other = await server.make.app();
    for (const [token, error, at] of [
      [withBrokenSignature(accessToken), 'signature is invalid', app],
      [withClaims(accessToken, { sub: '0123456789abcdef01234567' }), 'signature is invalid', app],
      [refreshToken, 'invalid session', app],
      [admin.accessToken, undefined, app],
      ['garbage', 'invalid session', app],
      ['', 'invalid session', app],
      [accessToken, 'invalid session', other],
    ] as const) {
      const { status, body } = await verify(token, at);
      expect([status, body.error_code]).toEqual([401, undefined]);
      if (error) expect(body.error).toBe(error);
    }
    for (const token of [undefined, 7, { $ne: '' }, ['x']]) expect((await verify(token)).status).toBe(400);
  });

  it('is strict about revocation, unless the app is lax (section 15)', async () => {
    const client = server.client(app);
    const { userId, accessToken } = await client.enter('a@b.c', 'password');
    expect((await admin.put(`${admin.app(app)}/users/${userId}/logout`)).status).toBe(204);
    const refused = await verify(accessToken);
    expect([refused.status, refused.body]).toEqual([401, { error: 'invalid session: session revoked' }]);
    await admin.patch(`${admin.app(app)}/settings`, { revocation: 'lax' });
    expect((await verify(accessToken)).status).toBe(200);
    expect((await client.profile(accessToken)).status).toBe(401);
  });

  it('tells right from wrong in the second of a revocation (B11)', async () => {
    const client = server.client(app);
    const { userId } = await client.enter('a@b.c', 'password');
    const login = async () =>
      client.tokens(await client.login('local-userpass', { username: 'a@b.c', password: 'password' })).accessToken;
    for (let i = 0; i < 10; i++) {
      const before = await login();
      await admin.put(`${admin.app(app)}/users/${userId}/logout`);
      const after = await login();
      expect([(await verify(before)).status, (await verify(after)).status]).toEqual([401, 200]);
    }
  });

  it('may be asked by who may only read', async () => {
    const reader = await makeAdmin(server, 'GROUP_READ_ONLY');
    const { accessToken } = await server.client(app).enterAnonymously();
    const answer = await reader.post(`${reader.app(app)}/users/verify_token`, { token: accessToken });
    expect(answer.status).toBe(200);
  });
});
