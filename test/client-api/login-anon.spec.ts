import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLIENT_PATH } from '../support/client.js';
import type { ApiClient } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectClientError, expectError, expectJson } from '../support/expect-answer.js';
import { claimsOf, headerOf } from '../support/tokens.js';

const HEX_ID = /^[0-9a-f]{24}$/;
const NO_DEVICE = '000000000000000000000000';

let server: TestServer;
let client: ApiClient;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app());
});
afterAll(() => server.stop());

describe('anonymous login by POST', () => {
  it('answers with ids and tokens and nothing else', async () => {
    const answer = await client.login('anon-user');
    expectJson(answer, 200);
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refresh_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      user_id: expect.stringMatching(HEX_ID),
      device_id: expect.stringMatching(HEX_ID),
    });
  });

  it('makes a new user each time', async () => {
    const [one, other] = [await client.enterAnonymously(), await client.enterAnonymously()];
    expect(one.userId).not.toBe(other.userId);
  });

  it('makes users whose profile has one identity and no data', async () => {
    const { accessToken } = await client.enterAnonymously();
    const { body } = await client.profile(accessToken);
    expect(body.data).toEqual({});
    expect(body.identities).toEqual([expect.objectContaining({ provider_type: 'anon-user' })]);
  });

  it.each([
    ['an empty body', undefined],
    ['the provider beside it, as native SDKs send it', { provider: 'anon-user', options: { device: {} } }],
    ['fields that nobody knows', { user_id: 'abc', isAdmin: true, device_id: 'abc' }],
  ])('takes %s', async (_what, body) => {
    expectJson(await client.login('anon-user', body, { headers: { 'content-type': 'application/json' } }), 200);
  });

  it('takes a content type with a charset', async () => {
    expectJson(await client.login('anon-user', {}, { contentType: 'application/json;charset=utf-8' }), 200);
  });

  it('is refused where the provider is off', async () => {
    const other = server.client(
      await server.make.app({ providers: [{ type: 'local-userpass', settings: { config: { autoConfirm: true } } }] }),
    );
    for (const answer of [await other.login('anon-user'), await other.loginByGet()]) {
      expectError(answer, {
        status: 404,
        code: 'AuthProviderNotFound',
        error: "authentication via 'anon-user' is unsupported",
      });
    }
  });
});

describe('anonymous login by GET, as the 3.x SDK does it', () => {
  const headers = { accept: 'application/json', 'content-type': 'application/json' };

  it('answers as the POST does', async () => {
    const answer = await client.loginByGet(
      { appId: client.clientAppId, appVersion: '', sdkVersion: '3.18.0' },
      { headers },
    );
    expectJson(answer, 200);
    expect(Object.keys(answer.body).sort()).toEqual(['access_token', 'device_id', 'refresh_token', 'user_id']);
  });

  it('knows the device again', async () => {
    const { body } = await client.loginByGet({ platform: 'node' }, { headers });
    const again = await client.loginByGet({ platform: 'node', deviceId: body.device_id }, { headers });
    expect(again.body.device_id).toBe(body.device_id);
    expect(again.body.user_id).not.toBe(body.user_id);
  });

  it.each([
    '',
    '?device=',
    '?device=%25%25',
    '?device=bm8ganNvbg==',
    '?device=bnVsbA==',
    '?device=W10=',
    '?device=a&device=b',
  ])('takes a device that makes no sense for none: %j', async (query) => {
    const path = `${client.appPath}/auth/providers/anon-user/login${query}`;
    const answer = await client.request('GET', path, { headers });
    expectJson(answer, 200);
    expect(answer.body.device_id).toMatch(HEX_ID);
  });

  it('ignores a second question mark with link=true', async () => {
    const device = Buffer.from('{"platform":"node"}').toString('base64');
    const path = `${client.appPath}/auth/providers/anon-user/login?device=${device}?link=true`;
    expectJson(await client.request('GET', path, { headers }), 200);
  });
});

describe('devices', () => {
  const loginFrom = (deviceId: unknown) =>
    client.login('anon-user', { options: { device: { platform: 'node', deviceId } } });

  it.each([
    ['plain hex, as Stitch sends it', (id: string): unknown => id],
    ['extended JSON, as realm-web sends it', (id: string): unknown => ({ $oid: id })],
  ])('are known again by their id in %s', async (_how, spelt) => {
    const { deviceId } = await client.enterAnonymously();
    const { body } = await loginFrom(spelt(deviceId));
    expect(body.device_id).toBe(deviceId);
  });

  it.each([
    ['the id that means none', NO_DEVICE],
    ['the id that means none, extended', { $oid: NO_DEVICE }],
    ['an id never given out', '5f0c00000000000000000001'],
    ['a UUID', '5c1a7c1e-6a52-4d3c-9a55-0d2b4c0ad9f1'],
    ['an empty string', ''],
    ['a number', 7],
    ['null', null],
    ['a list', ['5f0c00000000000000000001']],
    ['an object', { $ne: null }],
    ['a date', { $date: { $numberLong: '0' } }],
  ])('get a new id for %s', async (_what, deviceId) => {
    const answer = await loginFrom(deviceId);
    expectJson(answer, 200);
    expect(answer.body.device_id).toMatch(HEX_ID);
    expect(answer.body.device_id).not.toBe(NO_DEVICE);
    expect(answer.body.device_id).not.toBe(deviceId);
  });

  it.each([
    { options: null },
    { options: 'x' },
    { options: [] },
    { options: { device: 7 } },
    { options: { device: null } },
    { options: { device: { deviceId: { $oid: 'xyz' } } } },
  ])('may be described by what is no device: %j', async (body) => {
    const answer = await client.login('anon-user', body);
    if (answer.status !== 200) expectClientError(answer);
  });

  it('of another app are not known here', async () => {
    const other = server.client(await server.make.app());
    const { deviceId } = await other.enterAnonymously();
    const { body } = await loginFrom(deviceId);
    expect(body.device_id).not.toBe(deviceId);
  });
});

describe('the tokens', () => {
  it('carry the claims of section 8', async () => {
    const { accessToken, refreshToken, userId, deviceId } = await client.enterAnonymously();
    const { body: profile } = await client.profile(accessToken);
    const access = claimsOf(accessToken);
    expect(headerOf(accessToken)).toMatchObject({ alg: 'ES256', kid: expect.any(String) });
    expect(access).toMatchObject({
      iss: expect.stringMatching(new RegExp(`^http://localhost:\\d+${CLIENT_PATH}/app/${client.clientAppId}$`)),
      aud: client.clientAppId,
      sub: userId,
      typ: 'access',
      sid: expect.stringMatching(HEX_ID),
      epoch: expect.any(Number),
      jti: expect.any(String),
      baas_device_id: deviceId,
      stitch_devId: deviceId,
      baas_domain_id: profile.domain_id,
      stitch_domainId: profile.domain_id,
    });
    expect(access.baas_id).toBe(access.sid);
    expect(access).not.toHaveProperty('user_data');

    const identity = { id: expect.any(String), provider_type: 'anon-user', provider_id: expect.stringMatching(HEX_ID) };
    expect(headerOf(refreshToken).alg).toBe('HS256');
    expect(claimsOf(refreshToken)).toMatchObject({
      sub: userId,
      typ: 'refresh',
      baas_id: access.sid,
      stitch_id: access.sid,
      baas_device_id: deviceId,
      stitch_devId: deviceId,
      baas_domain_id: profile.domain_id,
      stitch_domainId: profile.domain_id,
      baas_data: null,
      stitch_data: null,
      baas_identity: identity,
      stitch_ident: identity,
    });
  });

  it('count in whole seconds, are never from the future, and live as long as the app says', async () => {
    const app = await server.make.app({ accessTokenSeconds: 90, refreshTokenSeconds: 3_600 });
    const { accessToken, refreshToken } = await server.client(app).enter('seconds@example.com', 'secret1');
    for (const [token, seconds] of [
      [accessToken, 90],
      [refreshToken, 3_600],
    ] as const) {
      const { iat, exp } = claimsOf(token);
      expect([iat, exp].every(Number.isInteger)).toBe(true);
      expect(Number(iat)).toBeLessThanOrEqual(Date.now() / 1000);
      expect(Number(exp) - Number(iat)).toBe(seconds);
    }
  });

  it('differ though made in the same second', async () => {
    const { refreshToken } = await client.enterAnonymously();
    const answers = await Promise.all(Array.from({ length: 5 }, () => client.refresh(refreshToken)));
    expect(new Set(answers.map(({ body }) => body.access_token)).size).toBe(5);
  });
});
