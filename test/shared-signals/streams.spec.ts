import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import { ServerKeysService } from '../../src/accounts/server-keys.service.js';
import { AuditService } from '../../src/audit/audit.service.js';
import type { App } from '../../src/apps/app.model.js';
import { Signal } from '../../src/shared-signals/signal.model.js';
import { SignalStream } from '../../src/shared-signals/signal-stream.model.js';
import { StreamsService } from '../../src/shared-signals/streams.service.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError } from '../support/expect-answer.js';
import { FakeClock } from '../support/fake-clock.js';
import { POLL, PUSH, Receiver, SESSION_REVOKED, STREAM_UPDATED, VERIFICATION } from '../support/receiver.js';
import { claimsOf } from '../support/tokens.js';

const PROVIDERS = [
  { type: 'anon-user' },
  { type: 'local-userpass', settings: { config: { autoConfirm: true } } },
  { type: 'api-key' },
];
const UNKNOWN = '0123456789abcdef01234567';
const PUSHED = { delivery: { method: PUSH, endpoint_url: 'https://receiver.example.com/events' } };

const clock = new FakeClock();
let server: TestServer;
let app: App;
let receiver: Receiver;
let issuer: string;

beforeAll(async () => {
  server = await createTestServer({ clock });
});
afterAll(() => server.stop());
beforeEach(async () => {
  app = await server.make.app({ providers: PROVIDERS });
  receiver = await Receiver.make(server, app);
  issuer = `${server.publicUrl}/api/client/v2.0/app/${app.clientAppId}`;
});

/** What waits in a stream, once it is `count` events; fails by the limit of its poll. */
async function waitFor(
  stream: string,
  count: number,
  by = receiver,
): Promise<Awaited<ReturnType<Receiver['verify']>>[]> {
  for (let tries = 0; tries < 100; tries++) {
    const sets = Object.values(await by.poll(stream));
    if (sets.length >= count) return Promise.all(sets.map((set) => by.verify(set)));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`there are no ${count} events in the stream`);
}

describe('the transmitter configuration (SSF §7)', () => {
  it('is where the specification puts it, and names nothing that does not exist', async () => {
    const path = `/.well-known/ssf-configuration/api/client/v2.0/app/${app.clientAppId}`;
    const answer = await receiver.client.request('GET', path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(answer.body).toEqual({
      spec_version: '1_0',
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      delivery_methods_supported: [PUSH, POLL],
      configuration_endpoint: `${issuer}/ssf/streams`,
      status_endpoint: `${issuer}/ssf/status`,
      verification_endpoint: `${issuer}/ssf/verify`,
      authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6750' }, { spec_urn: 'urn:ietf:rfc:7617' }],
      default_subjects: 'ALL',
    });
    const other = `${receiver.client.appPath}/.well-known/ssf-configuration`;
    expect((await receiver.client.request('GET', other)).text).toBe(answer.text);
    expectError(
      await receiver.client.request('GET', '/.well-known/ssf-configuration/api/client/v2.0/app/none-at-all'),
      {
        status: 404,
      },
    );
  });
});

describe('who may come', () => {
  it('a server key of the app, as Bearer or as Basic with its id', async () => {
    const basic = (id: string, key: string) => `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}`;
    const { keyId, key } = receiver;
    for (const authorization of [`Bearer ${key}`, `bearer  ${key}`, basic(keyId, key)]) {
      expect((await receiver.call('GET', 'streams', undefined, { authorization })).status).toBe(200);
    }
    const stranger = await Receiver.make(server, await server.make.app({ providers: PROVIDERS }));
    const user = await receiver.client.enterAnonymously();
    const refused = [
      '',
      'Bearer',
      'Bearer x',
      `Bearer ${user.accessToken}`,
      stranger.bearer,
      basic(stranger.keyId, key),
      basic(keyId, stranger.key),
      'Basic !',
      `Token ${key}`,
    ];
    for (const authorization of refused) {
      const answer = await receiver.call('GET', 'streams', undefined, { authorization });
      expectError(answer, { status: 401, code: 'AuthError' });
      expect(answer.headers.get('www-authenticate')).toBe(`Bearer realm="${app.clientAppId}"`);
    }
    for (const [method, path] of [
      ['POST', 'streams'],
      ['PATCH', 'streams'],
      ['PUT', 'streams'],
      ['DELETE', 'streams'],
      ['GET', 'status'],
      ['POST', 'status'],
      ['POST', 'verify'],
      ['POST', `poll/${UNKNOWN}`],
    ] as const) {
      const body = method === 'GET' ? undefined : {};
      expectError(await receiver.call(method, path, body, { authorization: '' }), { status: 401, code: 'AuthError' });
    }
    await server.get(ServerKeysService).setDisabled(app, ObjectId.createFromHexString(keyId), true);
    expect((await receiver.call('GET', 'streams')).status).toBe(401);
  });
});

describe('a stream (SSF §8.1.1)', () => {
  it('is created, read, listed and deleted by its receiver, and by nobody else', async () => {
    expect((await receiver.call('GET', 'streams')).text).toBe('[]');
    const wanted = { events_requested: [SESSION_REVOKED, 'urn:example:other'], description: 'the shop', unknown: 1 };
    const created = await receiver.call('POST', 'streams', wanted);
    expect(created.status).toBe(201);
    const id = String(created.body['stream_id']);
    expect(created.body).toEqual({
      stream_id: expect.stringMatching(/^[0-9a-f]{24}$/),
      iss: issuer,
      aud: receiver.keyId,
      events_supported: [SESSION_REVOKED],
      events_requested: [SESSION_REVOKED, 'urn:example:other'],
      events_delivered: [SESSION_REVOKED],
      delivery: { method: POLL, endpoint_url: `${issuer}/ssf/poll/${id}` },
      min_verification_interval: 30,
      description: 'the shop',
    });
    const read = await receiver.call('GET', `streams?stream_id=${id}`);
    expect([read.status, read.headers.get('cache-control'), read.text]).toEqual([200, 'no-store', created.text]);
    expect((await receiver.call('GET', 'streams')).text).toBe(`[${created.text}]`);
    const other = await Receiver.make(server, app, 'other');
    expect((await other.call('GET', 'streams')).text).toBe('[]');
    for (const [method, path, body] of [
      ['GET', `streams?stream_id=${id}`],
      ['DELETE', `streams?stream_id=${id}`],
      ['PATCH', 'streams', { stream_id: id }],
      ['PUT', 'streams', { stream_id: id }],
      ['GET', `status?stream_id=${id}`],
      ['POST', 'status', { stream_id: id, status: 'paused' }],
      ['POST', 'verify', { stream_id: id }],
      ['POST', `poll/${id}`, {}],
    ] as const) {
      expectError(await other.call(method, path, body), { status: 404, code: 'NotFound' });
    }
    expect((await receiver.call('DELETE', `streams?stream_id=${id}`)).status).toBe(204);
    expectError(await receiver.call('DELETE', `streams?stream_id=${id}`), { status: 404 });
    expectError(await receiver.call('GET', `streams?stream_id=${id}`), { status: 404 });
  });

  it('leaves a line in the audit trail for each change, with the host of its endpoint', async () => {
    const id = await receiver.open(PUSHED);
    await receiver.call('PATCH', 'streams', { stream_id: id, delivery: { method: POLL } });
    await receiver.call('POST', 'status', { stream_id: id, status: 'paused' });
    await receiver.call('DELETE', `streams?stream_id=${id}`);
    const trail = await server.get(AuditService).list({ chain: app._id, limit: 10, actor: receiver.keyId });
    expect(trail.map(({ type, details }) => [type, details])).toEqual([
      ['signal_stream.delete', { stream_id: id, status: 'paused' }],
      ['signal_stream.status_update', { stream_id: id, status: 'paused' }],
      ['signal_stream.update', { stream_id: id, status: 'enabled' }],
      ['signal_stream.create', { stream_id: id, status: 'enabled', endpoint: 'receiver.example.com' }],
    ]);
  });

  it('is one for each receiver, also where it asks for several at once', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => receiver.call('POST', 'streams', {})));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409]);
    const refused = answers.find(({ status }) => status === 409)!;
    expectError(refused, { status: 409, code: 'StreamAlreadyExists' });
  });

  it('without a word about it delivers nothing (§8.1.1: what was requested), by poll', async () => {
    const { body } = await receiver.call('POST', 'streams');
    expect(body).toMatchObject({ events_requested: [], events_delivered: [], delivery: { method: POLL } });
  });

  it('is updated by PATCH, where what is left out stays, and replaced by PUT, where it goes', async () => {
    const id = await receiver.open({ ...PUSHED, description: 'one' });
    const patched = await receiver.call('PATCH', 'streams', { stream_id: id, description: 'two', iss: issuer });
    expect(patched.status).toBe(200);
    expect(patched.body).toMatchObject({ description: 'two', ...PUSHED, events_delivered: [SESSION_REVOKED] });
    const same = await receiver.call('PATCH', 'streams', { stream_id: id });
    expect(same.text).toBe(patched.text);
    // Read, modified, sent back whole.
    const whole = { ...patched.body, events_requested: [] };
    const replaced = await receiver.call('PUT', 'streams', whole);
    expect(replaced.status).toBe(200);
    expect(replaced.body).toMatchObject({ description: 'two', ...PUSHED, events_requested: [], events_delivered: [] });
    const bare = await receiver.call('PUT', 'streams', { stream_id: id });
    expect(bare.body).toMatchObject({ events_requested: [], delivery: { method: POLL } });
    expect(bare.body['description']).toBeUndefined();
  });

  it('never gives back the header that goes with pushes, which is sealed', async () => {
    const delivery = { ...PUSHED.delivery, authorization_header: 'Bearer very-secret' };
    const created = await receiver.call('POST', 'streams', { delivery });
    const read = await receiver.call('GET', 'streams');
    expect(created.text + read.text).not.toContain('very-secret');
    const records = server.server.app.get<Model<SignalStream>>(getModelToken(SignalStream.name)).collection;
    const stored = (await records.findOne({ app: app._id })) as unknown as SignalStream;
    expect(
      Buffer.from((stored.sealedAuthorization as unknown as { buffer: Uint8Array }).buffer).toString('latin1'),
    ).not.toContain('secret');
    expect(server.get(StreamsService).authorizationOf(stored)).toBe('Bearer very-secret');
    await receiver.call('PATCH', 'streams', { stream_id: created.body['stream_id'], ...PUSHED });
    expect((await records.findOne({ app: app._id }))?.['sealedAuthorization']).toBeUndefined();
  });

  it('refuses what is not right with 400, and stays as it was', async () => {
    const url = (endpoint_url: unknown) => ({ delivery: { method: PUSH, endpoint_url } });
    const wrong: unknown[] = [
      [],
      'x',
      { events_requested: SESSION_REVOKED },
      { events_requested: [7] },
      { delivery: PUSH },
      { delivery: { method: 'push', endpoint_url: 'https://a.example' } },
      { delivery: { method: PUSH } },
      url(''),
      url('receiver.example.com'),
      url('http://receiver.example.com/events'),
      url('ftp://receiver.example.com/events'),
      url('https://user:password@receiver.example.com/'),
      url('https://receiver.example.com/#part'),
      url({ $gt: '' }),
      { delivery: { ...PUSHED.delivery, authorization_header: 'a\r\nX-Other: b' } },
      { delivery: { ...PUSHED.delivery, authorization_header: 7 } },
      { description: 'x'.repeat(257) },
    ];
    for (const body of wrong) {
      const answer = await receiver.call('POST', 'streams', JSON.stringify(body));
      expect([body, answer.status]).toEqual([body, 400]);
    }
    const id = await receiver.open();
    const before = (await receiver.call('GET', 'streams')).text;
    for (const body of [
      {},
      { stream_id: 7 },
      { stream_id: 'x' },
      { stream_id: id, iss: 'https://other.example' },
      { stream_id: id, aud: ['x'] },
      { stream_id: id, events_delivered: [] },
      { stream_id: id, events_supported: ['x'] },
      ...wrong.slice(2).map((body) => ({ stream_id: id, ...(body as object) })),
    ]) {
      for (const method of ['PATCH', 'PUT']) {
        expect([method, body, (await receiver.call(method, 'streams', body)).status]).toEqual([method, body, 400]);
      }
    }
    for (const path of ['streams', 'streams?stream_id=x', 'streams?stream_id=', 'streams?stream_id=a&stream_id=b']) {
      expect((await receiver.call('DELETE', path)).status).toBe(400);
    }
    expect((await receiver.call('GET', 'status')).status).toBe(400);
    expectError(await receiver.call('PATCH', 'streams', { stream_id: UNKNOWN }), { status: 404 });
    expect((await receiver.call('GET', 'streams')).text).toBe(before);
  });

  it('goes with its server key, and with its app', async () => {
    const id = await receiver.open();
    await receiver.call('POST', 'verify', { stream_id: id });
    await server.get(ServerKeysService).delete(app, ObjectId.createFromHexString(receiver.keyId));
    await server.get(StreamsService).removeOrphans();
    for (const name of [SignalStream.name, Signal.name]) {
      const { collection } = server.server.app.get<Model<unknown>>(getModelToken(name));
      expect(await collection.countDocuments({ app: app._id })).toBe(0);
    }
  });
});

describe('the status of a stream (SSF §8.1.2)', () => {
  it('is read and changed; paused, events are held; disabled, they are not', async () => {
    const id = await receiver.open();
    const status = () => receiver.call('GET', `status?stream_id=${id}`);
    expect((await status()).body).toEqual({ stream_id: id, status: 'enabled' });
    const set = (body: object) => receiver.call('POST', 'status', { stream_id: id, ...body });
    const paused = await set({ status: 'paused', reason: 'maintenance' });
    expect([paused.status, paused.body]).toEqual([200, { stream_id: id, status: 'paused', reason: 'maintenance' }]);
    expect((await status()).text).toBe(paused.text);
    const out = async () => {
      const tokens = await receiver.client.enterAnonymously();
      clock.advance(1);
      await receiver.client.logout(tokens.refreshToken);
      return claimsOf(tokens.accessToken)['sid'];
    };
    const held = [await out(), await out()];
    expect(await receiver.poll(id)).toEqual({});
    await set({ status: 'enabled' });
    const events = await waitFor(id, 2);
    expect(events.map(({ claims }) => (claims['sub_id'] as { session: { id: string } }).session.id)).toEqual(held);
    await set({ status: 'disabled' });
    await out();
    expect(await receiver.poll(id)).toEqual({});
    clock.advance(120);
    await set({ status: 'enabled' });
    expect((await status()).body).toEqual({ stream_id: id, status: 'enabled' });
    const last = await out();
    const [event, ...more] = await waitFor(id, 1);
    expect((event!.claims['sub_id'] as { session: { id: string } }).session.id).toBe(last);
    expect(more).toEqual([]);
  });

  it('is one of three', async () => {
    const id = await receiver.open();
    for (const body of [{ status: 'off' }, {}, { status: 'paused', reason: 7 }, { status: ['paused'] }]) {
      expect((await receiver.call('POST', 'status', { stream_id: id, ...body })).status).toBe(400);
    }
    expectError(await receiver.call('POST', 'status', { stream_id: UNKNOWN, status: 'paused' }), { status: 404 });
  });
});

describe('verification (SSF §8.1.4)', () => {
  it('puts an event with the state into the stream, not more often than it says', async () => {
    const id = await receiver.open();
    const ask = (body: object = {}) => receiver.call('POST', 'verify', { stream_id: id, ...body });
    const answer = await ask({ state: 'VGhpcw==' });
    expect([answer.status, answer.text]).toEqual([204, '']);
    const [event] = await waitFor(id, 1);
    expect(event).toMatchObject({ type: VERIFICATION, event: { state: 'VGhpcw==' } });
    expect(event!.claims['sub_id']).toEqual({ format: 'opaque', id });
    const again = await Promise.all([ask(), ask()]);
    for (const refused of again) expectError(refused, { status: 429, code: 'TooManyRequests' });
    expect(again[0].headers.get('retry-after')).toBe('30');
    clock.advance(30);
    expect((await ask()).status).toBe(204);
    const events = await waitFor(id, 2);
    expect(events[1]!.event).toEqual({});
    expect((await ask({ state: 7 })).status).toBe(400);
  });
});

describe('session-revoked (CAEP §3.1)', () => {
  it('names the session and its user, signed with the app’s key, as a Security Event Token', async () => {
    const id = await receiver.open();
    const tokens = await receiver.client.enter('ada@example.com', 'correct horse');
    const { sid } = claimsOf(tokens.accessToken);
    await receiver.client.logout(tokens.refreshToken);
    const [{ claims, header, type, event }] = (await waitFor(id, 1)) as [Awaited<ReturnType<Receiver['verify']>>];
    const jwks = JSON.parse(
      (await receiver.client.request('GET', `${receiver.client.appPath}/.well-known/jwks.json`)).text,
    );
    expect(header).toEqual({ alg: 'ES256', kid: jwks.keys[0].kid, typ: 'secevent+jwt' });
    expect(Object.keys(claims).sort()).toEqual(['aud', 'events', 'iat', 'iss', 'jti', 'sub_id']);
    expect(claims['sub_id']).toEqual({
      format: 'complex',
      user: { format: 'iss_sub', iss: issuer, sub: tokens.userId },
      session: { format: 'opaque', id: sid },
    });
    expect(type).toBe(SESSION_REVOKED);
    expect(event).toEqual({ event_timestamp: Math.floor(clock.now().getTime() / 1_000), initiating_entity: 'user' });
  });

  it('is told once of all sessions of a user, for each way to end them', async () => {
    const id = await receiver.open();
    for (const end of [server.admin.revokeSessions, server.admin.disable, server.admin.delete]) {
      const { userId } = await receiver.client.enterAnonymously();
      clock.advance(1);
      await end(app, userId);
      const events = await waitFor(id, 1);
      expect(events.map(({ type, claims }) => [type, claims['sub_id']])).toEqual([
        [SESSION_REVOKED, { format: 'iss_sub', iss: issuer, sub: userId }],
      ]);
      await receiver.poll(id, { ack: [events[0]!.claims.jti] });
    }
  });

  it('goes to streams that asked for it, of that app, from when they did', async () => {
    const before = await receiver.client.enterAnonymously();
    await receiver.client.logout(before.refreshToken);
    clock.advance(1);
    const id = await receiver.open();
    const unasked = await Receiver.make(server, app, 'unasked');
    const unaskedId = await unasked.open({ events_requested: [] });
    const elsewhere = await Receiver.make(server, await server.make.app({ providers: PROVIDERS }));
    const elsewhereId = await elsewhere.open();
    const { refreshToken } = await receiver.client.enterAnonymously();
    await receiver.client.logout(refreshToken);
    expect(await waitFor(id, 1)).toHaveLength(1);
    expect([await unasked.poll(unaskedId), await elsewhere.poll(elsewhereId)]).toEqual([{}, {}]);
  });
});

describe('poll-based delivery (RFC 8936)', () => {
  async function logOut(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const { refreshToken } = await receiver.client.enterAnonymously();
      clock.advance(1);
      await receiver.client.logout(refreshToken);
    }
  }

  it('gives events until they are acknowledged (§2.4), in order, as many as are wanted', async () => {
    const id = await receiver.open();
    await logOut(3);
    await waitFor(id, 3);
    const two = await receiver.call('POST', `poll/${id}`, { maxEvents: 2, returnImmediately: true });
    expect([two.status, two.headers.get('content-type'), two.headers.get('cache-control')]).toEqual([
      200,
      'application/json',
      'no-store',
    ]);
    expect(Object.keys(two.body).sort()).toEqual(['moreAvailable', 'sets']);
    expect(two.body['moreAvailable']).toBe(true);
    const first = Object.keys(two.body['sets'] as object);
    expect(first).toHaveLength(2);
    for (const [jti, set] of Object.entries(two.body['sets'] as Record<string, string>))
      expect(claimsOf(set)['jti']).toBe(jti);
    expect(Object.keys(await receiver.poll(id, { maxEvents: 2 }))).toEqual(first);
    // Acknowledged and fetched in one.
    const rest = await receiver.poll(id, { ack: first });
    expect(Object.keys(rest)).toHaveLength(1);
    expect(first).not.toContain(Object.keys(rest)[0]);
    const none = await receiver.call('POST', `poll/${id}`, { ack: Object.keys(rest), maxEvents: 0 });
    expect(none.text).toBe('{"sets":{}}');
    expect(await receiver.poll(id)).toEqual({});
    // Once more, and what nobody was given.
    expect(await receiver.poll(id, { ack: [...first, 'unknown', '$ne'] })).toEqual({});
  });

  it('does not give again what the receiver has an error with (§2.4, §2.6)', async () => {
    const id = await receiver.open();
    await logOut(1);
    const [{ claims }] = (await waitFor(id, 1)) as [Awaited<ReturnType<Receiver['verify']>>];
    const setErrs = { [claims.jti!]: { err: 'invalid_request', description: 'what is this' } };
    expect(await receiver.poll(id, { setErrs })).toEqual({});
    const stored = await server.server.app
      .get<Model<Signal>>(getModelToken(Signal.name))
      .collection.findOne({ jti: claims.jti! });
    expect(stored).toMatchObject({ problem: 'invalid_request: what is this' });
  });

  it('waits for news where it may (§2.2), on any instance', async () => {
    const other = await createTestServer({ sharing: server, clock });
    try {
      const id = await receiver.open();
      const began = performance.now();
      const polling = receiver.call('POST', `poll/${id}`, {});
      const path = `${receiver.client.appPath}/ssf/poll/${id}`;
      const elsewhere = other.client(app).request('POST', path, { body: {}, authorization: receiver.bearer });
      await logOut(1);
      for (const answer of [await polling, await elsewhere]) {
        expect(Object.keys(answer.body['sets'] as object)).toHaveLength(1);
      }
      expect(performance.now() - began).toBeLessThan(20_000);
    } finally {
      await other.stop();
    }
  }, 40_000);

  it('refuses what is no poll, and streams that are pushed', async () => {
    const id = await receiver.open();
    for (const body of [
      [],
      { maxEvents: -1 },
      { maxEvents: 1.5 },
      { ack: 'x' },
      { ack: [7] },
      { setErrs: { a: 'b' } },
    ]) {
      expect([body, (await receiver.call('POST', `poll/${id}`, JSON.stringify(body))).status]).toEqual([body, 400]);
    }
    expect((await receiver.call('POST', 'poll/x', {})).status).toBe(400);
    expectError(await receiver.call('POST', `poll/${UNKNOWN}`, {}), { status: 404 });
    expect((await receiver.call('GET', `poll/${id}`)).status).toBe(405);
    await receiver.call('PATCH', 'streams', { stream_id: id, ...PUSHED });
    expectError(await receiver.call('POST', `poll/${id}`, {}), { status: 404 });
  });

  it('loses and doubles nothing over a restart: what ended while no server ran is told, what was acknowledged is not', async () => {
    const id = await receiver.open();
    await logOut(1);
    const [known] = await waitFor(id, 1);
    await receiver.poll(id, { ack: [known!.claims.jti] });
    await logOut(2);
    // As if the process had died before it read what ended, and had forgotten what it told.
    const sessions = await receiver.client.enterAnonymously();
    await receiver.client.logout(sessions.refreshToken);
    const restarted = await createTestServer({ sharing: server, clock });
    try {
      const again = Object.assign(Object.create(receiver) as Receiver, { client: restarted.client(app) });
      await waitFor(id, 3, again);
      const events = await waitFor(id, 3, again);
      expect(events).toHaveLength(3);
      expect(events.map(({ claims }) => claims.jti)).not.toContain(known!.claims.jti);
    } finally {
      await restarted.stop();
    }
  });
});

describe('administrators', () => {
  let admin: AdminClient;
  beforeEach(async () => {
    admin = await makeAdmin(server);
  });

  it('make, see, pause and delete streams; the receiver is told in the stream (SSF §8.1.5)', async () => {
    const at = `${admin.app(app)}/ssf/streams`;
    expect((await admin.get(at)).text).toBe('[]');
    const made = await admin.post(at, { server_key_id: receiver.keyId, events_requested: [SESSION_REVOKED] });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      server_key_id: receiver.keyId,
      status: 'enabled',
      waiting: 0,
      delivery: { method: POLL },
    });
    const id = String(made.body['_id']);
    expect((await admin.post(at, { server_key_id: receiver.keyId })).body.error_code).toBe('StreamAlreadyExists');
    for (const server_key_id of [UNKNOWN, 'x', undefined, { $ne: 1 }]) {
      expect([400, 404]).toContain((await admin.post(at, { server_key_id })).status);
    }
    const paused = await admin.patch(`${at}/${id}`, { status: 'paused', reason: 'license' });
    expect([paused.status, paused.body['status']]).toEqual([200, 'paused']);
    const [event] = await waitFor(id, 1);
    expect(event).toMatchObject({ type: STREAM_UPDATED, event: { status: 'paused', reason: 'license' } });
    expect(event!.claims['sub_id']).toEqual({ format: 'opaque', id });
    expect((await admin.patch(`${at}/${id}`, { status: 'gone' })).status).toBe(400);
    expect((await admin.patch(`${at}/${UNKNOWN}`, { status: 'paused' })).status).toBe(404);
    expect(JSON.parse((await admin.get(at)).text)).toHaveLength(1);
    expect((await admin.delete(`${at}/${id}`)).status).toBe(204);
    expect((await admin.delete(`${at}/${id}`)).status).toBe(404);
  });
});
