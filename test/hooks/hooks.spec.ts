import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { AuthHook, HookRegistry, LoginRefused, type LoginAttempt, type Registration } from '../../src/index.js';
import type { UserEvent } from '../../src/index.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

/** Says no where a test wants it to. */
const refuses = { login: false, registration: false, deletion: false, afterLogin: false };

@Injectable()
class MoodyHook extends AuthHook {
  override async beforeLogin({ ip }: LoginAttempt): Promise<void> {
    if (refuses.login) throw new LoginRefused(`log in from the office network, not from ${ip}`);
  }
  override async beforeRegistration({ email }: Registration): Promise<void> {
    if (refuses.registration) throw new LoginRefused(`${email} may not register`);
  }
  override async beforeDeletion(_user: UserEvent): Promise<void> {
    if (refuses.deletion) throw new LoginRefused('ask the office');
  }
  override async afterLogin(): Promise<void> {
    if (refuses.afterLogin) throw new Error('a bug in a hook');
  }
}

@Module({ providers: [MoodyHook] })
class MoodyModule {
  constructor(registry: HookRegistry, hook: MoodyHook) {
    registry.register(hook);
  }
}

describe('hooks', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await createTestServer({ modules: [MoodyModule] });
  });

  afterAll(() => server.stop());

  it('are told of a login, a registration, a logout and a deletion, in order', async () => {
    const client = server.client(await server.make.app());
    server.told();
    const tokens = await client.enter('hooked@example.com', 'correct horse');
    expect(server.told()).toEqual(['beforeRegistration', 'afterRegistration', 'beforeLogin', 'afterLogin']);
    await client.logout(tokens.refreshToken);
    expect(server.told()).toEqual(['afterLogout']);
    await client.logout(tokens.refreshToken);
    expect(server.told()).toEqual([]);
    const again = client.tokens(
      await client.login('local-userpass', { username: 'hooked@example.com', password: 'correct horse' }),
    );
    server.told();
    await client.deleteUser(again.accessToken);
    expect(server.told()).toEqual(['beforeDeletion', 'afterDeletion']);
  });

  it('refuse a login with their own text, and no session is opened', async () => {
    const app = await server.make.app();
    refuses.login = true;
    try {
      const answer = await server.client(app).login('anon-user');
      expect(answer.status).toBe(403);
      expect(answer.body).toEqual({
        error: 'log in from the office network, not from 127.0.0.1',
        error_code: 'AuthError',
      });
    } finally {
      refuses.login = false;
    }
  });

  it('refuse a registration, which leaves nothing behind', async () => {
    const client = server.client(await server.make.app());
    const account = { email: 'no@example.com', password: 'correct horse' };
    refuses.registration = true;
    try {
      expect((await client.register(account)).status).toBe(403);
    } finally {
      refuses.registration = false;
    }
    expect((await client.register(account)).status).toBe(201);
  });

  it('refuse a deletion, and the user lives on', async () => {
    const client = server.client(await server.make.app());
    const tokens = await client.enterAnonymously();
    refuses.deletion = true;
    try {
      expect((await client.deleteUser(tokens.accessToken)).status).toBe(403);
    } finally {
      refuses.deletion = false;
    }
    expect((await client.profile(tokens.accessToken)).status).toBe(200);
  });

  it('cannot undo what has happened by throwing afterwards', async () => {
    const client = server.client(await server.make.app());
    refuses.afterLogin = true;
    try {
      expect((await client.login('anon-user')).status).toBe(200);
    } finally {
      refuses.afterLogin = false;
    }
  });
});
