import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { StitchClientFactory } from 'mongodb-stitch';
import type { StitchClient } from 'mongodb-stitch';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectError, REFRESH_TOKEN_NOT_FOUND } from '../support/expect-answer.js';
import { RequestCounter } from '../support/request-counter.js';
import { claimsOf } from '../support/tokens.js';
import { sleep, untilPast } from '../support/wait.js';

type LatchkeyApp = Awaited<ReturnType<TestServer['make']['app']>>;

let server: TestServer;
let requests: RequestCounter;
let app: LatchkeyApp;
let client: StitchClient;
beforeAll(async () => {
  server = await createTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  requests = await RequestCounter.inFrontOf(server.baseUrl);
  await connect();
});
afterEach(() => requests.stop());

/** A device that knows nobody yet, to an app of its own. */
async function connect(wanted: { accessTokenSeconds?: number } = {}): Promise<void> {
  app = await server.make.app(wanted);
  client = await StitchClientFactory.create(app.clientAppId, { baseUrl: requests.baseUrl });
}

async function enter(email: string, password = 'secret1'): Promise<string> {
  await client.register(email, password);
  return client.login(email, password);
}

const statuses = () => requests.seen.map((line) => Number(line.split(' ').at(-1)));

describe('mongodb-stitch 3.18.0', () => {
  it('registers, logs in and reads the profile', async () => {
    const userId = await enter('Ada@example.com');
    expect(client.isAuthenticated()).toBe(true);
    expect(await client.userProfile()).toMatchObject({
      user_id: userId,
      type: 'normal',
      data: { email: 'Ada@example.com' },
      identities: [{ provider_type: 'local-userpass' }],
    });
    expect(statuses().every((status) => status < 300)).toBe(true);
  });

  it('logs in anonymously, by GET', async () => {
    const userId = await client.login();
    expect(userId).toMatch(/^[0-9a-f]{24}$/);
    expect(requests.seen[0]).toMatch(/^GET \S+\/anon-user\/login\?device=\S+ 200$/);
    expect(await client.userProfile()).toMatchObject({ data: {}, identities: [{ provider_type: 'anon-user' }] });
  });

  it('shows what went wrong', async () => {
    await enter('wrong@example.com');
    const error = { message: 'unauthorized', code: 'InvalidPassword' };
    await expect(client.login('wrong@example.com', 'secret2')).rejects.toMatchObject(error);
    await expect(client.register('wrong@example.com', 'secret1')).rejects.toMatchObject({
      message: 'name already in use',
      code: 'AccountNameInUse',
    });
  });

  it('refreshes an expired access token on its own', async () => {
    await connect({ accessTokenSeconds: 1 });
    await enter('expires@example.com');
    const accessToken = client.auth.getAccessToken();
    await untilPast(claimsOf(accessToken).exp);
    requests.reset();
    await expect(client.executeFunction('sum', 1, 2)).rejects.toMatchObject({ code: 'FunctionNotFound' });
    expect(statuses()).toEqual([401, expect.any(Number), 404]);
    expect(client.auth.getAccessToken()).not.toBe(accessToken);
    expect(client.isAuthenticated()).toBe(true);
  });

  it('serves several clients of several users side by side', async () => {
    const other = await StitchClientFactory.create(app.clientAppId, { baseUrl: requests.baseUrl });
    const [ada, bob] = [await enter('ada@example.com'), await other.login()];
    expect((await client.userProfile()).user_id).toBe(ada);
    await other.logout();
    expect((await client.userProfile()).user_id).toBe(ada);
    expect(bob).not.toBe(ada);
  });

  it('logs in a second time on the same device', async () => {
    await client.login();
    const deviceId = client.auth.getDeviceId();
    await enter('second@example.com');
    expect(client.auth.getDeviceId()).toBe(deviceId);
    expect(claimsOf(client.auth.getAccessToken()).baas_device_id).toBe(deviceId);
  });

  it('ends the session of the last user when the next one logs in', async () => {
    await enter('last@example.com');
    const refreshToken = client.auth.getRefreshToken();
    await enter('next@example.com');
    expectError(await server.client(app).refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
  });

  it('logs out, and the session is over', async () => {
    await enter('leaves@example.com');
    const refreshToken = client.auth.getRefreshToken();
    await client.logout();
    expect(client.isAuthenticated()).toBe(false);
    expectError(await server.client(app).refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
  });

  it('B05: logs in the next user although the last one’s session is dead', async () => {
    await server.admin.revokeSessions(app, await enter('dead@example.com'));
    await expect(enter('alive@example.com')).resolves.toMatch(/^[0-9a-f]{24}$/);
  });

  it.each(['revokeSessions', 'disable', 'delete'] as const)('B09: gives up after %s', async (how) => {
    await server.admin[how](app, await enter('ended@example.com'));
    requests.reset();
    await expect(client.userProfile()).rejects.toMatchObject({ code: 'InvalidSession' });
    await sleep(500);
    expect(requests.seen.length).toBeLessThanOrEqual(3);
    expect(client.isAuthenticated()).toBe(false);
  });
});
