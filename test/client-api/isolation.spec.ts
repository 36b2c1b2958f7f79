import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLIENT_PATH } from '../support/client.js';
import type { ApiClient, Tokens } from '../support/client.js';
import { createTestServer } from '../support/create-test-server.js';
import type { TestServer } from '../support/create-test-server.js';
import {
  expectEmpty,
  expectError,
  expectJson,
  INVALID_SESSION,
  NO_TOKEN,
  WRONG_PASSWORD,
} from '../support/expect-answer.js';
import { guardedRoutes, openRoutes, tokenOf } from '../support/guarded-routes.js';
import { routesOf } from '../support/routes.js';
import { claimsOf } from '../support/tokens.js';
import { untilPast } from '../support/wait.js';

let server: TestServer;
beforeAll(async () => {
  server = await createTestServer();
});
afterAll(() => server.stop());

/** Tokens that were good once, by what happened to them. */
const endings: [string, (client: ApiClient, tokens: Tokens) => Promise<unknown>][] = [
  ['logged out', (client, { refreshToken }) => client.logout(refreshToken)],
  ['deleted', (client, { accessToken }) => client.deleteUser(accessToken)],
];

describe.each(guardedRoutes)('$name', ({ kind, inApp, call, ownAnswer }) => {
  let client: ApiClient;
  beforeAll(async () => {
    client = server.client(await server.make.app());
  });

  it('is refused without a token', async () => {
    for (const authorization of [undefined, '', 'Bearer', 'Bearer ', 'Basic YTpi', 'bearer']) {
      expectError(await call(client, undefined, { authorization }), NO_TOKEN);
    }
  });

  it('is refused with a token of the other kind', async () => {
    const tokens = await client.enterAnonymously();
    const other = tokenOf(tokens, kind === 'access' ? 'refresh' : 'access');
    expectError(await call(client, other), ownAnswer ? { status: 401 } : INVALID_SESSION);
    expectJson(await client.profile(tokens.accessToken), 200);
  });

  it.each(endings)('has no use for the token of a user who %s', async (_how, end) => {
    const tokens = await client.enterAnonymously();
    await end(client, tokens);
    const answer = await call(client, tokenOf(tokens, kind));
    if (ownAnswer) expectEmpty(answer);
    else expectError(answer, INVALID_SESSION);
  });

  it('has no use for the token of a user who was disabled, nor after enabling', async () => {
    const app = await server.make.app();
    const here = server.client(app);
    const tokens = await here.enterAnonymously();
    for (const change of [server.admin.disable, server.admin.enable]) {
      await change(app, tokens.userId);
      const answer = await call(here, tokenOf(tokens, kind));
      if (ownAnswer) expectEmpty(answer);
      else expectError(answer, INVALID_SESSION);
    }
  });

  if (kind === 'access') {
    it('is refused with an expired token', async () => {
      const short = server.client(await server.make.app({ accessTokenSeconds: 1 }));
      const { accessToken } = await short.enterAnonymously();
      await untilPast(claimsOf(accessToken).exp);
      expectError(await call(short, accessToken), {
        ...INVALID_SESSION,
        error: /invalid session: access token expired/,
      });
    });
  }

  if (inApp) {
    it('is refused to users of another app, in a way that starts no refresh', async () => {
      const other = await server.client(await server.make.app()).enterAnonymously();
      expectError(await call(client, tokenOf(other, kind)), { status: 403 });
    });
  }
});

describe('two apps with a user of the same address', () => {
  const credentials = { username: 'same@example.com', password: 'of app one' };

  it('have two users, each with a password and a life of its own', async () => {
    const [one, other] = [server.client(await server.make.app()), server.client(await server.make.app())];
    const here = await one.enter(credentials.username, credentials.password);
    expectError(await other.login('local-userpass', credentials), WRONG_PASSWORD);
    const there = await other.enter(credentials.username, 'of app two');
    expect(there.userId).not.toBe(here.userId);
    expectError(await other.login('local-userpass', credentials), WRONG_PASSWORD);
    await other.deleteUser(there.accessToken);
    expectJson(await one.login('local-userpass', credentials), 200);
    expectJson(await one.profile(here.accessToken), 200);
  });

  it('count wrong guesses apart', async () => {
    const [one, other] = [await server.make.app(), await server.make.app()];
    const user = await server.make.emailUser(other);
    const guess = { username: user.email, password: 'wrong 1' };
    for (let count = 0; count < 25; count++) await server.client(one).login('local-userpass', guess);
    const right = { username: user.email, password: user.password };
    expectJson(await server.client(other).login('local-userpass', right), 200);
  });
});

it('cannot disable, enable or delete a user through another app', async () => {
  const [one, other] = [await server.make.app(), await server.make.app()];
  const { userId, accessToken } = await server.client(one).enterAnonymously();
  for (const change of [server.admin.disable, server.admin.enable, server.admin.delete, server.admin.revokeSessions]) {
    await expect(change(other, userId)).rejects.toMatchObject({ code: 'UserNotFound' });
  }
  expectJson(await server.client(one).profile(accessToken), 200);
});

it.each(['nobody-abcde', 'demo', '__proto__', 'constructor', '%00', '%24ne', '..%2f..', 'ä', 'x'.repeat(500)])(
  'knows no app called %s, on any route',
  async (clientAppId) => {
    const nobody = server.client(clientAppId);
    for (const [route, answer] of openRoutes(nobody)) {
      const { status, body } = await answer;
      expect({ route, status }).toEqual({ route, status: 404 });
      expect(body.error).toMatch(/^cannot find app using Client App ID '/);
      expect(body).not.toHaveProperty('error_code');
    }
  },
);

it('finds an app by the exact spelling of its id alone', async () => {
  const app = await server.make.app();
  for (const spelling of [app.clientAppId.toUpperCase(), `${app.clientAppId}%20`, app._id.toHexString()]) {
    expectError(await server.client(spelling).location(), { status: 404 });
  }
});

/** Routes of the client API that ask for no token, and why that is right. */
const PUBLIC = [
  /\/app\/:\w+\/location$/,
  /\/app\/:\w+\/\.well-known\//,
  // What a login page shows to everybody: names, and nothing that is configured.
  /\/app\/:\w+\/auth\/providers$/,
  // Looked at only to link, which the table above has.
  /\/auth\/providers\/(:\w+|anon-user)\/login$/,
  /\/auth\/providers\/local-userpass\//,
  // Pages that a mail leads to: the token is in the link.
  /\/auth\/pages\//,
  // Where a browser goes: what it must bring is the state or the ticket in the address.
  /\/v2\.0\/auth\/(callback$|link\/)/,
  // Servers authenticate in the body, as the RFCs want it.
  /\/auth\/(revoke|introspect)$/,
  // What is signed and names ids alone.
  /\/app\/:\w+\/revocations(\/stream)?$/,
];

it('asks for a token on every route of the client API that is not listed as public', async () => {
  const client = server.client(await server.make.app());
  const routes = routesOf(server).filter(({ path }) => path.startsWith(CLIENT_PATH) && path !== `${CLIENT_PATH}/*`);
  expect(routes.length).toBeGreaterThan(guardedRoutes.length);
  for (const { method, path } of routes.filter(({ path }) => !PUBLIC.some((known) => known.test(path)))) {
    const real = path
      .replace(/\/app\/:\w+/, `/app/${client.clientAppId}`)
      .replaceAll(/:\w+/g, '5f0c00000000000000000001');
    for (const token of [undefined, 'garbage']) {
      const { status } = await client.request(method, real, { token });
      expect({ method, path, token, status }).toEqual({ method, path, token, status: 401 });
    }
  }
});
