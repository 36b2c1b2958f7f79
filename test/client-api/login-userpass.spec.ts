import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectClientError, expectError, expectJson, WRONG_PASSWORD } from '../support/expect-answer.js';

let server: TestServer;
let client: ApiClient;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app());
});
afterAll(() => server.stop());

const login = (username: unknown, password: unknown, to = client) => to.login('local-userpass', { username, password });

describe('email login', () => {
  it('opens a session for the right password', async () => {
    const app = await server.make.app();
    const ada = await server.make.emailUser(app, { password: 'correct horse' });
    server.told();
    const answer = await server.client(app).login('local-userpass', { username: ada.email, password: 'correct horse' });
    expectJson(answer, 200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      user_id: ada.id,
      device_id: expect.any(String),
    });
    expect(server.told()).toEqual(['beforeLogin', 'afterLogin']);
  });

  it('gives the same user each time, and a session of its own', async () => {
    const first = await client.enter('twice@example.com', 'secret1');
    const second = client.tokens(await login('twice@example.com', 'secret1'));
    expect(second.userId).toBe(first.userId);
    expect(second.refreshToken).not.toBe(first.refreshToken);
  });

  it('finds the address in any letter case and keeps the spelling that was registered', async () => {
    const { userId } = await client.enter('Ada.Lovelace@Example.com', 'secret1');
    const tokens = client.tokens(await login('ADA.LOVELACE@EXAMPLE.COM', 'secret1'));
    expect(tokens.userId).toBe(userId);
    expect((await client.profile(tokens.accessToken)).body.data).toEqual({ email: 'Ada.Lovelace@Example.com' });
  });

  it('finds an address in any Unicode, composed or not', async () => {
    const { userId } = await client.enter('Zo\u00EB@b\u00FCcher.example', 'secret1');
    expect(client.tokens(await login('zoe\u0308@bu\u0308cher.example', 'secret1')).userId).toBe(userId);
  });

  it('answers a wrong password, an unknown address and a deleted user alike', async () => {
    const gone = await client.enter('gone@example.com', 'secret1');
    await client.enter('here@example.com', 'secret1');
    await client.deleteUser(gone.accessToken);
    const answers = await Promise.all([
      login('here@example.com', 'secret2'),
      login('never@example.com', 'secret1'),
      login('gone@example.com', 'secret1'),
    ]);
    for (const answer of answers) expectError(answer, WRONG_PASSWORD);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('tells a disabled user so, but only who knows the password', async () => {
    const app = await server.make.app();
    const user = await server.make.emailUser(app, { password: 'secret1' });
    await server.admin.disable(app, user.id);
    expectError(await login(user.email, 'secret1', server.client(app)), {
      status: 401,
      code: 'UserDisabled',
      error: 'user disabled',
    });
    expectError(await login(user.email, 'secret2', server.client(app)), WRONG_PASSWORD);
  });

  it('lets an enabled user in again', async () => {
    const app = await server.make.app();
    const user = await server.make.emailUser(app, { password: 'secret1' });
    await server.admin.disable(app, user.id);
    await server.admin.enable(app, user.id);
    expectJson(await login(user.email, 'secret1', server.client(app)), 200);
  });

  it('wants `username`: `email` is the word of register', async () => {
    const { email, password } = await server.make.emailUser(await server.make.app());
    expectClientError(await client.login('local-userpass', { email, password }));
  });

  it('is refused where the provider is off', async () => {
    const other = server.client(await server.make.app({ providers: [{ type: 'anon-user' }] }));
    expectError(await login('a@example.com', 'secret1', other), {
      status: 404,
      code: 'AuthProviderNotFound',
      error: "authentication via 'local-userpass' is unsupported",
    });
  });

  it('takes what SDKs send beside the credentials', async () => {
    await client.enter('beside@example.com', 'secret1');
    const body = {
      username: 'beside@example.com',
      password: 'secret1',
      provider: 'local-userpass',
      options: {
        device: { sdkVersion: '2.0.1', platform: 'node', platformVersion: '20.20.2', appId: 'x', cpuArch: 'y' },
      },
    };
    expectJson(await client.login('local-userpass', body), 200);
  });
});

describe('passwords', () => {
  const enter = async (password: string) => {
    const username = `pw${Math.random()}@example.com`;
    await client.enter(username, password);
    return (given: string) => login(username, given);
  };

  it('count beyond the 72 bytes that bcrypt reads', async () => {
    const start = 'x'.repeat(72);
    const tryWith = await enter(`${start}right`);
    expectError(await tryWith(`${start}wrong`), WRONG_PASSWORD);
    expectError(await tryWith(start), WRONG_PASSWORD);
    expectJson(await tryWith(`${start}right`), 200);
  });

  it('of many bytes count to the last, at 128 characters of four bytes', async () => {
    const tryWith = await enter('\u{1F511}'.repeat(127) + '\u{1F512}');
    expectError(await tryWith('\u{1F511}'.repeat(128)), WRONG_PASSWORD);
    expectJson(await tryWith('\u{1F511}'.repeat(127) + '\u{1F512}'), 200);
  });

  it('count behind a NUL', async () => {
    const tryWith = await enter('secret\u0000one');
    expectError(await tryWith('secret\u0000two'), WRONG_PASSWORD);
    expectError(await tryWith('secret'), WRONG_PASSWORD);
    expectJson(await tryWith('secret\u0000one'), 200);
  });

  it('keep their blanks', async () => {
    const tryWith = await enter('  blanks  ');
    expectError(await tryWith('blanks'), WRONG_PASSWORD);
    expectJson(await tryWith('  blanks  '), 200);
  });

  it('keep their letter case', async () => {
    expectError(await (await enter('Secret1'))('secret1'), WRONG_PASSWORD);
  });

  it('are the same composed and decomposed', async () => {
    expectJson(await (await enter('cr\u00E8me br\u00FBl\u00E9e'))('cre\u0300me bru\u0302le\u0301e'), 200);
  });

  it.each([
    ['none', ''],
    ['a short one', 'x'],
    ['a long one', 'x'.repeat(10_000)],
    ['129 characters', 'x'.repeat(129)],
  ])('that nobody can have are refused alike for a known and an unknown address: %s', async (_what, password) => {
    await server.client(client.clientAppId).register({ email: 'lengths@example.com', password: 'secret1' });
    const [known, unknown] = [
      await login('lengths@example.com', password),
      await login('nobody@example.com', password),
    ];
    expectClientError(known);
    expect({ status: known.status, text: known.text }).toEqual({ status: unknown.status, text: unknown.text });
  });
});

describe('guesses', () => {
  it.each([
    ['a known', true],
    ['an unknown', false],
  ])('at %s address are stopped after at most 20', async (_what, known) => {
    const app = await server.make.app();
    const { email } = known ? await server.make.emailUser(app) : { email: 'unknown@example.com' };
    const answers = [];
    for (let guess = 0; guess < 25; guess++) answers.push(await login(email, `wrong ${guess}`, server.client(app)));
    const judged = answers.filter(({ status }) => status === 401);
    expect(judged.length).toBeGreaterThan(2);
    expect(judged.length).toBeLessThanOrEqual(20);
    for (const answer of answers.slice(judged.length)) {
      expectError(answer, { status: 429, code: 'TooManyRequests' });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.text).not.toContain(email);
    }
  });

  it('sent at once are no more than those sent in a row', async () => {
    const app = await server.make.app();
    const { email } = await server.make.emailUser(app);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, guess) => login(email, `wrong ${guess}`, server.client(app))),
    );
    expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(20);
    expect(answers.every(({ status }) => [401, 429, 503].includes(status))).toBe(true);
  });

  it('that were right are not counted', async () => {
    const app = await server.make.app();
    const { email, password } = await server.make.emailUser(app);
    for (let round = 0; round < 25; round++) expectJson(await login(email, password, server.client(app)), 200);
  });
});
