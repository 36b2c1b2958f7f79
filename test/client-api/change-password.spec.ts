import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CLIENT_PATH, type ApiClient, type Tokens } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

const PATH = `${CLIENT_PATH}/auth/password`;
const USER = { username: 'ann@example.com', password: 'correct horse' };
const CHANGE = { old_password: USER.password, password: 'battery staple' };

let server: TestServer;
let client: ApiClient;
let tokens: Tokens;

beforeAll(async () => {
  server = await createTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  client = server.client(await server.make.app());
  tokens = await client.enter(USER.username, USER.password);
});

const change = (body: unknown = CHANGE, token = tokens.accessToken) => client.request('PUT', PATH, { body, token });
const login = (password: string) => client.login('local-userpass', { ...USER, password });
const statusesOf = async ({ accessToken, refreshToken }: Tokens) => [
  (await client.profile(accessToken)).status,
  (await client.refresh(refreshToken)).status,
];

describe('a person who changes the password', () => {
  it('goes on in this session, and nowhere else', async () => {
    const other = client.tokens(await login(USER.password));
    const { status, text } = await change();
    expect([status, text]).toEqual([204, '']);
    expect(await statusesOf(tokens)).toEqual([200, 201]);
    expect(await statusesOf(other)).toEqual([401, 401]);
    expect((await login(USER.password)).status).toBe(401);
    expect(await statusesOf(client.tokens(await login(CHANGE.password)))).toEqual([200, 201]);
  });

  it('must know the old one, and is not logged out by a mistake', async () => {
    const other = client.tokens(await login(USER.password));
    const { status, body } = await change({ ...CHANGE, old_password: 'wrong' });
    expect([status, body.error_code]).toEqual([400, 'InvalidPassword']);
    for (const session of [tokens, other]) expect(await statusesOf(session)).toEqual([200, 201]);
    expect((await login(USER.password)).status).toBe(200);
  });

  it('does so once, when asked twice at the same time', async () => {
    const answers = await Promise.all([change(), change({ ...CHANGE, password: 'another staple' })]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 400]);
    const logins = [await login(CHANGE.password), await login('another staple')];
    expect(logins.map(({ status }) => status)).toEqual(answers[0].status === 204 ? [200, 401] : [401, 200]);
  });

  it('leaves a login with the old one that is under way without a session', async () => {
    const racing = Array.from({ length: 8 }, () => login(USER.password));
    const answer = await change();
    expect(answer.status).toBe(204);
    for (const { status, body } of await Promise.all(racing)) {
      if (status !== 200) expect(status).toBe(401);
      else expect((await client.refresh(body.refresh_token)).status).toBe(401);
    }
    expect(await statusesOf(tokens)).toEqual([200, 201]);
  });

  it('cannot be guessed at with a stolen token', async () => {
    const guesses = [];
    for (let count = 0; count < 25; count++) guesses.push((await change({ ...CHANGE, old_password: 'wrong' })).status);
    expect(guesses).toContain(429);
    expect((await change()).status).toBe(429);
  });

  it.each([
    {},
    { password: 'battery staple' },
    { old_password: USER.password },
    { old_password: USER.password, password: 7 },
    { old_password: { $ne: '' }, password: 'battery staple' },
    { old_password: USER.password, password: 'short' },
    { old_password: USER.password, password: 'x'.repeat(5_000) },
    [],
  ])('is told what is wrong with %j', async (body) => {
    expect((await change(body)).status).toBe(400);
    expect((await login(USER.password)).status).toBe(200);
  });

  it('has to have one', async () => {
    const { accessToken } = await client.enterAnonymously();
    const { status, body } = await change(CHANGE, accessToken);
    expect([status, body.error]).toEqual([400, 'the user has no local-userpass identity']);
  });
});
