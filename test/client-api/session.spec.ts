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
} from '../support/expect-answer.js';
import { FakeClock } from '../support/fake-clock.js';
import { claimsOf, withBrokenSignature } from '../support/tokens.js';
import { untilPast } from '../support/wait.js';

const NOT_OURS = { status: 401, code: null, error: 'invalid session: failed to find refresh token' };
/** What 3.x clients send with every request, also with those that have no body. */
const JSON_WITHOUT_BODY = { accept: 'application/json', 'content-type': 'application/json' };

let server: TestServer;
let client: ApiClient;
beforeAll(async () => {
  server = await createTestServer();
});
beforeAll(async () => {
  client = server.client(await server.make.app());
});
afterAll(() => server.stop());

const expectRefreshed = (status: number) => expect([200, 201]).toContain(status);

describe('refresh', () => {
  it('gives a new access token and nothing else', async () => {
    const { accessToken, refreshToken } = await client.enterAnonymously();
    const answer = await client.refresh(refreshToken);
    expectRefreshed(answer.status);
    expectJson(answer, answer.status);
    expect(Object.keys(answer.body)).toEqual(['access_token']);
    expect(answer.body.access_token).not.toBe(accessToken);
    expectJson(await client.profile(answer.body.access_token), 200);
  });

  it('leaves the old access token as it was', async () => {
    const { accessToken, refreshToken } = await client.enterAnonymously();
    await client.refresh(refreshToken);
    expectJson(await client.profile(accessToken), 200);
  });

  it('names the same session, user and device', async () => {
    const { accessToken, refreshToken } = await client.enterAnonymously();
    const old = claimsOf(accessToken);
    const {
      sub,
      sid,
      aud,
      iss,
      epoch,
      baas_device_id: device,
    } = claimsOf((await client.refresh(refreshToken)).body.access_token);
    expect({ sub, sid, aud, iss, epoch, device }).toEqual({
      sub: old.sub,
      sid: old.sid,
      aud: old.aud,
      iss: old.iss,
      epoch: old.epoch,
      device: old.baas_device_id,
    });
  });

  it('takes a JSON content type without a body', async () => {
    const { refreshToken } = await client.enterAnonymously();
    expectRefreshed((await client.refresh(refreshToken, { headers: JSON_WITHOUT_BODY })).status);
  });

  it('brings back a client whose access token expired', async () => {
    const short = server.client(await server.make.app({ accessTokenSeconds: 1 }));
    const { accessToken, refreshToken } = await short.enterAnonymously();
    await untilPast(claimsOf(accessToken).exp);
    expectError(await short.profile(accessToken), {
      ...INVALID_SESSION,
      error: /invalid session: access token expired/,
    });
    const { body } = await short.refresh(refreshToken);
    expectJson(await short.profile(body.access_token), 200);
  });

  it.each([
    ['no token', undefined],
    ['an empty header', ''],
    ['no token behind Bearer', 'Bearer '],
    ['another scheme', 'Basic YTpi'],
  ])('is refused with %s', async (_what, authorization) => {
    expectError(await client.refresh(undefined, { authorization }), NO_TOKEN);
  });

  it('is refused with garbage', async () => {
    const { refreshToken } = await client.enterAnonymously();
    const garbage = [
      'garbage',
      'a.b.c',
      '..',
      withBrokenSignature(refreshToken),
      `${refreshToken}x`,
      refreshToken.slice(0, -2),
    ];
    for (const token of garbage) expectError(await client.refresh(token), REFRESH_TOKEN_NOT_FOUND);
  });

  it('is refused with an access token', async () => {
    const { accessToken } = await client.enterAnonymously();
    expectError(await client.refresh(accessToken), INVALID_SESSION);
  });

  it('is refused for users who are disabled or deleted, or whose sessions were revoked', async () => {
    const app = await server.make.app();
    for (const end of [server.admin.disable, server.admin.delete, server.admin.revokeSessions]) {
      const { userId, accessToken, refreshToken } = await server.client(app).enterAnonymously();
      await end(app, userId);
      expectError(await server.client(app).refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
      expectError(await server.client(app).profile(accessToken), INVALID_SESSION);
    }
  });

  it('stays refused when a disabled user is enabled again', async () => {
    const app = await server.make.app();
    const { userId, accessToken, refreshToken } = await server.client(app).enterAnonymously();
    await server.admin.disable(app, userId);
    await server.admin.enable(app, userId);
    expectError(await server.client(app).refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
    expectError(await server.client(app).profile(accessToken), INVALID_SESSION);
  });
});

describe('logout', () => {
  it('answers 204 without a body and without a content type', async () => {
    const { refreshToken } = await client.enterAnonymously();
    expectEmpty(await client.logout(refreshToken));
  });

  it('ends the session at once, its access token included', async () => {
    const { accessToken, refreshToken } = await client.enterAnonymously();
    await client.profile(accessToken);
    await client.logout(refreshToken);
    expectError(await client.profile(accessToken), INVALID_SESSION);
    expectError(await client.refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
  });

  it('leaves the user’s other sessions alone', async () => {
    const one = await client.enter('devices@example.com', 'secret1');
    const answer = await client.login('local-userpass', { username: 'devices@example.com', password: 'secret1' });
    const other = client.tokens(answer);
    await client.logout(one.refreshToken);
    expectJson(await client.profile(other.accessToken), 200);
    expectRefreshed((await client.refresh(other.refreshToken)).status);
  });

  it('takes a JSON content type without a body', async () => {
    const { refreshToken } = await client.enterAnonymously();
    expectEmpty(await client.logout(refreshToken, { headers: JSON_WITHOUT_BODY }));
  });

  it('answers 204 again for a session that is gone, however it went', async () => {
    const app = await server.make.app();
    const here = server.client(app);
    const ended = await here.enterAnonymously();
    await here.logout(ended.refreshToken);
    expectEmpty(await here.logout(ended.refreshToken));
    for (const end of [server.admin.disable, server.admin.delete, server.admin.revokeSessions]) {
      const { userId, refreshToken } = await here.enterAnonymously();
      await end(app, userId);
      expectEmpty(await here.logout(refreshToken));
    }
  });

  it('refuses a token that was never ours, without a code that would log out the active user', async () => {
    const { refreshToken } = await client.enterAnonymously();
    for (const token of ['garbage', 'a.b.c', withBrokenSignature(refreshToken)]) {
      expectError(await client.logout(token), NOT_OURS);
    }
    expectRefreshed((await client.refresh(refreshToken)).status);
  });

  it('refuses an access token, and the session lives on', async () => {
    const { accessToken, refreshToken } = await client.enterAnonymously();
    expectError(await client.logout(accessToken), { status: 401 });
    expectRefreshed((await client.refresh(refreshToken)).status);
  });

  it('is refused without a token', async () => {
    expectError(await client.logout(), NO_TOKEN);
  });
});

describe('age', () => {
  it('ends an email session, refused at refresh and still logged out with 204', async () => {
    const clock = new FakeClock();
    const aged = await createTestServer({ clock });
    try {
      const here = aged.client(await aged.make.app({ refreshTokenSeconds: 3_600 }));
      const { refreshToken } = await here.enter('old@example.com', 'secret1');
      clock.advance(3_590);
      expectRefreshed((await here.refresh(refreshToken)).status);
      clock.advance(20);
      expectError(await here.refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
      expectEmpty(await here.logout(refreshToken));
    } finally {
      await aged.stop();
    }
  });

  it('ends access to the second, also for a token that was seen before', async () => {
    const clock = new FakeClock();
    const aged = await createTestServer({ clock });
    try {
      const here = aged.client(await aged.make.app({ accessTokenSeconds: 60 }));
      const { accessToken } = await here.enterAnonymously();
      clock.advance(58);
      expectJson(await here.profile(accessToken), 200);
      clock.advance(3);
      expectError(await here.profile(accessToken), {
        ...INVALID_SESSION,
        error: /invalid session: access token expired/,
      });
    } finally {
      await aged.stop();
    }
  });
});
