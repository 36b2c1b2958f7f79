import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AnonymousCredential,
  Stitch,
  StitchAppClientConfiguration,
  UserPasswordAuthProviderClient,
  UserPasswordCredential,
} from 'mongodb-stitch-server-sdk';
import type { StitchAppClient } from 'mongodb-stitch-server-sdk';
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
let storage: string;
let client: StitchAppClient;
beforeAll(async () => {
  server = await createTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  requests = await RequestCounter.inFrontOf(server.baseUrl);
  storage = await mkdtemp(join(tmpdir(), 'latchkey-stitch-'));
  await connect();
});
afterEach(async () => {
  client.close();
  Stitch.clearApps();
  await requests.stop();
  await rm(storage, { recursive: true });
});

/** To an app of its own, with what the disk holds of no other. */
async function connect(wanted: { accessTokenSeconds?: number } = {}): Promise<void> {
  app = await server.make.app(wanted);
  const config = new StitchAppClientConfiguration.Builder().withBaseUrl(requests.baseUrl).withDataDirectory(storage);
  client = Stitch.initializeAppClient(app.clientAppId, config.build());
}

async function enter(email: string, password = 'secret1') {
  await client.auth.getProviderClient(UserPasswordAuthProviderClient.factory).registerWithEmail(email, password);
  return client.auth.loginWithCredential(new UserPasswordCredential(email, password));
}

/** The SDK shows its tokens to nobody, but writes them to disk. Those of the user who is active. */
async function storedTokens(): Promise<{ access: string; refresh: string }> {
  const stored = JSON.parse(await readFile(join(storage, 'data.json'), 'utf8')) as Record<string, string>;
  const active = Object.entries(stored).find(([key]) => key.endsWith('auth_info'));
  const { access_token: access, refresh_token: refresh } = JSON.parse(active?.[1] ?? '{}') as Record<string, string>;
  return { access: String(access), refresh: String(refresh) };
}

const statuses = () => requests.seen.map((line) => Number(line.split(' ').at(-1)));

describe('mongodb-stitch-server-sdk 4.9.0', () => {
  it('registers, logs in and reads the profile', async () => {
    const user = await enter('Ada@example.com');
    expect(client.auth.isLoggedIn).toBe(true);
    expect(user.profile).toMatchObject({ email: 'Ada@example.com' });
    expect(user.userType).toBe('normal');
    expect(user.identities).toEqual([expect.objectContaining({ providerType: 'local-userpass' })]);
    expect(statuses().every((status) => status < 300)).toBe(true);
  });

  it('logs in anonymously and keeps the user', async () => {
    const user = await client.auth.loginWithCredential(new AnonymousCredential());
    expect((await client.auth.loginWithCredential(new AnonymousCredential())).id).toBe(user.id);
    expect(user.identities).toHaveLength(1);
  });

  it('shows what went wrong', async () => {
    await enter('wrong@example.com');
    const wrong = new UserPasswordCredential('wrong@example.com', 'secret2');
    await expect(client.auth.loginWithCredential(wrong)).rejects.toMatchObject({ message: 'unauthorized' });
    await expect(enter('wrong@example.com')).rejects.toMatchObject({ message: 'name already in use' });
  });

  it('refreshes an expired access token on its own', async () => {
    client.close();
    await connect({ accessTokenSeconds: 1 });
    await enter('expires@example.com');
    const { access } = await storedTokens();
    await untilPast(claimsOf(access).exp);
    requests.reset();
    await expect(client.callFunction('sum', [1, 2])).rejects.toMatchObject({
      message: expect.stringContaining('function not found'),
    });
    expect(statuses()).toEqual([401, expect.any(Number), 404]);
    expect((await storedTokens()).access).not.toBe(access);
    expect(client.auth.isLoggedIn).toBe(true);
  });

  it('keeps several users side by side', async () => {
    const ada = await enter('ada@example.com');
    const bob = await enter('bob@example.com');
    expect(client.auth.listUsers().map(({ id }) => id)).toEqual([ada.id, bob.id]);
    await client.auth.logoutUserWithId(bob.id);
    expect(bob.id).not.toBe(ada.id);
    expect(client.auth.switchToUserWithId(ada.id).id).toBe(ada.id);
    await expect(client.callFunction('sum', [])).rejects.toMatchObject({
      message: expect.stringContaining('function not found'),
    });
    expect(client.auth.isLoggedIn).toBe(true);
  });

  it('logs in a second time on the same device', async () => {
    await enter('device@example.com');
    const first = claimsOf((await storedTokens()).access).baas_device_id;
    await client.auth.logout();
    await client.auth.loginWithCredential(new UserPasswordCredential('device@example.com', 'secret1'));
    expect(claimsOf((await storedTokens()).access).baas_device_id).toBe(first);
  });

  it('logs out, and the session is over', async () => {
    await enter('leaves@example.com');
    const { refresh } = await storedTokens();
    await client.auth.logout();
    expect(client.auth.isLoggedIn).toBe(false);
    expectError(await server.client(app).refresh(refresh), REFRESH_TOKEN_NOT_FOUND);
  });

  it('logs out a user whose session is gone, and the active user stays', async () => {
    const ada = await enter('stays@example.com');
    const bob = await enter('gone@example.com');
    client.auth.switchToUserWithId(ada.id);
    await server.admin.delete(app, bob.id);
    await client.auth.logoutUserWithId(bob.id);
    expect(client.auth.isLoggedIn).toBe(true);
    expect(client.auth.user?.id).toBe(ada.id);
  });

  it('removes a user', async () => {
    await enter('removed@example.com');
    await client.auth.removeUser();
    expect(client.auth.listUsers()).toEqual([]);
  });

  it('B05: logs in the next user although the last one’s token is dead', async () => {
    const ada = await enter('dead@example.com');
    await server.admin.revokeSessions(app, ada.id);
    expect((await enter('next@example.com')).isLoggedIn).toBe(true);
  });

  it.each(['revokeSessions', 'disable', 'delete'] as const)('B09: gives up after %s', async (how) => {
    const user = await enter('ended@example.com');
    await server.admin[how](app, user.id);
    requests.reset();
    await expect(client.callFunction('sum', [])).rejects.toBeInstanceOf(Error);
    await sleep(500);
    expect(requests.seen.length).toBeLessThanOrEqual(3);
    expect(client.auth.isLoggedIn).toBe(false);
  });
});
