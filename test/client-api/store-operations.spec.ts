import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { CommandStartedEvent } from 'mongodb';
import type { Connection } from 'mongoose';
import type { App } from '../../src/apps/app.model.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

/** The change feed asks all the time, what is written behind is not waited for, and a commit counts by its writes. */
const NOT_COUNTED = new Set(['getMore', 'ping', 'hello', 'bulkWrite', 'endSessions', 'commitTransaction']);
const WRITTEN_BEHIND = new Set(['audit_chains', 'audit_events', 'daily_stats', 'daily_active']);

describe('database commands awaited before the answer', () => {
  let server: TestServer;
  let app: App;
  const commands: string[] = [];

  beforeAll(async () => {
    server = await createTestServer({ monitorCommands: true });
    const client = server.server.app.get<Connection>(getConnectionToken()).getClient();
    client.on('commandStarted', ({ commandName, command }: CommandStartedEvent) => {
      if (NOT_COUNTED.has(commandName) || WRITTEN_BEHIND.has(String(command[commandName]))) return;
      commands.push(commandName);
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
