import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import { ServerKeysService } from '../../src/accounts/server-keys.service.js';
import type { App } from '../../src/apps/app.model.js';
import { PushService } from '../../src/shared-signals/push.service.js';
import { Signal } from '../../src/shared-signals/signal.model.js';
import { SignalSourceService } from '../../src/shared-signals/signal-source.service.js';
import { SignalStream } from '../../src/shared-signals/signal-stream.model.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { serve, type Loopback } from '../support/loopback.js';
import { PUSH, Receiver, SESSION_REVOKED, VERIFICATION } from '../support/receiver.js';
import { claimsOf } from '../support/tokens.js';

const PROVIDERS = [{ type: 'anon-user' }, { type: 'api-key' }];
const PATIENCE_MS = 15_000;

interface Pushed {
  method: string | undefined;
  headers: IncomingHttpHeaders;
  set: string;
}

let server: TestServer;
let app: App;
let receiver: Receiver;
let endpoint: Loopback;
let pushed: Pushed[];
/** What the receiver says to the next pushes, and then 202. */
let answers: [status: number, body?: string, headers?: Record<string, string>][];

beforeAll(async () => {
  server = await createTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  [pushed, answers] = [[], []];
  endpoint = await serve((request, response) => {
    void text(request).then((set) => {
      pushed.push({ method: request.method, headers: request.headers, set });
      const [status, body, headers] = answers.shift() ?? [202];
      response.writeHead(status, headers).end(body);
    });
  });
  app = await server.make.app({ providers: PROVIDERS });
  receiver = await Receiver.make(server, app);
});
afterEach(() => endpoint.stop());

const delivery = (more: object = {}) => ({ method: PUSH, endpoint_url: `${endpoint.url}/events`, ...more });
const records = (name: string) => server.server.app.get<Model<unknown>>(getModelToken(name)).collection;

/** @returns the id of the session that ended */
async function logOut(): Promise<string> {
  const { accessToken, refreshToken } = await receiver.client.enterAnonymously();
  await receiver.client.logout(refreshToken);
  return String(claimsOf(accessToken)['sid']);
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`it did not come: ${pushed.length} pushes`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const sessionIn = (set: string) => (claimsOf(set)['sub_id'] as { session?: { id: string } }).session?.id;

describe('push-based delivery (RFC 8935)', () => {
  it('posts each event as a Security Event Token, with the header that was set (§2.1)', async () => {
    await receiver.open({ delivery: delivery({ authorization_header: 'Bearer their-token' }) });
    const session = await logOut();
    await until(() => pushed.length > 0);
    const [{ method, headers, set }] = pushed as [Pushed];
    expect(method).toBe('POST');
    expect(headers).toMatchObject({
      'content-type': 'application/secevent+jwt',
      accept: 'application/json',
      authorization: 'Bearer their-token',
    });
    const { type, claims } = await receiver.verify(set);
    expect([type, sessionIn(set)]).toEqual([SESSION_REVOKED, session]);
    await until(async () => (await records(Signal.name).countDocuments({ app: app._id, waiting: true })) === 0);
    expect(pushed).toHaveLength(1);
    expect(claims.jti).toHaveLength(32);
  });

  it('sends a verification event there too', async () => {
    const id = await receiver.open({ delivery: delivery() });
    expect((await receiver.call('POST', 'verify', { stream_id: id, state: 'x' })).status).toBe(204);
    await until(() => pushed.length > 0);
    expect(pushed[0]!.headers.authorization).toBeUndefined();
    expect(await receiver.verify(pushed[0]!.set)).toMatchObject({ type: VERIFICATION, event: { state: 'x' } });
  });

  it('tries again with the same jti what was not taken, in order, and says why meanwhile', async () => {
    answers = [
      [500, 'a secret of theirs'],
      [302, '', { location: `${endpoint.url}/elsewhere` }],
    ];
    const id = await receiver.open({ delivery: delivery() });
    const first = await logOut();
    await until(() => pushed.length > 0);
    await until(async () => (await records(SignalStream.name).findOne({ app: app._id }))?.['failures'] === 1);
    const stored = await records(SignalStream.name).findOne({ app: app._id });
    expect(stored).toMatchObject({ problem: 'it answered with status 500', retryAt: expect.any(Date) });
    const second = await logOut();
    await until(() => pushed.length >= 4);
    expect(pushed.map(({ set }) => sessionIn(set))).toEqual([first, first, first, second]);
    expect(new Set(pushed.slice(0, 3).map(({ set }) => claimsOf(set)['jti'])).size).toBe(1);
    await until(async () => (await records(SignalStream.name).findOne({ app: app._id }))?.['failures'] === undefined);
    expect((await receiver.call('GET', `status?stream_id=${id}`)).body['status']).toBe('enabled');
  }, 30_000);

  it('gives up an event that the receiver says is wrong (§2.3), and goes on with the next', async () => {
    const error = JSON.stringify({ err: 'invalid_request', description: 'no' });
    answers = [[400, error, { 'content-type': 'application/json' }]];
    await receiver.open({ delivery: delivery() });
    const sessions = [await logOut()];
    await until(() => pushed.length === 1);
    sessions.push(await logOut());
    await until(() => pushed.length === 2);
    expect(pushed.map(({ set }) => sessionIn(set))).toEqual(sessions);
    const refused = await records(Signal.name).findOne({ app: app._id, problem: { $exists: true } });
    expect(refused).toMatchObject({ problem: 'it answered invalid_request' });
  });

  it('keeps what is refused for the credentials (§2.4), which may be put right', async () => {
    answers = [[400, '{"err":"authentication_failed"}'], [401]];
    await receiver.open({ delivery: delivery() });
    const session = await logOut();
    await until(() => pushed.length >= 3);
    expect(pushed.map(({ set }) => sessionIn(set))).toEqual([session, session, session]);
  }, 30_000);

  it('holds events while the stream is paused, or its key disabled', async () => {
    const id = await receiver.open({ delivery: delivery() });
    await receiver.call('POST', 'status', { stream_id: id, status: 'paused' });
    const held = await logOut();
    await until(async () => (await records(Signal.name).countDocuments({ app: app._id, waiting: true })) === 1);
    await receiver.call('POST', 'status', { stream_id: id, status: 'enabled' });
    await logOut();
    await until(() => pushed.length === 2);
    expect(sessionIn(pushed[0]!.set)).toBe(held);
    const keys = server.get(ServerKeysService);
    const key = ObjectId.createFromHexString(receiver.keyId);
    await keys.setDisabled(app, key, true);
    const kept = await logOut();
    const waits = async () => (await records(Signal.name).findOne({ app: app._id, waiting: true })) !== null;
    await until(waits);
    expect(pushed).toHaveLength(2);
    await keys.setDisabled(app, key, false);
    await logOut();
    await until(async () => !(await waits()));
    expect(pushed.map(({ set }) => sessionIn(set))).toContain(kept);
  }, 40_000);

  it('C34: goes to no internal address, whatever the stream says', async () => {
    const own = await createTestServer({ sharing: server, env: { LATCHKEY_PUBLIC_URL: 'https://auth.example.com' } });
    try {
      await server.get(PushService).beforeApplicationShutdown();
      const there = await Receiver.make(own, app, 'there');
      const plain = await there.call('POST', 'streams', { delivery: delivery() });
      expect(plain.status).toBe(400);
      const url = endpoint.url.replace('http:', 'https:');
      await there.open({ delivery: { method: PUSH, endpoint_url: url } });
      await logOut();
      await until(async () => (await records(SignalStream.name).findOne({ app: app._id }))?.['failures'] !== undefined);
      const { problem } = (await records(SignalStream.name).findOne({ app: app._id })) as unknown as SignalStream;
      expect(problem).toBe('the address leads to 127.0.0.1, which is not public');
      expect(pushed).toEqual([]);
    } finally {
      server.get(PushService).start();
      await own.stop();
    }
  });

  it('of two instances one pushes each event', async () => {
    const other = await createTestServer({ sharing: server });
    try {
      await receiver.open({ delivery: delivery() });
      const sessions = new Set<string>();
      for (let i = 0; i < 10; i++) sessions.add(await logOut());
      await until(() => pushed.length >= 10);
      await until(async () => (await records(Signal.name).countDocuments({ app: app._id, waiting: true })) === 0);
      expect(pushed).toHaveLength(10);
      expect(new Set(pushed.map(({ set }) => sessionIn(set)))).toEqual(sessions);
    } finally {
      await other.stop();
    }
  }, 40_000);

  it('keeps nobody waiting for a receiver that is slow', async () => {
    let release = (): void => {};
    const slow = await serve((_request, response) => {
      release = () => response.writeHead(202).end();
    });
    try {
      const other = await Receiver.make(server, app, 'slow');
      await other.open({ delivery: { method: PUSH, endpoint_url: slow.url } });
      await receiver.open({ delivery: delivery() });
      const sessions = [await logOut(), await logOut()];
      await until(() => pushed.length === 2);
      sessions.push(await logOut());
      await until(() => pushed.length === 3);
      expect(pushed.map(({ set }) => sessionIn(set))).toEqual(sessions);
    } finally {
      release();
      await slow.stop();
    }
  });

  it('reads what ended while nobody looked in pieces, where it is much', async () => {
    const source = server.get(SignalSourceService);
    await receiver.open({ delivery: delivery() });
    await source.beforeApplicationShutdown();
    const sessions = new Set<string>();
    for (let i = 0; i < 12; i++) sessions.add(await logOut());
    source.atOnce = 5;
    source.start();
    try {
      await until(() => pushed.length >= 12);
      expect(new Set(pushed.map(({ set }) => sessionIn(set)))).toEqual(sessions);
    } finally {
      source.atOnce = 10_000;
    }
  }, 40_000);

  it('delivers after a restart what ended while nobody looked, once', async () => {
    await receiver.open({ delivery: delivery() });
    const told = await logOut();
    await until(() => pushed.length === 1);
    const here = [
      server.get<{ start(): void; beforeApplicationShutdown(): Promise<void> }>(SignalSourceService),
      server.get(PushService),
    ];
    for (const service of here) await service.beforeApplicationShutdown();
    const missed = [await logOut(), await logOut()];
    const restarted = await createTestServer({ sharing: server });
    try {
      await until(() => pushed.length >= 3);
      await until(async () => (await records(Signal.name).countDocuments({ app: app._id, waiting: true })) === 0);
      expect(pushed).toHaveLength(3);
      expect(new Set(pushed.map(({ set }) => sessionIn(set)))).toEqual(new Set([told, ...missed]));
    } finally {
      await restarted.stop();
      for (const service of here) service.start();
    }
  }, 40_000);
});
