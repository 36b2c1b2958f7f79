import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { App, Credentials, UserState } from 'realm-web';
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
let realm: App;
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
  realm = new App({ id: app.clientAppId, baseUrl: requests.baseUrl });
}

async function enter(email: string, password = 'secret1') {
  await realm.emailPasswordAuth.registerUser({ email, password });
  return realm.logIn(Credentials.emailPassword(email, password));
}

describe('realm-web 2.0.1', () => {
  it('registers, logs in and reads the profile', async () => {
    const user = await enter('Ada@example.com');
    expect(user.state).toBe(UserState.Active);
    expect(user.isLoggedIn).toBe(true);
    expect(user.profile).toEqual({ email: 'Ada@example.com' });
    expect(user.identities).toEqual([expect.objectContaining({ providerType: 'local-userpass' })]);
    expect(user.deviceId).toMatch(/^[0-9a-f]{24}$/);
    expect(user.customData).toEqual({});
    expect(requests.seen.every((line) => / 20\d$/.test(line))).toBe(true);
  });

  it('logs in anonymously, a new user each time it is told to', async () => {
    const one = await realm.logIn(Credentials.anonymous(false));
    const other = await realm.logIn(Credentials.anonymous(false));
    expect(other.id).not.toBe(one.id);
    expect(await realm.logIn(Credentials.anonymous(true))).toMatchObject({ id: other.id });
  });

  it('logs in a second time on the same device', async () => {
    const { deviceId } = await realm.logIn(Credentials.anonymous(false));
    const user = await enter('second@example.com');
    expect(user.deviceId).toBe(deviceId);
  });

  it('shows what went wrong', async () => {
    await enter('wrong@example.com');
    await expect(realm.logIn(Credentials.emailPassword('wrong@example.com', 'secret2'))).rejects.toMatchObject({
      statusCode: 401,
      error: 'unauthorized',
      errorCode: 'InvalidPassword',
    });
    await expect(
      realm.emailPasswordAuth.registerUser({ email: 'wrong@example.com', password: 'secret1' }),
    ).rejects.toMatchObject({
      statusCode: 409,
      error: 'name already in use',
      errorCode: 'AccountNameInUse',
    });
  });

  it('refreshes an expired access token on its own', async () => {
    await connect({ accessTokenSeconds: 1 });
    const user = await enter('expires@example.com');
    const { accessToken } = user;
    await untilPast(claimsOf(String(accessToken)).exp);
    requests.reset();
    await expect(user.functions.callFunction('sum')).rejects.toMatchObject({
      statusCode: 404,
      errorCode: 'FunctionNotFound',
    });
    expect(user.accessToken).not.toBe(accessToken);
    expect(requests.seen.map((line) => line.split(' ').at(-1))).toEqual([
      '401',
      expect.stringMatching(/^20[01]$/),
      '404',
    ]);
    expect(user.isLoggedIn).toBe(true);
  });

  it('keeps several users side by side', async () => {
    const ada = await enter('ada@example.com');
    const bob = await enter('bob@example.com');
    expect(realm.currentUser?.id).toBe(bob.id);
    await bob.logOut();
    expect(bob.state).toBe(UserState.LoggedOut);
    expect(ada.state).toBe(UserState.Active);
    realm.switchUser(ada);
    await ada.refreshCustomData();
    expect(realm.currentUser?.profile.email).toBe('ada@example.com');
  });

  it('logs out, and the session is over', async () => {
    const user = await enter('leaves@example.com');
    const refreshToken = String(user.refreshToken);
    await user.logOut();
    expect(user.isLoggedIn).toBe(false);
    expectError(await server.client(app).refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
  });

  it('removes a user', async () => {
    const user = await realm.logIn(Credentials.anonymous());
    await realm.removeUser(user);
    expect(user.state).toBe(UserState.Removed);
    expect(realm.currentUser).toBeNull();
  });

  it('deletes a user, who can register again', async () => {
    const user = await enter('deleted@example.com');
    await realm.deleteUser(user);
    expect(user.state).toBe(UserState.Removed);
    await expect(realm.logIn(Credentials.emailPassword('deleted@example.com', 'secret1'))).rejects.toMatchObject({
      error: 'unauthorized',
    });
    expect((await enter('deleted@example.com')).id).not.toBe(user.id);
  });

  it('logs out without an error when the session is gone already', async () => {
    const user = await enter('gone@example.com');
    await server.admin.delete(app, user.id);
    await expect(user.logOut()).resolves.toBeUndefined();
  });

  it('B05: logs in the next user although the last one’s token is dead', async () => {
    const ada = await enter('dead@example.com');
    await server.admin.revokeSessions(app, ada.id);
    await expect(enter('next@example.com')).resolves.toMatchObject({ isLoggedIn: true });
  });

  it.each(['revokeSessions', 'disable', 'delete'] as const)('B09: gives up after %s', async (how) => {
    const user = await enter('ended@example.com');
    await server.admin[how](app, user.id);
    requests.reset();
    await expect(user.functions.callFunction('sum')).rejects.toBeInstanceOf(Error);
    await sleep(500);
    expect(requests.seen.length).toBeLessThanOrEqual(3);
    expect(user.isLoggedIn).toBe(false);
    expect(user.state).toBe(UserState.LoggedOut);
  });
});
