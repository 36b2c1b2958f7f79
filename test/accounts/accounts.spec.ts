import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import type { ApiClient, Tokens } from '../support/client.js';
import { createTestServer, type EmailUser, type TestServer } from '../support/create-test-server.js';

const NOBODY = '000000000000000000000001';

describe('ending a user', () => {
  let server: TestServer;
  let app: App;
  let client: ApiClient;
  let ada: EmailUser;
  let tokens: Tokens;

  beforeAll(async () => {
    server = await createTestServer();
  });

  afterAll(() => server.stop());

  const logIn = async (): Promise<Tokens> =>
    client.tokens(await client.login('local-userpass', { username: ada.email, password: ada.password }));

  const fresh = async (): Promise<void> => {
    app = await server.make.app();
    client = server.client(app);
    ada = await server.make.emailUser(app);
    tokens = await logIn();
  };

  const expectDead = async (dead: Tokens): Promise<void> => {
    for (const answer of [await client.profile(dead.accessToken), await client.refresh(dead.refreshToken)]) {
      expect(answer.status).toBe(401);
      expect(answer.body.error_code).toBe('InvalidSession');
    }
  };

  it('C08: by disabling ends every session at once, and enabling revives none', async () => {
    await fresh();
    const second = await logIn();
    await server.admin.disable(app, tokens.userId);
    await expectDead(tokens);
    await expectDead(second);
    const refused = await client.login('local-userpass', { username: ada.email, password: ada.password });
    expect(refused.status).toBe(401);
    expect(refused.body).toEqual({ error: 'user disabled', error_code: 'UserDisabled' });
    await server.admin.enable(app, tokens.userId);
    await expectDead(tokens);
    const anew = await logIn();
    expect(anew.userId).toBe(tokens.userId);
    expect((await client.profile(anew.accessToken)).status).toBe(200);
  });

  it('B11: by revoking lets a login in the same second live', async () => {
    await fresh();
    for (let round = 0; round < 20; round += 1) {
      const before = await logIn();
      await server.admin.revokeSessions(app, before.userId);
      const after = await logIn();
      await expectDead(before);
      expect((await client.profile(after.accessToken)).status).toBe(200);
      expect((await client.refresh(after.refreshToken)).status).toBe(201);
    }
  });

  it('by deleting removes it, and the address can be registered again', async () => {
    await fresh();
    await server.admin.delete(app, tokens.userId);
    await expectDead(tokens);
    const gone = await client.login('local-userpass', { username: ada.email, password: ada.password });
    expect(gone.body).toMatchObject({ error: 'unauthorized', error_code: 'InvalidPassword' });
    expect((await client.logout(tokens.refreshToken)).status).toBe(204);
    const again = await client.enter(ada.email, 'another horse');
    expect(again.userId).not.toBe(tokens.userId);
  });

  it('is told of a user that does not exist, or belongs to another app', async () => {
    await fresh();
    const elsewhere = await server.make.app();
    for (const end of [server.admin.disable, server.admin.enable, server.admin.delete, server.admin.revokeSessions]) {
      for (const [where, id] of [
        [app, NOBODY],
        [elsewhere, tokens.userId],
      ] as const) {
        await expect(end(where, id)).rejects.toMatchObject({ code: 'UserNotFound' });
      }
    }
    expect((await client.profile(tokens.accessToken)).status).toBe(200);
  });

  it('reaches another instance within a second', async () => {
    await fresh();
    const other = await createTestServer({ sharing: server });
    try {
      const there = other.client(app);
      expect((await there.profile(tokens.accessToken)).status).toBe(200);
      await server.admin.revokeSessions(app, tokens.userId);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect((await there.profile(tokens.accessToken)).status).toBe(401);
      expect((await there.refresh(tokens.refreshToken)).status).toBe(401);
    } finally {
      await other.stop();
    }
  });
});
