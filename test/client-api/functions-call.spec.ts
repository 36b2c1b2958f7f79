import { afterAll, beforeAll, describe, it } from '@jest/globals';
import type { ApiClient } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectClientError, expectError, INVALID_SESSION, NO_TOKEN } from '../support/expect-answer.js';
import { claimsOf } from '../support/tokens.js';
import { untilPast } from '../support/wait.js';

const NOT_FOUND = { status: 404, code: 'FunctionNotFound' };

let server: TestServer;
let client: ApiClient;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app());
});
afterAll(() => server.stop());

describe('POST functions/call', () => {
  it('knows no function', async () => {
    const { accessToken } = await client.enterAnonymously();
    expectError(await client.callFunction(accessToken), NOT_FOUND);
  });

  it.each([
    [
      'canonical numbers',
      { name: 'sum', arguments: [{ $numberInt: '1' }, { $numberLong: '2' }, { $numberDouble: '0.5' }] },
    ],
    [
      'ids, dates and bytes',
      { name: 'f', arguments: [{ $oid: '5f0c00000000000000000001' }, { $date: { $numberLong: '0' } }] },
    ],
    ['plain values', { name: 'f', arguments: [1, 'a', null, true, { a: [1] }] }],
    ['a service', { name: 'f', arguments: [], service: 'mongodb-atlas' }],
  ])('takes %s', async (_what, body) => {
    const { accessToken } = await client.enterAnonymously();
    expectError(await client.callFunction(accessToken, body), NOT_FOUND);
  });

  it('looks at the token first', async () => {
    expectError(await client.callFunction(), NO_TOKEN);
    expectError(await client.callFunction('garbage'), { status: 401, code: 'InvalidSession' });
    expectError(await client.callFunction((await client.enterAnonymously()).refreshToken), INVALID_SESSION);
  });

  it('tells of an expired token, so that SDKs refresh it', async () => {
    const short = server.client(await server.make.app({ accessTokenSeconds: 1 }));
    const { accessToken } = await short.enterAnonymously();
    await untilPast(claimsOf(accessToken).exp);
    expectError(await short.callFunction(accessToken), { ...INVALID_SESSION, error: /access token expired/ });
  });

  it('refuses the token of another app without sending the SDK into a loop', async () => {
    const other = server.client(await server.make.app());
    const { accessToken } = await other.enterAnonymously();
    const answer = await client.callFunction(accessToken);
    expectClientError(answer);
    expectError(answer, { status: 403 });
  });
});
