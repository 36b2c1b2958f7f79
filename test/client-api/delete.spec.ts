import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import {
  expectEmpty,
  expectError,
  expectJson,
  INVALID_SESSION,
  NO_TOKEN,
  REFRESH_TOKEN_NOT_FOUND,
  WRONG_PASSWORD,
} from '../support/expect-answer.js';

let server: TestServer;
let client: ApiClient;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app());
});
afterAll(() => server.stop());

describe('DELETE user', () => {
  it('answers 204 without a body', async () => {
    expectEmpty(await client.deleteUser((await client.enterAnonymously()).accessToken));
  });

  it('ends every session of the user at once', async () => {
    const one = await client.enter('leaves@example.com', 'secret1');
    const answer = await client.login('local-userpass', { username: 'leaves@example.com', password: 'secret1' });
    const other = client.tokens(answer);
    await client.deleteUser(one.accessToken);
    for (const { accessToken, refreshToken } of [one, other]) {
      expectError(await client.profile(accessToken), INVALID_SESSION);
      expectError(await client.refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
      expectError(await client.deleteUser(accessToken), INVALID_SESSION);
    }
  });

  it('lets realm-web log out afterwards, as it does', async () => {
    const { accessToken, refreshToken } = await client.enterAnonymously();
    await client.deleteUser(accessToken);
    expectEmpty(await client.logout(refreshToken));
  });

  it('frees the address, and the next who has it is another user', async () => {
    const { accessToken, userId } = await client.enter('again@example.com', 'secret1');
    await client.deleteUser(accessToken);
    expectError(
      await client.login('local-userpass', { username: 'again@example.com', password: 'secret1' }),
      WRONG_PASSWORD,
    );
    const next = await client.enter('again@example.com', 'secret2');
    expect(next.userId).not.toBe(userId);
    expectError(
      await client.login('local-userpass', { username: 'again@example.com', password: 'secret1' }),
      WRONG_PASSWORD,
    );
  });

  it('touches no other user', async () => {
    const [stays, goes] = [await client.enterAnonymously(), await client.enterAnonymously()];
    await client.deleteUser(goes.accessToken);
    expectJson(await client.profile(stays.accessToken), 200);
  });

  it('tells the hooks of deletion', async () => {
    const { accessToken } = await client.enterAnonymously();
    server.told();
    await client.deleteUser(accessToken);
    expect(server.told()).toEqual(['beforeDeletion', 'afterDeletion']);
  });

  it('is refused with a refresh token, and nothing is deleted', async () => {
    const { accessToken, refreshToken } = await client.enterAnonymously();
    expectError(await client.deleteUser(refreshToken), INVALID_SESSION);
    expectJson(await client.profile(accessToken), 200);
  });

  it('is refused without a token', async () => {
    expectError(await client.deleteUser(), NO_TOKEN);
  });
});
