import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import type { App } from '../../src/apps/app.model.js';
import { KeyScheduleService } from '../../src/signing-keys/key-schedule.service.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import type { ApiClient } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { FakeClock } from '../support/fake-clock.js';
import { headerOf } from '../support/tokens.js';

interface Key {
  kid: string;
  state: string;
  algorithm: string;
  used_from: number;
}

const OVERLAP = 600;
const DAY = 86_400;

let server: TestServer;
let other: TestServer;
let admin: AdminClient;
let app: App;
let client: ApiClient;
let at: string;
const clock = new FakeClock();

beforeAll(async () => {
  server = await createTestServer({ clock });
  other = await createTestServer({ clock, sharing: server });
});
afterAll(async () => {
  await other.stop();
  await server.stop();
});
beforeEach(async () => {
  admin = await makeAdmin(server);
  app = await server.make.app();
  client = server.client(app);
  at = `${admin.app(app)}/signing_keys`;
});

const list = async () => JSON.parse((await admin.get(at)).text) as Key[];
const states = async () => (await list()).map(({ state }) => state);
const rotate = () => admin.post(`${at}/rotate`);
const retire = (kid: string) => admin.post(`${at}/${kid}/retire`);
const jwks = async () => (await client.request('GET', `${client.appPath}/.well-known/jwks.json`)).body as unknown;
const published = async () => ((await jwks()) as JSONWebKeySet).keys.map(({ kid }) => kid);
const kidOf = (token: string) => headerOf(token).kid as string;
const newKid = async () => kidOf((await client.enterAnonymously()).accessToken);
/** An administrator's token does not outlive the clock's leaps. */
const pass = async (seconds: number) => {
  clock.advance(seconds);
  admin = await makeAdmin(server);
};

describe('a rotation', () => {
  it('publishes the next key, uses it when verifiers know it, and the last one until its tokens have expired', async () => {
    const { accessToken } = await client.enterAnonymously();
    const first = kidOf(accessToken);
    const { status, body } = await rotate();
    expect(status).toBe(201);
    const next = body['kid'] as string;
    expect(body).toEqual({
      kid: next,
      algorithm: 'ES256',
      state: 'next',
      created: expect.any(Number),
      used_from: (body['created'] as number) + OVERLAP,
    });
    expect(await published()).toEqual([next, first]);
    expect(await newKid()).toBe(first);

    await pass(OVERLAP);
    expect(await newKid()).toBe(next);
    expect((await client.profile(accessToken)).status).toBe(200);
    expect(await states()).toEqual(['current', 'previous']);

    await pass(25 * 3_600 - 1);
    expect(await published()).toEqual([next, first]);
    await pass(1);
    expect(await published()).toEqual([next]);
  });

  it('makes one key, of however many that are asked for at once on two instances', async () => {
    const there = `${admin.app(app)}/signing_keys/rotate`;
    const elsewhere = await makeAdmin(other);
    const answers = await Promise.all([rotate(), elsewhere.post(there), rotate(), elsewhere.post(there)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body['kid'])).size).toBe(1);
    expect(await states()).toEqual(['next', 'current']);
  });

  it('goes over to RS256 where the app wants it, and any library verifies both', async () => {
    const settings = `${admin.app(app)}/settings`;
    expect((await admin.patch(settings, { signing_algorithm: 'RS256' })).status).toBe(204);
    expect((await admin.get(settings)).body['signing_algorithm']).toBe('RS256');
    const old = await client.enterAnonymously();
    expect((await rotate()).body['algorithm']).toBe('RS256');
    await pass(OVERLAP);
    const { accessToken } = await client.enterAnonymously();
    expect([headerOf(old.accessToken).alg, headerOf(accessToken).alg]).toEqual(['ES256', 'RS256']);
    const keys = createLocalJWKSet((await jwks()) as JSONWebKeySet);
    for (const token of [old.accessToken, accessToken]) {
      await expect(jwtVerify(token, keys, { currentDate: clock.now() })).resolves.toBeDefined();
      expect((await client.profile(token)).status).toBe(200);
    }
    const { body } = await client.request('GET', `${client.appPath}/.well-known/openid-configuration`);
    expect(body['id_token_signing_alg_values_supported']).toEqual(['RS256', 'ES256']);
  });

  it('comes by itself where the app says after how many days', async () => {
    const settings = `${admin.app(app)}/settings`;
    expect((await admin.patch(settings, { signing_key_days: 30 })).status).toBe(204);
    const due = () => Promise.all([server, other].map((instance) => instance.get(KeyScheduleService).rotateDue()));
    await pass(29 * DAY);
    await due();
    expect(await states()).toEqual(['current']);
    await pass(DAY);
    await due();
    await due();
    expect(await states()).toEqual(['next', 'current']);
  });
});

describe('a key that is retired', () => {
  it('makes all that it signed worthless at once, on every instance, and another signs', async () => {
    const { accessToken, refreshToken } = await client.enterAnonymously();
    const kid = kidOf(accessToken);
    const there = other.client(app);
    expect((await there.profile(accessToken)).status).toBe(200);
    expect((await retire(kid)).status).toBe(204);
    const retiredAt = Date.now();
    expect((await client.profile(accessToken)).body.error_code).toBe('InvalidSession');
    while ((await there.profile(accessToken)).status === 200) expect(Date.now() - retiredAt).toBeLessThan(1_000);
    expect(await published()).not.toContain(kid);
    expect(await states()).toEqual(['current', 'retired']);
    // Nobody is logged out: the refresh tokens are of another key.
    const fresh = (await client.refresh(refreshToken)).body.access_token;
    expect(kidOf(fresh)).not.toBe(kid);
    for (const where of [client, there]) expect((await where.profile(fresh)).status).toBe(200);
  });

  it('is followed at once by the one that waits', async () => {
    const next = (await rotate()).body['kid'] as string;
    expect((await retire(await newKid())).status).toBe(204);
    expect(await newKid()).toBe(next);
    expect(await states()).toEqual(['current', 'retired']);
  });

  it('leaves the current one alone where it had not signed yet', async () => {
    const current = await newKid();
    const next = (await rotate()).body['kid'] as string;
    expect((await retire(next)).status).toBe(204);
    await pass(27 * 3_600);
    expect(await newKid()).toBe(current);
    expect(await published()).toEqual([current]);
  });

  it('is retired once, whoever asks for it at the same time', async () => {
    const kid = await newKid();
    const answers = await Promise.all([retire(kid), retire(kid), retire(kid)]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 404, 404]);
    expect(await states()).toEqual(['current', 'retired']);
  });

  it('belongs to its app', async () => {
    const stranger = kidOf((await server.client(await server.make.app()).enterAnonymously()).accessToken);
    for (const kid of [stranger, 'nonsense', '__proto__']) expect((await retire(kid)).status).toBe(404);
    expect((await client.enterAnonymously()).accessToken).toBeDefined();
  });
});

it('shows no private key', async () => {
  await rotate();
  const { text } = await admin.get(at);
  expect(text).not.toMatch(/private|sealed|"d"/i);
});

it.each([
  { signing_algorithm: 'HS256' },
  { signing_algorithm: 7 },
  { signing_key_days: -1 },
  { signing_key_days: 4_000 },
  { signing_key_days: 1.5 },
])('does not take %j', async (body) => {
  expect((await admin.patch(`${admin.app(app)}/settings`, body)).status).toBe(400);
});
