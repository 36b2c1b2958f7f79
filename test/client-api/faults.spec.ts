import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectJson } from '../support/expect-answer.js';
import { claimsOf } from '../support/tokens.js';
import { untilPast } from '../support/wait.js';

/** Faults of other systems; B01 is in races, B09 in test/sdk, B33 in cors, B51 in location, B55 in test/kill. */
let server: TestServer;
let client: ApiClient;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app({ accessTokenSeconds: 1 }));
});
afterAll(() => server.stop());

describe('B03: a blank put around the address', () => {
  it.each([
    ['space', ' '],
    ['tab', '\t'],
    ['no-break space', '\u00A0'],
    ['zero-width space', '\u200B'],
    ['byte order mark', '\uFEFF'],
    ['ideographic space', '\u3000'],
    ['line separator', '\u2028'],
  ])('is treated alike by register and login: %s', async (name, blank) => {
    const email = `${name.replaceAll(' ', '-')}@example.com`;
    await client.register({ email, password: 'secret1' });
    for (const username of [blank + email, email + blank, blank + email + blank]) {
      const login = await client.login('local-userpass', { username, password: 'secret1' });
      const register = await client.register({ email: username, password: 'secret1' });
      const trimmed = login.status === 200 && register.status === 409;
      const refused = [login, register].every(({ status, body }) => status === 400 && /email/.test(body.error));
      expect({ trimmed, refused, login: login.text, register: register.text }).toEqual(
        expect.objectContaining(login.status === 200 ? { trimmed: true } : { refused: true }),
      );
    }
  });
});

describe('B05: a login together with a dead token', () => {
  const dead: [string, () => Promise<string>][] = [
    ['an empty header', async () => ''],
    ['Bearer alone', async () => 'Bearer '],
    ['garbage', async () => 'Bearer garbage'],
    ['another scheme', async () => 'Basic YTpi'],
    ['a null in words', async () => 'Bearer null'],
    [
      'an expired token',
      async () => {
        const { accessToken } = await client.enterAnonymously();
        await untilPast(claimsOf(accessToken).exp);
        return `Bearer ${accessToken}`;
      },
    ],
    [
      'the token of a session that ended',
      async () => {
        const { accessToken, refreshToken } = await client.enterAnonymously();
        await client.logout(refreshToken);
        return `Bearer ${accessToken}`;
      },
    ],
    [
      'the token of a deleted user',
      async () => {
        const { accessToken } = await client.enterAnonymously();
        await client.deleteUser(accessToken);
        return `Bearer ${accessToken}`;
      },
    ],
    [
      'the token of another app',
      async () => {
        const other = server.client(await server.make.app());
        return `Bearer ${(await other.enterAnonymously()).accessToken}`;
      },
    ],
    ['a refresh token', async () => `Bearer ${(await client.enterAnonymously()).refreshToken}`],
  ];

  it.each(dead)('succeeds with %s', async (name, make) => {
    const authorization = await make();
    const username = `b05-${name.replaceAll(' ', '-')}@example.com`;
    expectJson(await client.register({ email: username, password: 'secret1' }, { authorization }), 201);
    expectJson(await client.login('local-userpass', { username, password: 'secret1' }, { authorization }), 200);
    expectJson(await client.login('anon-user', {}, { authorization }), 200);
    expectJson(await client.loginByGet({}, { authorization }), 200);
    expectJson(await client.location({ authorization }), 200);
  });

  it('opens a session of its own beside a living one', async () => {
    const { accessToken, userId } = await client.enterAnonymously();
    const answer = await client.login('anon-user', {}, { token: accessToken });
    expect(answer.body.user_id).not.toBe(userId);
    expect(claimsOf(answer.body.access_token).sid).not.toBe(claimsOf(accessToken).sid);
  });
});
