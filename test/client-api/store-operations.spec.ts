import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { CommandStartedEvent } from 'mongodb';
import type { Connection } from 'mongoose';
import type { App } from '../../src/apps/app.model.js';
import { PasswordHasher } from '../../src/crypto/passwords/password-hasher.js';
import { EmailUsersService } from '../../src/providers/local-userpass/email-users.service.js';
import { makeAdmin } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

/** The change feed asks all the time, what is written behind is not waited for, and a commit counts by its writes. */
const NOT_COUNTED = new Set(['getMore', 'ping', 'hello', 'bulkWrite', 'endSessions', 'commitTransaction']);
const WRITTEN_BEHIND = new Set(['audit_chains', 'audit_events', 'daily_stats', 'daily_active']);

/** Without limits, which count in advance, and without what a rehearsal is taken back by. */
const OF_ACCOUNTS = /^(find users|\w+ (registrations|password_resets|mails))$/;

describe('database commands awaited before the answer', () => {
  let server: TestServer;
  let app: App;
  const commands: string[] = [];
  /** With their collections. */
  const touched: string[] = [];

  beforeAll(async () => {
    server = await createTestServer({ monitorCommands: true });
    const client = server.server.app.get<Connection>(getConnectionToken()).getClient();
    client.on('commandStarted', ({ commandName, command }: CommandStartedEvent) => {
      if (NOT_COUNTED.has(commandName) || WRITTEN_BEHIND.has(String(command[commandName]))) return;
      commands.push(commandName);
      touched.push(`${commandName} ${String(command[commandName])}`);
    });
    app = await server.make.app();
    // What is kept in memory for the app is read by its first login and profile.
    const { accessToken } = await server.client(app).enterAnonymously();
    await server.client(app).profile(accessToken);
  });

  afterAll(() => server.stop());

  beforeEach(() => {
    commands.length = 0;
  });

  it('are two for an anonymous login, and none for the profile and refreshes after it', async () => {
    const client = server.client(app);
    const { accessToken, refreshToken } = await client.enterAnonymously();
    expect(commands).toEqual(['insert', 'insert']);
    commands.length = 0;
    expect((await client.profile(accessToken)).status).toBe(200);
    const refreshed = await client.refresh(refreshToken);
    expect((await client.profile(refreshed.body.access_token)).status).toBe(200);
    expect(commands).toEqual([]);
  });

  it('are three for a login with a password: limit, user, session', async () => {
    const ada = await server.make.emailUser(app);
    await server.client(app).login('local-userpass', { username: ada.email, password: ada.password });
    commands.length = 0;
    const answer = await server.client(app).login('local-userpass', { username: ada.email, password: ada.password });
    expect(answer.status).toBe(200);
    expect(commands).toEqual(['findAndModify', 'find', 'insert']);
  });

  it('are as many, and as much hashing, whether or not somebody has an address', async () => {
    const settings = { config: { privacyMode: true } };
    const own = await server.make.app({ providers: [{ type: 'local-userpass', settings }] });
    const client = server.client(own);
    const [known, pending] = ['known@example.com', 'pending@example.com'];
    await server.get(EmailUsersService).create(own, { email: known, password: 'secret1' });
    await client.register({ email: pending, password: 'secret1' });
    const hasher = server.get(PasswordHasher);
    let hashes = 0;
    const [hash, verify] = [hasher.hash.bind(hasher), hasher.verify.bind(hasher)];
    hasher.hash = (password) => ((hashes += 1), hash(password));
    hasher.verify = (password, stored) => ((hashes += 1), verify(password, stored));
    const path = `${client.appPath}/auth/providers/local-userpass`;
    const workFor = async (route: string, email: string) => {
      touched.length = 0;
      hashes = 0;
      const body = { username: email, email, password: 'wrong one' };
      const { status, text } = await client.request('POST', `${path}/${route}`, { body });
      return { route, answer: [status, text], hashes, commands: touched.filter((one) => OF_ACCOUNTS.test(one)) };
    };
    for (const route of ['login', 'reset/send', 'confirm/send']) {
      const somebody = await workFor(route, route === 'confirm/send' ? pending : known);
      expect(await workFor(route, `nobody@${route.replace('/', '.')}.example`)).toEqual(somebody);
      expect(somebody).toMatchObject({ hashes: route === 'login' ? 1 : 0 });
    }
    // One writes a registration and a mail, the other a token and a mail: the old token goes first.
    const { commands: registering, ...registered } = await workFor('register', 'new@example.com');
    const { commands: telling, ...taken } = await workFor('register', known);
    expect([registered, taken]).toEqual([{ ...taken, hashes: 1 }, registered]);
    expect(telling).toHaveLength(registering.length + 1);
    const admin = await makeAdmin(server);
    const mails = (await admin.get(`${admin.app(own)}/outbox`)).body as unknown as { to: string }[];
    expect(mails.map(({ to }) => to).filter((to) => to.startsWith('nobody'))).toEqual([]);
    Object.assign(hasher, { hash, verify });
  });

  it('are one for a logout, and one for a session that is not in the cache', async () => {
    const client = server.client(app);
    const { accessToken, refreshToken } = await client.enterAnonymously();
    const ada = await server.make.emailUser(app);
    const tokens = client.tokens(await client.login('local-userpass', { username: ada.email, password: ada.password }));
    // Once to read the key that verifies tokens, and once more without it.
    await server.admin.enable(app, tokens.userId);
    await client.profile(tokens.accessToken);
    await server.admin.enable(app, tokens.userId);
    commands.length = 0;
    expect((await client.profile(tokens.accessToken)).status).toBe(200);
    expect(commands).toEqual(['aggregate']);
    commands.length = 0;
    expect((await client.logout(refreshToken)).status).toBe(204);
    expect(commands).toEqual(['update']);
    expect((await client.profile(accessToken)).status).toBe(401);
  });
});
