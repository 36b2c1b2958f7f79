import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import { expectError, expectJson, INVALID_SESSION, NO_TOKEN } from '../support/expect-answer.js';

const HEX_ID = /^[0-9a-f]{24}$/;

let server: TestServer;
let client: ApiClient;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app());
});
afterAll(() => server.stop());

describe('GET profile', () => {
  it('shows an email user with plain ids and its address', async () => {
    const { accessToken, userId } = await client.enter('jo@example.com', 'secret1');
    const answer = await client.profile(accessToken);
    expectJson(answer, 200);
    expect(answer.body).toMatchObject({
      user_id: userId,
      domain_id: expect.stringMatching(HEX_ID),
      type: 'normal',
      data: { email: 'jo@example.com' },
    });
    expect(answer.body.identities).toEqual([
      { id: expect.any(String), provider_type: 'local-userpass', provider_id: expect.stringMatching(HEX_ID) },
    ]);
  });

  it('does not use the address as id of the identity', async () => {
    const { accessToken } = await client.enter('not-an-id@example.com', 'secret1');
    expect(JSON.stringify((await client.profile(accessToken)).body.identities)).not.toContain('example.com');
  });

  it('shows an anonymous user with one identity and empty data', async () => {
    const { accessToken } = await client.enterAnonymously();
    const { body } = await client.profile(accessToken);
    expect(body.data).toEqual({});
    expect(body.identities).toHaveLength(1);
    expect(body).not.toHaveProperty('name');
  });

  it('can be read at once after each of many logins', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { accessToken, userId } = await client.enterAnonymously();
        return { answer: await client.profile(accessToken), userId };
      }),
    );
    for (const { answer, userId } of answers) expect(answer.body.user_id).toBe(userId);
  });

  it('shows the same domain for all users of an app, and another for those of another app', async () => {
    const domainOf = async (of: ApiClient) =>
      (await of.profile((await of.enterAnonymously()).accessToken)).body.domain_id;
    const here = await domainOf(client);
    expect(await domainOf(client)).toBe(here);
    expect(await domainOf(server.client(await server.make.app()))).not.toBe(here);
  });

  it('is refused without a token', async () => {
    for (const authorization of [undefined, '', 'Bearer', 'Bearer ', 'Basic YTpi']) {
      expectError(await client.profile(undefined, { authorization }), NO_TOKEN);
    }
  });

  it('is refused with a refresh token', async () => {
    const { refreshToken } = await client.enterAnonymously();
    expectError(await client.profile(refreshToken), INVALID_SESSION);
  });

  it('is never stored by anyone on the way', async () => {
    const { accessToken } = await client.enterAnonymously();
    expect((await client.profile(accessToken)).headers.get('cache-control')).toContain('no-store');
  });
});
