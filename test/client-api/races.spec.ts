import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RegistrationsService } from '../../src/providers/local-userpass/registrations.service.js';
import type { Answer, ApiClient } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectError, expectJson, INVALID_SESSION, REFRESH_TOKEN_NOT_FOUND } from '../support/expect-answer.js';

let server: TestServer;
let client: ApiClient;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app());
});
afterAll(() => server.stop());

const atOnce = <T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => call(index)));
const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort((a, b) => a - b);

/** The same address, each time in other letter case. */
function spelt(email: string, index: number): string {
  return Array.from(email, (letter, at) => ((index >> (at % 5)) & 1 ? letter.toUpperCase() : letter)).join('');
}

describe('B01: sign-ups for one address at the same time', () => {
  it.each([0, 1, 2])('have one winner, and the first logins one user (round %i)', async (round) => {
    const email = `race${round}@example.com`;
    const registered = await atOnce(20, (index) =>
      client.register({ email: spelt(email, index), password: 'secret1' }),
    );
    expect(statuses(registered)).toEqual([201, ...Array<number>(19).fill(409)]);
    for (const answer of registered.filter(({ status }) => status === 409)) {
      expectError(answer, { status: 409, code: 'AccountNameInUse', error: 'name already in use' });
    }
    const logins = await atOnce(20, (index) =>
      client.login('local-userpass', { username: spelt(email, index), password: 'secret1' }),
    );
    for (const answer of logins) expectJson(answer, 200);
    expect(new Set(logins.map(({ body }) => body.user_id)).size).toBe(1);
    expect(new Set(logins.map(({ body }) => body.refresh_token)).size).toBe(20);
  });

  it('with a password each: the winner’s counts, and no other', async () => {
    const email = 'own-password@example.com';
    const registered = await atOnce(24, (index) => client.register({ email, password: `secret ${index}` }));
    const winner = registered.findIndex(({ status }) => status === 201);
    expect(registered.filter(({ status }) => status === 201)).toHaveLength(1);
    expectJson(await client.login('local-userpass', { username: email, password: `secret ${winner}` }), 200);
    const loser = (winner + 1) % 24;
    expectError(await client.login('local-userpass', { username: email, password: `secret ${loser}` }), {
      status: 401,
    });
  });

  it('in two apps do not meet', async () => {
    const other = server.client(await server.make.app());
    const body = { email: 'both@example.com', password: 'secret1' };
    expect(statuses(await Promise.all([client.register(body), other.register(body)]))).toEqual([201, 201]);
  });

  it('mixed with first logins end in one user', async () => {
    const credentials = { username: 'mixed@example.com', password: 'secret1' };
    const answers = await atOnce(24, (index) =>
      index % 2 === 0
        ? client.register({ email: credentials.username, password: credentials.password })
        : client.login('local-userpass', credentials),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const users = answers.filter(({ status }) => status === 200).map(({ body }) => body.user_id);
    const { userId } = client.tokens(await client.login('local-userpass', credentials));
    expect(new Set([...users, userId]).size).toBe(1);
    for (const { status } of answers) expect([200, 201, 401, 409, 429]).toContain(status);
  });

  it('let a login in whose two looks, for the user and for the registration, have the first login between them', async () => {
    const credentials = { username: 'between@example.com', password: 'secret1' };
    await client.register({ email: credentials.username, password: credentials.password });
    const registrations = server.get(RegistrationsService);
    const consume = registrations.consume.bind(registrations);
    const find = registrations.find.bind(registrations);
    let first: Promise<Answer>;
    const secondHasNoUser = new Promise<void>((resolve) => {
      jest
        .spyOn(registrations, 'find')
        .mockImplementationOnce(find)
        .mockImplementationOnce(async (...args) => {
          resolve();
          await first;
          return find(...args);
        });
    });
    jest.spyOn(registrations, 'consume').mockImplementationOnce(async (...args) => {
      await secondHasNoUser;
      return consume(...args);
    });
    first = client.login('local-userpass', credentials);
    const both = await Promise.all([first, client.login('local-userpass', credentials)]);
    expect(statuses(both)).toEqual([200, 200]);
    expect(both[1].body.user_id).toBe(both[0].body.user_id);
  });
});

describe('one session used by many at once', () => {
  it('gives fifty refreshes fifty tokens, all good', async () => {
    const { refreshToken } = await client.enterAnonymously();
    const answers = await atOnce(50, () => client.refresh(refreshToken));
    expect(answers.every(({ status }) => status === 200 || status === 201)).toBe(true);
    expect(new Set(answers.map(({ body }) => body.access_token)).size).toBe(50);
    for (const { body } of answers) expectJson(await client.profile(body.access_token), 200);
  });

  it('stays ended once a logout was answered, whatever was in flight', async () => {
    for (let round = 0; round < 10; round++) {
      const { refreshToken, accessToken } = await client.enterAnonymously();
      const [loggedOut, ...refreshed] = await Promise.all([
        client.logout(refreshToken),
        ...Array.from({ length: 10 }, () => client.refresh(refreshToken)),
      ]);
      expect(loggedOut.status).toBe(204);
      for (const answer of refreshed) {
        if (answer.status >= 400) expectError(answer, REFRESH_TOKEN_NOT_FOUND);
        else expectError(await client.profile(answer.body.access_token), INVALID_SESSION);
      }
      expectError(await client.profile(accessToken), INVALID_SESSION);
    }
  });

  it('can be logged out by many, all told 204', async () => {
    const { refreshToken } = await client.enterAnonymously();
    expect(statuses(await atOnce(20, () => client.logout(refreshToken)))).toEqual(Array<number>(20).fill(204));
  });
});

describe('a user who is ended while logging in', () => {
  it.each(['disable', 'delete', 'revokeSessions'] as const)('keeps no session from before (%s)', async (how) => {
    const app = await server.make.app();
    const here = server.client(app);
    for (let round = 0; round < 5; round++) {
      const { id, email, password } = await server.make.emailUser(app);
      const login = () => here.login('local-userpass', { username: email, password });
      const first = here.tokens(await login());
      const racing = atOnce(8, login);
      await server.admin[how](app, id);
      expectError(await here.profile(first.accessToken), INVALID_SESSION);
      for (const answer of await racing) {
        expect([200, 401]).toContain(answer.status);
        if (answer.status !== 200 || how === 'revokeSessions') continue;
        expectError(await here.profile(answer.body.access_token), INVALID_SESSION);
        expectError(await here.refresh(answer.body.refresh_token), REFRESH_TOKEN_NOT_FOUND);
      }
    }
  });

  it('is deleted once by many', async () => {
    const { accessToken } = await client.enter('deleted-by-many@example.com', 'secret1');
    const answers = await atOnce(10, () => client.deleteUser(accessToken));
    expect(answers.some(({ status }) => status === 204)).toBe(true);
    for (const answer of answers.filter(({ status }) => status !== 204)) {
      expectError(answer, answer.status === 404 ? { status: 404, code: 'UserNotFound' } : INVALID_SESSION);
    }
  });

  it('leaves the address free for exactly one who registers', async () => {
    const { accessToken } = await client.enter('freed@example.com', 'secret1');
    await client.deleteUser(accessToken);
    const answers = await atOnce(12, () => client.register({ email: 'freed@example.com', password: 'secret2' }));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });
});

it('does not mix up users whose requests interleave', async () => {
  const users = await atOnce(20, (index) => client.enter(`inter${index}@example.com`, `secret ${index}`));
  const profiles = await atOnce(200, async (index) => {
    const user = users[index % 20];
    return { expected: user?.userId, answer: await client.profile(user?.accessToken) };
  });
  for (const { expected, answer } of profiles) expect(answer.body.user_id).toBe(expected);
});
