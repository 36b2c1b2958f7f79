import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { getModelToken } from '@nestjs/mongoose';
import { MongoNetworkError, ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../src/apps/app.model.js';
import { AppsService } from '../../src/apps/apps.service.js';
import { AppSettingsService, type AppSettings } from '../../src/apps/app-settings.service.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { WriteBehind } from '../../src/database/write-behind.js';
import { AuthHook, HookRegistry, type SuspiciousSession } from '../../src/index.js';
import { Session } from '../../src/sessions/session.model.js';
import { SessionsService } from '../../src/sessions/sessions.service.js';
import type { ApiClient, Tokens } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectEmpty, expectError, INVALID_SESSION, REFRESH_TOKEN_NOT_FOUND } from '../support/expect-answer.js';
import { FakeClock } from '../support/fake-clock.js';
import { claimsOf, withBrokenSignature, withClaims } from '../support/tokens.js';

const suspicious: SuspiciousSession[] = [];

@Injectable()
class ListeningHook extends AuthHook {
  override async afterSuspiciousSession(session: SuspiciousSession): Promise<void> {
    suspicious.push(session);
  }
}

@Module({ providers: [ListeningHook] })
class ListeningModule {
  constructor(registry: HookRegistry, hook: ListeningHook) {
    registry.register(hook);
  }
}

const clock = new FakeClock();
let server: TestServer;
let app: App;
let client: ApiClient;

beforeAll(async () => {
  // A proxy in front, so that a test can come from where it likes.
  server = await createTestServer({
    clock,
    modules: [ListeningModule],
    env: { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' },
  });
});
afterAll(() => server.stop());
beforeEach(() => {
  suspicious.length = 0;
});

let count = 0;

async function enter(settings: AppSettings, at: TestServer = server): Promise<Tokens> {
  count += 1;
  app = await server.make.app();
  await server.get(AppSettingsService).change(app, settings);
  client = at.client(app);
  return server.client(app).enter(`user${count}@example.com`, 'correct horse');
}

const from = (ip: string, agent: string) => ({ headers: { 'x-forwarded-for': ip, 'user-agent': agent } });
const sessions = (at: TestServer = server) => at.server.app.get<Model<Session>>(getModelToken(Session.name)).collection;
const sidOf = (token: string) => ObjectId.createFromHexString(String(claimsOf(token)['baas_id']));

async function auditOf(type: string) {
  const events = await server.get(AuditService).list({ chain: app._id, limit: 100, type });
  return events.map(({ outcome, user, details, personal }) => ({ outcome, user, details, ip: personal?.ip }));
}

describe('a stable refresh token', () => {
  it('of 50 clients at once gives 50 answers and one session', async () => {
    const { refreshToken } = await enter({});
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.refresh(refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(201));
    expect(new Set(answers.map(({ body }) => claimsOf(body.access_token)['sid'])).size).toBe(1);
    expect(Object.keys(answers[0]!.body)).toEqual(['access_token']);
    expect(suspicious).toEqual([]);
  });

  it('that comes from another network and another program is audited, once, and told to hooks', async () => {
    const { refreshToken, userId } = await enter({});
    expect((await client.refresh(refreshToken, from('203.0.113.7', 'one'))).status).toBe(201);
    suspicious.length = 0;
    // One of the two alone, step by step: a train, an update.
    expect((await client.refresh(refreshToken, from('198.51.100.7', 'one'))).status).toBe(201);
    expect((await client.refresh(refreshToken, from('198.51.100.7', 'two'))).status).toBe(201);
    // Another address of the same network.
    expect((await client.refresh(refreshToken, from('198.51.100.8', 'three'))).status).toBe(201);
    expect(suspicious).toEqual([]);
    const elsewhere = from('192.0.2.9', 'curl');
    const answers = await Promise.all([1, 2, 3].map(() => client.refresh(refreshToken, elsewhere)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(suspicious).toEqual([
      {
        clientAppId: app.clientAppId,
        userId,
        sessionId: sidOf(refreshToken).toHexString(),
        ip: '192.0.2.9',
        userAgent: 'curl',
        reason: 'address_and_user_agent_changed',
        ended: false,
      },
    ]);
    expect((await auditOf('session.suspicious'))[0]).toEqual({
      outcome: 'failure',
      user: userId,
      details: { session_id: sidOf(refreshToken).toHexString(), reason: 'address_and_user_agent_changed' },
      ip: '192.0.2.9',
    });
  });

  it('that comes from elsewhere ends the session where the app says so', async () => {
    const { refreshToken, accessToken } = await enter({ movedSession: 'end' });
    await client.refresh(refreshToken, from('127.0.0.1', 'one'));
    expectError(await client.refresh(refreshToken, from('192.0.2.9', 'curl')), REFRESH_TOKEN_NOT_FOUND);
    expectError(await client.refresh(refreshToken, from('127.0.0.1', 'one')), REFRESH_TOKEN_NOT_FOUND);
    expectError(await client.profile(accessToken), INVALID_SESSION);
    expect(suspicious).toMatchObject([{ reason: 'address_and_user_agent_changed', ended: true }]);
  });

  it('is asked about on every instance: what another one has seen step by step is no move', async () => {
    const other = await createTestServer({ sharing: server, clock, env: { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' } });
    try {
      const { refreshToken } = await enter({ movedSession: 'end' });
      const there = other.client(app);
      for (const each of [client, there]) await each.refresh(refreshToken, from('127.0.0.1', 'one'));
      await other.get(WriteBehind).flush();
      await client.refresh(refreshToken, from('198.51.100.7', 'one'));
      await server.get(WriteBehind).flush();
      expect((await there.refresh(refreshToken, from('198.51.100.7', 'two'))).status).toBe(201);
    } finally {
      await other.stop();
    }
  });
});

describe('limits of a session', () => {
  it('idle: ends it when it was not refreshed for so long, to the second, and with it its tokens', async () => {
    const { refreshToken, userId } = await enter({ accessTokenSeconds: 300, sessionIdleSeconds: 600 });
    for (let i = 0; i < 3; i++) {
      clock.advance(599);
      expect((await client.refresh(refreshToken)).status).toBe(201);
    }
    const changed = await server.get(AppsService).getByClientAppId(app.clientAppId);
    const list = () => server.get(SessionsService).listOf(changed, ObjectId.createFromHexString(userId));
    clock.advance(599);
    expect(await list()).toHaveLength(1);
    clock.advance(1);
    expect(await list()).toEqual([]);
    expectError(await client.refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
    expect(await sessions().findOne({ _id: sidOf(refreshToken) })).toMatchObject({ endReason: 'idle' });
    expectEmpty(await client.logout(refreshToken));
  });

  it('idle: counts the refreshes of every instance', async () => {
    const other = await createTestServer({ sharing: server, clock });
    try {
      const { refreshToken } = await enter({ accessTokenSeconds: 300, sessionIdleSeconds: 600 });
      const there = other.client(app);
      expect((await there.refresh(refreshToken)).status).toBe(201);
      clock.advance(400);
      expect((await client.refresh(refreshToken)).status).toBe(201);
      clock.advance(400);
      expect((await there.refresh(refreshToken)).status).toBe(201);
      clock.advance(600);
      expectError(await there.refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
    } finally {
      await other.stop();
    }
  });

  it('absolute: ends it so long after the login, and no access token outlives it', async () => {
    const settings = { refreshTokenSeconds: 7_200, sessionAbsoluteSeconds: 3_600 };
    for (const refreshMode of ['stable', 'rotating'] as const) {
      let { refreshToken } = await enter({ ...settings, refreshMode });
      const end = Number(claimsOf(refreshToken)['iat']) + 3_600;
      expect(claimsOf(refreshToken)['exp']).toBe(end);
      clock.advance(3_000);
      const { body } = await client.refresh(refreshToken);
      expect(claimsOf(body.access_token)['exp']).toBeLessThanOrEqual(end + 1);
      refreshToken = body.refresh_token ?? refreshToken;
      clock.advance(600);
      expectError(await client.refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
      expectError(await client.profile(body.access_token), INVALID_SESSION);
    }
  });

  it('leave anonymous users alone, who have no other way in', async () => {
    await enter({ accessTokenSeconds: 300, sessionIdleSeconds: 600, sessionAbsoluteSeconds: 3_600 });
    const { refreshToken } = await client.enterAnonymously();
    clock.advance(30 * 86_400);
    expect((await client.refresh(refreshToken)).status).toBe(201);
  });

  it('jitter only shortens access tokens, by no more than it may', async () => {
    const { refreshToken } = await enter({ accessTokenSeconds: 1_000, accessTokenJitterPercent: 10 });
    const lives = new Set<number>();
    for (let i = 0; i < 30; i++) {
      const { exp, iat } = claimsOf((await client.refresh(refreshToken)).body.access_token);
      lives.add(Number(exp) - Number(iat));
    }
    expect(Math.max(...lives)).toBeLessThanOrEqual(1_000);
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(900);
    expect(lives.size).toBeGreaterThan(1);
  });
});

describe('a rotating refresh token', () => {
  const rotating: AppSettings = { refreshMode: 'rotating' };

  it('is good for one refresh, which gives the next; the session goes on, and so do its access tokens', async () => {
    const { accessToken, refreshToken } = await enter(rotating);
    let token = refreshToken;
    const seen = new Set([token]);
    for (let i = 0; i < 3; i++) {
      clock.advance(100);
      const { status, body } = await client.refresh(token);
      expect(status).toBe(201);
      expect(Object.keys(body)).toEqual(['access_token', 'refresh_token']);
      expect(claimsOf(body.access_token)['sid']).toBe(claimsOf(accessToken)['sid']);
      expect((await client.profile(body.access_token)).status).toBe(200);
      token = body.refresh_token;
      seen.add(token);
    }
    expect(seen.size).toBe(4);
    expect(await sessions().countDocuments({ app: app._id })).toBe(1);
    expect((await client.profile(accessToken)).status).toBe(200);
    expectEmpty(await client.logout(token));
    expectError(await client.refresh(token), REFRESH_TOKEN_NOT_FOUND);
    expectError(await client.profile(accessToken), INVALID_SESSION);
  });

  it('lives on with use', async () => {
    let { refreshToken } = await enter({ ...rotating, refreshTokenSeconds: 3_600 });
    for (let i = 0; i < 3; i++) {
      clock.advance(3_000);
      refreshToken = (await client.refresh(refreshToken)).body.refresh_token;
    }
    clock.advance(3_601);
    expectError(await client.refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
  });

  it('C07: of 50 clients at once, on two instances, gives 50 times the same successor', async () => {
    const other = await createTestServer({ sharing: server, clock });
    try {
      const { refreshToken } = await enter(rotating);
      const doors = [client, other.client(app)];
      const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => doors[i % 2]!.refresh(refreshToken)));
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(201));
      expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
      expect(await sessions().countDocuments({ app: app._id })).toBe(1);
      const next = await client.refresh(answers[0]!.body.refresh_token);
      expect(next.status).toBe(201);
      expect(suspicious).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  it('B07: whose answer was lost gives it again within 30 seconds, from two places, and both go on', async () => {
    const { refreshToken } = await enter(rotating);
    const first = (await client.refresh(refreshToken)).body.refresh_token;
    clock.advance(1);
    expect((await client.refresh(refreshToken)).body.refresh_token).toBe(first);
    clock.advance(28);
    expect((await client.refresh(refreshToken)).body.refresh_token).toBe(first);
    const [one, two] = await Promise.all([client.refresh(first), client.refresh(first)]);
    expect(one.body.refresh_token).toBe(two.body.refresh_token);
    expect((await client.refresh(one.body.refresh_token)).status).toBe(201);
    expect(suspicious).toEqual([]);
  });

  it.each([31, 86_400])(
    'B07: that comes again after %i seconds ends that session, audited and told once',
    async (late) => {
      const { refreshToken, accessToken, userId } = await enter(rotating);
      const others = client.tokens(
        await client.login('local-userpass', { username: `user${count}@example.com`, password: 'correct horse' }),
      );
      const next = (await client.refresh(refreshToken)).body.refresh_token;
      clock.advance(late);
      const answers = await Promise.all([1, 2, 3].map(() => client.refresh(refreshToken, from('192.0.2.9', 'thief'))));
      for (const answer of answers) expectError(answer, REFRESH_TOKEN_NOT_FOUND);
      expectError(await client.refresh(next), REFRESH_TOKEN_NOT_FOUND);
      expectError(await client.profile(accessToken), INVALID_SESSION);
      expect((await client.refresh(others.refreshToken)).status).toBe(201);
      const session_id = sidOf(refreshToken).toHexString();
      expect(suspicious.filter(({ reason }) => reason === 'refresh_token_reused')).toEqual([
        expect.objectContaining({ userId, sessionId: session_id, ended: true, ip: '192.0.2.9', userAgent: 'thief' }),
      ]);
      const audited = (await auditOf('session.suspicious')).filter(
        ({ details }) => details?.['reason'] === 'refresh_token_reused',
      );
      expect(audited).toHaveLength(1);
      expect(audited[0]).toMatchObject({ outcome: 'failure', user: userId, details: { session_id } });
      expect(await sessions().findOne({ _id: sidOf(refreshToken) })).toMatchObject({ endReason: 'reused' });
    },
  );

  it('two turns back ends the session also within 30 seconds', async () => {
    const { refreshToken } = await enter(rotating);
    const second = (await client.refresh(refreshToken)).body.refresh_token;
    const third = (await client.refresh(second)).body.refresh_token;
    expectError(await client.refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
    expectError(await client.refresh(third), REFRESH_TOKEN_NOT_FOUND);
  });

  it('is no good for anything else either, once its turn is over', async () => {
    const { refreshToken } = await enter(rotating);
    const keys = (token: string) => client.request('GET', '/api/client/v2.0/auth/api_keys', { token });
    const { status } = await keys(refreshToken);
    expect(status).not.toBe(401);
    const next = (await client.refresh(refreshToken)).body.refresh_token;
    clock.advance(29);
    expect((await keys(refreshToken)).status).toBe(status);
    clock.advance(2);
    expectError(await keys(refreshToken), REFRESH_TOKEN_NOT_FOUND);
    expect((await keys(next)).status).toBe(status);
    expect((await client.refresh(next)).status).toBe(201);
  });

  it('is checked: changed, of another app or of another kind it is none', async () => {
    const { refreshToken, accessToken } = await enter(rotating);
    const stable = (await server.client(await server.make.app()).enterAnonymously()).refreshToken;
    const forged = [
      withBrokenSignature(refreshToken),
      withClaims(refreshToken, { refresh_count: 2 }),
      withClaims(refreshToken, { refresh_count: undefined }),
      withClaims(stable, { refresh_count: 1 }),
      withClaims(refreshToken, { refresh_count: 1, baas_domain_id: claimsOf(stable)['baas_domain_id'] }),
      withClaims(accessToken, { refresh_count: 1 }),
    ];
    for (const token of forged) expectError(await client.refresh(token), REFRESH_TOKEN_NOT_FOUND);
    expect((await client.refresh(refreshToken)).status).toBe(201);
    expect(suspicious).toEqual([]);
  });

  it('is for sessions that are opened from then on: those before keep theirs, also when it is switched off again', async () => {
    const { refreshToken: stable } = await enter({});
    await server.get(AppSettingsService).change(app, rotating);
    const { refreshToken: turning } = await client.enter(`late${count}@example.com`, 'correct horse');
    for (let i = 0; i < 2; i++) {
      clock.advance(60);
      expect(Object.keys((await client.refresh(stable)).body)).toEqual(['access_token']);
    }
    await server.get(AppSettingsService).change(app, { refreshMode: 'stable' });
    const next = await client.refresh(turning);
    expect(next.body.refresh_token).toBeDefined();
    clock.advance(60);
    expect((await client.refresh(next.body.refresh_token)).status).toBe(201);
  });

  it('is good after a backup from before its turn was restored', async () => {
    const { refreshToken } = await enter(rotating);
    const _id = sidOf(refreshToken);
    const before = await sessions().findOne({ _id });
    const next = (await client.refresh(refreshToken)).body.refresh_token;
    await sessions().updateOne({ _id }, { $set: { rotation: before!['rotation'] } });
    clock.advance(3_600);
    expect((await client.refresh(next)).status).toBe(201);
  });

  it('C49: is not burnt by a database error, whether the write was done or not, and however late the retry comes', async () => {
    let { refreshToken } = await enter(rotating);
    const collection = sessions();
    const real = collection.findOneAndUpdate.bind(collection) as (...args: unknown[]) => Promise<unknown>;
    for (const isDone of [false, true]) {
      const failing = jest.spyOn(collection, 'findOneAndUpdate').mockImplementationOnce(async (...args: unknown[]) => {
        if (isDone) await real(...args);
        throw new MongoNetworkError('connection 1 to 127.0.0.1 closed');
      });
      try {
        expect((await client.refresh(refreshToken)).status).toBe(503);
      } finally {
        failing.mockRestore();
      }
      clock.advance(300);
      const answers = await Promise.all([client.refresh(refreshToken), client.refresh(refreshToken)]);
      expect(answers.map(({ status }) => status)).toEqual([201, 201]);
      expect(answers[0].body.refresh_token).toBe(answers[1].body.refresh_token);
      refreshToken = answers[0].body.refresh_token;
    }
    expect(suspicious).toEqual([]);
  });
});
