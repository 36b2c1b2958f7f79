import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { ObjectId } from 'mongodb';
import { LateLoginsService } from '../../src/sessions/late-logins.service.js';
import { SessionsService } from '../../src/sessions/sessions.service.js';
import { UsersService } from '../../src/users/users.service.js';
import type { App } from '../../src/apps/app.model.js';
import { CLIENT_PATH, type ApiClient, type Tokens } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { Verifier, type VerifierError } from '../../src/verifier/index.js';
import { claimsOf } from '../support/tokens.js';
import { waitUntil } from '../support/wait.js';

const PASSWORD = 'correct horse';
const A_SECOND = 1_000;

let here: TestServer;
let there: TestServer;
let admin: AdminClient;
let app: App;
/** Of a backend that follows the instance on which nobody is logged out. */
let verifier: Verifier;

beforeAll(async () => {
  here = await createTestServer();
  there = await createTestServer({ sharing: here });
  admin = await makeAdmin(here);
  app = await here.make.app({
    providers: [{ type: 'local-userpass', settings: { config: { autoConfirm: true } } }, { type: 'custom-token' }],
  });
  const issuer = `${here.publicUrl}/api/client/v2.0/app/${app.clientAppId}`;
  verifier = new Verifier({ issuer, url: issuer.replace(here.publicUrl, there.baseUrl) });
});
afterAll(async () => {
  verifier.close();
  await there.stop();
  await here.stop();
});

interface Ending {
  /** `ended` is to be over; `other` is another session of the same user. */
  ended: Tokens;
  other: Tokens;
  client: ApiClient;
}

const users = () => `${admin.app(app)}/users`;
const own = (method: string, path: string, token: string, body?: unknown) =>
  here.client(app).request(method, `${CLIENT_PATH}/auth/${path}`, { token, ...(body ? { body } : {}) });
const sidOf = ({ accessToken }: Tokens): string => claimsOf(accessToken).sid as string;

const endings: [string, (ending: Ending) => Promise<{ status: number }>][] = [
  ['a logout', ({ ended, client }) => client.logout(ended.refreshToken)],
  [
    'its user, from another session',
    ({ ended, other }) => own('DELETE', `sessions/${sidOf(ended)}`, other.accessToken),
  ],
  ['signing out everywhere else', ({ other }) => own('DELETE', 'sessions?except=current', other.accessToken)],
  [
    'a change of password',
    ({ other }) => own('PUT', 'password', other.accessToken, { old_password: PASSWORD, password: 'battery staple' }),
  ],
  ['its user being deleted by itself', ({ other, client }) => client.deleteUser(other.accessToken)],
  ['an administrator', ({ ended }) => admin.delete(`${users()}/${ended.userId}/sessions/${sidOf(ended)}`)],
  ['all being revoked', ({ ended }) => admin.put(`${users()}/${ended.userId}/logout`)],
  ['its user being disabled', ({ ended }) => admin.put(`${users()}/${ended.userId}/disable`)],
  ['its user being deleted', ({ ended }) => admin.delete(`${users()}/${ended.userId}`)],
  [
    'a password that is set',
    ({ ended }) => admin.put(`${users()}/${ended.userId}/password`, { password: 'battery staple' }),
  ],
  [
    'many users being logged out',
    ({ ended }) => admin.post(`${users()}/bulk`, { action: 'logout', ids: [ended.userId] }),
  ],
  [
    'its identity being taken away',
    async ({ ended }) => {
      await admin.post(`${users()}/${ended.userId}/identities`, { provider: 'custom-token', id: 'x' });
      const { body } = await admin.get(`${users()}/${ended.userId}`);
      const identities = body['identities'] as { id: string; provider_type: string }[];
      const { id } = identities.find(({ provider_type: type }) => type === 'local-userpass')!;
      return admin.delete(`${users()}/${ended.userId}/identities/${id}`);
    },
  ],
];

const statusesOn = async (server: TestServer, { accessToken, refreshToken }: Tokens) => [
  (await server.client(app).profile(accessToken)).status,
  (await server.client(app).refresh(refreshToken)).status,
];

const codeOf = ({ accessToken }: Tokens): Promise<string> =>
  verifier.verify(accessToken).then(
    () => 'accepted',
    (error: unknown) => (error as VerifierError).code,
  );

describe('a session that is ended by', () => {
  const dead: Tokens[] = [];

  it.each(endings)(
    '%s is over here at once, on another instance within a second, and in a backend',
    async (_how, end) => {
      const client = here.client(app);
      const { email, password } = await here.make.emailUser(app, { password: PASSWORD });
      const login = async () => client.tokens(await client.login('local-userpass', { username: email, password }));
      const [ended, other] = [await login(), await login()];
      // Both instances know both tokens by heart.
      for (const server of [here, there]) expect(await statusesOn(server, ended)).toEqual([200, 201]);
      await verifier.verify(ended.accessToken);

      const { status } = await end({ ended, other, client });
      expect([200, 204]).toContain(status);
      const endedAt = Date.now();
      expect(await statusesOn(here, ended)).toEqual([401, 401]);
      while ((await statusesOn(there, ended)).join() !== '401,401') expect(Date.now() - endedAt).toBeLessThan(A_SECOND);
      await waitUntil(async () => (await codeOf(ended)) !== 'accepted');
      expect(await codeOf(ended)).toBe('token_revoked');
      dead.push(ended);
    },
  );

  it('signing out everywhere else, while it is being opened', async () => {
    const sessions = here.get(SessionsService);
    const { accessToken, userId } = await here.client(app).enter('late@example.com', PASSWORD);
    const mark = sessions.mark();
    const user = await here.get(UsersService).get(app, ObjectId.createFromHexString(userId));
    await own('DELETE', 'sessions?except=current', accessToken);
    const { id, provider, providerId } = user.identities[0]!;
    const client = { ip: '127.0.0.1', userAgent: undefined, device: undefined };
    const late = await sessions.open(app, user, { id, provider, providerId }, client, mark);
    const tokens = { ...late, accessToken: late.accessToken };
    expect(await statusesOn(here, tokens)).toEqual([401, 401]);
    await here.get(LateLoginsService).endWaiting();
    await waitUntil(async () => (await codeOf(tokens)) === 'token_revoked');
    await verifier.verify(accessToken);
  });

  it('any of these is over on an instance that was started later', async () => {
    const later = await createTestServer({ sharing: here });
    try {
      expect(dead).toHaveLength(endings.length);
      for (const tokens of dead) expect(await statusesOn(later, tokens)).toEqual([401, 401]);
      // Read from the database twice there, by the one token and by the other.
      const tokens = await here.client(app).enter('later@example.com', PASSWORD);
      expect(await statusesOn(later, tokens)).toEqual([200, 201]);
      await later.client(app).logout(tokens.refreshToken);
      expect(await statusesOn(later, tokens)).toEqual([401, 401]);
    } finally {
      await later.stop();
    }
  });
});
