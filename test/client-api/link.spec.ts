import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, ApiClient, Tokens } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';

let server: TestServer;
let client: ApiClient;
let count = 0;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app());
});
afterAll(() => server.stop());

const newEmail = () => `link${(count += 1)}@example.com`;

function link(
  accessToken: string,
  username: string,
  password = 'secret1',
  provider = 'local-userpass',
): Promise<Answer> {
  const path = `${client.appPath}/auth/providers/${provider}/login?link=true`;
  return client.request('POST', path, { body: { username, password }, token: accessToken });
}

async function registered(): Promise<string> {
  const email = newEmail();
  await client.register({ email, password: 'secret1' });
  return email;
}

/** After a refusal the SDKs go on with the session they have. */
async function expectUntouched({ accessToken, refreshToken, userId }: Tokens): Promise<void> {
  const { body } = await client.profile(accessToken);
  expect(body).toMatchObject({ user_id: userId, identities: [{ provider_type: 'anon-user' }] });
  expect([200, 201]).toContain((await client.refresh(refreshToken)).status);
}

describe('a link', () => {
  it('adds the email to the anonymous user, who stays the same', async () => {
    const anonymous = await client.enterAnonymously();
    const email = await registered();
    const answer = await link(anonymous.accessToken, email);
    expectJson(answer, 200);
    expect(answer.body.user_id).toBe(anonymous.userId);
    expect(answer.body.device_id).toMatch(/^[0-9a-f]{24}$/);
    expect(answer.body).not.toHaveProperty('refresh_token');
    const { body } = await client.profile(answer.body.access_token);
    expect(body.identities).toMatchObject([{ provider_type: 'anon-user' }, { provider_type: 'local-userpass' }]);
    expect(body.data).toEqual({ email });
  });

  it('leads each later login with the email to that user', async () => {
    const anonymous = await client.enterAnonymously();
    const email = await registered();
    await link(anonymous.accessToken, email);
    const { userId } = client.tokens(await client.login('local-userpass', { username: email, password: 'secret1' }));
    expect(userId).toBe(anonymous.userId);
  });

  it('keeps the session that linked', async () => {
    const anonymous = await client.enterAnonymously();
    await link(anonymous.accessToken, await registered());
    expect([200, 201]).toContain((await client.refresh(anonymous.refreshToken)).status);
  });

  it('has one winner when two users want the same email', async () => {
    const users = await Promise.all(Array.from({ length: 8 }, () => client.enterAnonymously()));
    const email = await registered();
    const answers = await Promise.all(users.map(({ accessToken }) => link(accessToken, email)));
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectError(answer, { status: 409 });
    const { userId } = client.tokens(await client.login('local-userpass', { username: email, password: 'secret1' }));
    expect(winners[0]?.body.user_id).toBe(userId);
  });
});

describe('B17: a link that is refused never with 401, and the session lives on', () => {
  it('for a wrong password and an unknown address alike', async () => {
    const anonymous = await client.enterAnonymously();
    const answers = [
      await link(anonymous.accessToken, await registered(), 'secret2'),
      await link(anonymous.accessToken, newEmail()),
    ];
    for (const answer of answers) {
      expect(answer.status).not.toBe(401);
      expectError(answer, { status: answer.status, code: 'InvalidPassword', error: 'invalid username/password' });
    }
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    await expectUntouched(anonymous);
  });

  it('for an email that belongs to another user', async () => {
    const anonymous = await client.enterAnonymously();
    const email = newEmail();
    await client.enter(email, 'secret1');
    expectError(await link(anonymous.accessToken, email), {
      status: 409,
      code: 'AccountNameInUse',
      error: 'a user already exists with the specified provider',
    });
    await expectUntouched(anonymous);
  });

  it('for a second email', async () => {
    const user = await client.enter(newEmail(), 'secret1');
    expectError(await link(user.accessToken, await registered()), {
      status: 400,
      code: 'BadRequest',
      error: 'linking a local-userpass identity is not allowed when one is already linked',
    });
    expectJson(await client.profile(user.accessToken), 200);
  });

  it('for an anonymous identity', async () => {
    const user = await client.enter(newEmail(), 'secret1');
    expectError(await link(user.accessToken, '', '', 'anon-user'), {
      status: 400,
      code: 'BadRequest',
      error: 'linking an anonymous identity is not allowed',
    });
  });

  it('until the address is registered: then the same call succeeds and keeps the id', async () => {
    const anonymous = await client.enterAnonymously();
    const email = newEmail();
    expect((await link(anonymous.accessToken, email)).status).not.toBe(200);
    await client.register({ email, password: 'secret1' });
    expect((await link(anonymous.accessToken, email)).body.user_id).toBe(anonymous.userId);
  });
});
