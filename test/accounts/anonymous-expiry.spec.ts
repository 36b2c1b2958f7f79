import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AnonymousExpiryService } from '../../src/accounts/anonymous-expiry.service.js';
import type { App } from '../../src/apps/app.model.js';
import { WriteBehind } from '../../src/database/write-behind.js';
import { makeAdmin } from '../support/admin-client.js';
import type { ApiClient } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, INVALID_SESSION, REFRESH_TOKEN_NOT_FOUND } from '../support/expect-answer.js';
import { FakeClock } from '../support/fake-clock.js';

const DAY = 86_400;
const clock = new FakeClock();
let server: TestServer;
let second: TestServer;
let app: App;
let client: ApiClient;

beforeAll(async () => {
  server = await createTestServer({ clock });
  second = await createTestServer({ clock, sharing: server });
});
afterAll(async () => {
  await second.stop();
  await server.stop();
});
beforeEach(() => open());

async function open(config?: Record<string, unknown>): Promise<void> {
  app = await server.make.app({
    providers: [
      { type: 'anon-user', ...(config ? { settings: { config } } : {}) },
      { type: 'local-userpass', settings: { config: { autoConfirm: true } } },
    ],
  });
  client = server.client(app);
}

const expire = (of = server) => of.get(AnonymousExpiryService).expireIn(app);
async function isThere(userId: string): Promise<boolean> {
  const admin = await makeAdmin(server);
  return (await admin.get(`${admin.app(app)}/users/${userId}`)).status === 200;
}

describe('an anonymous user', () => {
  it('ends after 90 days without use, with its session, and is counted', async () => {
    const gone = await client.enterAnonymously();
    const used = await client.enterAnonymously();
    const linked = await client.enterAnonymously();
    await client.register({ email: 'linked@example.com', password: 'secret1' });
    const path = `${client.appPath}/auth/providers/local-userpass/login?link=true`;
    const body = { username: 'linked@example.com', password: 'secret1' };
    await client.request('POST', path, { token: linked.accessToken, body });
    const known = await client.enter('known@example.com', 'secret1');
    clock.advance(89 * DAY);
    expect(await expire()).toBe(0);
    await client.refresh(used.refreshToken);
    await server.get(WriteBehind).flush();
    clock.advance(2 * DAY);
    const fresh = await client.enterAnonymously();
    expect(await expire()).toBe(1);
    expect(await isThere(gone.userId)).toBe(false);
    for (const { userId } of [used, linked, known, fresh]) expect(await isThere(userId)).toBe(true);
    expectError(await client.refresh(gone.refreshToken), REFRESH_TOKEN_NOT_FOUND);
    expectError(await client.profile(gone.accessToken), INVALID_SESSION);
    expect([200, 201]).toContain((await client.refresh(used.refreshToken)).status);
    expect(await expire()).toBe(0);
    const admin = await makeAdmin(server);
    const { body: trail } = await admin.get(`${admin.app(app)}/audit?type=user.expire`);
    expect(JSON.stringify(trail)).toContain('"count":"1"');
  });

  it('lives as long as the app says', async () => {
    await open({ expireAfterInactiveDays: 1 });
    const { userId } = await client.enterAnonymously();
    clock.advance(DAY + 1);
    expect(await expire()).toBe(1);
    expect(await isThere(userId)).toBe(false);
    await open({ expireAfterInactiveDays: 0 });
    await client.enterAnonymously();
    clock.advance(3_000 * DAY);
    expect(await expire()).toBe(0);
  });

  it('is deleted once, where two instances meet', async () => {
    for (let i = 0; i < 12; i += 1) await client.enterAnonymously();
    clock.advance(91 * DAY);
    const counts = await Promise.all([expire(), expire(second), expire(), expire(second)]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(12);
  });
});

it('the job runs in one instance, when it is due', async () => {
  await client.enterAnonymously();
  clock.advance(91 * DAY);
  const runs = await Promise.all(
    [server, second, server, second].map((of) => of.get(AnonymousExpiryService).runIfDue()),
  );
  expect(runs.filter((count) => count !== undefined)).toHaveLength(1);
  expect(runs.find((count) => count !== undefined)).toBeGreaterThanOrEqual(1);
  expect(await server.get(AnonymousExpiryService).runIfDue()).toBeUndefined();
  clock.advance(DAY);
  expect(await second.get(AnonymousExpiryService).runIfDue()).toBe(0);
});

it('is set within its bounds', async () => {
  const admin = await makeAdmin(server);
  const at = `${admin.app(app)}/auth_providers`;
  const [{ _id }] = (await admin.get(at)).body as unknown as [{ _id: string }];
  for (const expireAfterInactiveDays of [-1, 1.5, '90', 4_000]) {
    const answer = await admin.patch(`${at}/${_id}`, { config: { expireAfterInactiveDays } });
    expectError(answer, { status: 400, code: 'InvalidParameter' });
  }
  expect((await admin.patch(`${at}/${_id}`, { config: { expireAfterInactiveDays: 30 } })).status).toBe(204);
});
