import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';

const IN_USE = { status: 409, code: 'AccountNameInUse', error: 'name already in use' };
const BAD_PASSWORD = { status: 400, code: 'BadRequest', error: 'password must be between 6 and 128 characters' };
const BAD_EMAIL = { status: 400, code: 'BadRequest', error: 'email invalid' };

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

const newEmail = () => `new${(count += 1)}@example.com`;

describe('POST register', () => {
  it('answers 201 and an empty object, which 3.x clients parse', async () => {
    const answer = await client.register({ email: newEmail(), password: 'secret1' });
    expectJson(answer, 201);
    expect(answer.text).toBe('{}');
  });

  it('tells the hooks of registration, and of no login', async () => {
    server.told();
    await client.register({ email: newEmail(), password: 'secret1' });
    expect(server.told()).toEqual(['beforeRegistration', 'afterRegistration']);
  });

  it('refuses an address that is registered and confirmed', async () => {
    const email = newEmail();
    await client.register({ email, password: 'secret1' });
    expectError(await client.register({ email, password: 'secret2' }), IN_USE);
    expectError(await client.register({ email: email.toUpperCase(), password: 'secret2' }), IN_USE);
    expectJson(await client.login('local-userpass', { username: email, password: 'secret1' }), 200);
  });

  it('refuses an address that has logged in', async () => {
    const email = newEmail();
    await client.enter(email, 'secret1');
    expectError(await client.register({ email, password: 'secret1' }), IN_USE);
  });

  it('refuses the same address spelt with combining marks', async () => {
    await client.register({ email: 'zo\u00EB@example.com', password: 'secret1' });
    expectError(await client.register({ email: 'ZOE\u0308@example.com', password: 'secret1' }), IN_USE);
  });

  it.each(['Bearer', 'Bearer garbage', 'Basic YTpi', 'x'.repeat(500)])(
    'ignores Authorization: %s',
    async (authorization) => {
      expectJson(await client.register({ email: newEmail(), password: 'secret1' }, { authorization }), 201);
    },
  );

  it('ignores the access token of the current user, living, ended or of another app', async () => {
    const other = server.client(await server.make.app());
    const [living, ended, foreign] = [
      await client.enterAnonymously(),
      await client.enterAnonymously(),
      await other.enterAnonymously(),
    ];
    await client.logout(ended.refreshToken);
    for (const { accessToken: token } of [living, ended, foreign]) {
      expectJson(await client.register({ email: newEmail(), password: 'secret1' }, { token }), 201);
    }
  });

  it('ignores fields that nobody knows', async () => {
    const email = newEmail();
    await client.register({ email, password: 'secret1', _id: 'x', role: 'admin', disabled: true, data: { name: 'x' } });
    const { accessToken } = client.tokens(
      await client.login('local-userpass', { username: email, password: 'secret1' }),
    );
    expect((await client.profile(accessToken)).body.data).toEqual({ email });
  });

  it('is refused where the provider is off', async () => {
    const other = server.client(await server.make.app({ providers: [{ type: 'anon-user' }] }));
    expectError(await other.register({ email: newEmail(), password: 'secret1' }), {
      status: 404,
      code: 'AuthProviderNotFound',
    });
  });
});

describe('the password', () => {
  it.each([
    ['6 letters', 'x'.repeat(6)],
    ['128 letters', 'x'.repeat(128)],
    ['6 of four bytes each', '\u{1F511}'.repeat(6)],
    ['128 of four bytes each', '\u{1F511}'.repeat(128)],
    ['128 once composed, 256 as sent', 'e\u0301'.repeat(128)],
    ['6 blanks', ' '.repeat(6)],
  ])('may have %s', async (_what, password) => {
    expectJson(await client.register({ email: newEmail(), password }), 201);
  });

  it.each([
    ['none', ''],
    ['5 letters', 'x'.repeat(5)],
    ['129 letters', 'x'.repeat(129)],
    ['5 of four bytes each', '\u{1F511}'.repeat(5)],
    ['5 once composed, 10 as sent', 'e\u0301'.repeat(5)],
    ['50,000 letters', 'x'.repeat(50_000)],
  ])('may not have %s', async (_what, password) => {
    expectError(await client.register({ email: newEmail(), password }), BAD_PASSWORD);
  });
});

describe('the address', () => {
  it.each([
    'a@b',
    'with+plus@example.com',
    "o'hara@example.com",
    '"quoted"@example.com',
    'ünï@例え.jp',
    '\u{1F511}@example.com',
    '.dots..@-example-',
    '$where@example.com',
    `${'x'.repeat(116)}@example.com`,
  ])('may be %s', async (email) => {
    expectJson(await client.register({ email, password: 'secret1' }), 201);
    expectJson(await client.login('local-userpass', { username: email, password: 'secret1' }), 200);
  });

  it.each([
    ['empty', ''],
    ['only a sign', '@'],
    ['without a sign', 'example.com'],
    ['without a domain', 'a@'],
    ['without a name', '@example.com'],
    ['with two signs', 'a@b@example.com'],
    ['with a blank inside', 'a b@example.com'],
    ['with a line break', 'a@example.com\nbcc: b@example.com'],
    ['with CRLF', 'a@example.com\r\n'],
    ['with NUL', 'a\u0000@example.com'],
    ['with a control character', 'a\u0007@example.com'],
    ['with DEL', 'a\u007F@example.com'],
    ['of 129 characters', `${'x'.repeat(117)}@example.com`],
    ['of 50,000 characters', `${'x'.repeat(50_000)}@example.com`],
  ])('may not be %s', async (_what, email) => {
    expectError(await client.register({ email, password: 'secret1' }), BAD_EMAIL);
  });
});
