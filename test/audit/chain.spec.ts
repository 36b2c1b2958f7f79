import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId, type Collection } from 'mongodb';
import type { AuditChain } from '../../src/audit/audit-chain.model.js';
import type { AuditEvent } from '../../src/audit/audit-event.model.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { chainSeal, eventHash } from '../../src/audit/chain-hash.js';
import { RetentionService } from '../../src/audit/retention.service.js';
import { VerifyService } from '../../src/audit/verify.service.js';
import type { App } from '../../src/apps/app.model.js';
import { MasterKey } from '../../src/crypto/sealing.js';
import { Database } from '../../src/database/database.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { FakeClock } from '../support/fake-clock.js';

const DAY = 86_400;

describe('the audit trail', () => {
  const clock = new FakeClock();
  let server: TestServer;
  let events: Collection;
  let chains: Collection;

  beforeAll(async () => {
    server = await createTestServer({ clock });
    events = server.get(Database).connection.db!.collection('audit_events');
    chains = server.get(Database).connection.db!.collection('audit_chains');
  });

  afterAll(() => server.stop());

  /** An app with so many entries about one user, and their ids in order. */
  async function makeTrail(count: number, on = server): Promise<{ app: App; user: string }> {
    const app = await server.make.app();
    const user = new ObjectId().toHexString();
    for (let n = 1; n <= count; n += 1) record(app, user, n, on);
    await on.get(AuditService).flush();
    return { app, user };
  }

  function record(app: App, user: string, n: number, on = server): void {
    on.get(AuditService).record({
      where: { app: app._id.toHexString() },
      type: 'user.login',
      outcome: 'success',
      actor: { kind: 'user', id: user },
      user,
      ip: '203.0.113.7',
      userAgent: 'Browser \ud800 😀',
      details: { number: String(n), session_id: 'x' },
    });
  }

  const verify = (app: App) => server.get(VerifyService).verify(app._id);

  it('is whole, numbered without gaps, and each entry names the one before', async () => {
    const { app } = await makeTrail(5);
    expect(await verify(app)).toMatchObject({ entries: 5, erased: 0, seq: 5, problems: [] });
    const found = (await events.find({ chain: app._id }, { sort: { seq: 1 } }).toArray()) as unknown as AuditEvent[];
    expect(found.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(found[0]!.previous).toBe('');
    expect(found.slice(1).map(({ previous }) => previous)).toEqual(found.slice(0, 4).map(({ hash }) => hash));
  });

  it.each([
    ['outcome', { outcome: 'failure' }],
    ['at', { at: new Date(0) }],
    ['user', { user: 'somebody' }],
    ['address', { 'personal.ip': '198.51.100.1' }],
    ['details', { 'details.number': '4' }],
    ['previous', { previous: '' }],
    ['hash', { hash: 'x' }],
    ['a type that was never written', { actor: 'me' }],
  ])('shows a changed entry: %s', async (_what, $set) => {
    const { app } = await makeTrail(5);
    await events.updateOne({ chain: app._id, seq: 3 }, { $set });
    expect((await verify(app)).problems).toEqual([{ kind: 'changed', from: 3, to: 3 }]);
  });

  it('takes an entry whose personal part was hashed with the key, and shows where it was changed', async () => {
    const { app } = await makeTrail(1);
    const key = server.get(MasterKey);
    const event = (await events.findOne({ chain: app._id })) as unknown as AuditEvent;
    const { salt, ip, userAgent } = event.personal!;
    event.personalHash = key.auditHash(JSON.stringify(['personal', salt, null, ip, userAgent]));
    event.hash = eventHash(key, event);
    await events.replaceOne({ _id: event._id }, event);
    const head = (await chains.findOne({ _id: app._id })) as unknown as AuditChain;
    const end = { hash: event.hash, seal: chainSeal(key, { ...head, hash: event.hash }) };
    await chains.updateOne({ _id: app._id }, { $set: end });
    expect(await verify(app)).toMatchObject({ entries: 1, problems: [] });
    await events.updateOne({ _id: event._id }, { $set: { 'personal.ip': '198.51.100.1' } });
    expect((await verify(app)).problems).toEqual([{ kind: 'changed', from: 1, to: 1 }]);
  });

  it('shows missing entries: in the middle, the first, the last', async () => {
    const { app } = await makeTrail(7);
    await events.deleteMany({ chain: app._id, seq: { $in: [1, 3, 4, 7] } });
    expect((await verify(app)).problems).toEqual([
      { kind: 'missing', from: 1, to: 1 },
      { kind: 'missing', from: 3, to: 4 },
      { kind: 'missing', from: 7, to: 7 },
    ]);
  });

  it('shows an inserted entry, in a gap and behind the end', async () => {
    const { app } = await makeTrail(4);
    const copy = await events.findOne({ chain: app._id, seq: 4 }, { projection: { _id: 0 } });
    await events.deleteOne({ chain: app._id, seq: 2 });
    await events.insertMany([
      { ...copy, seq: 2 },
      { ...copy, seq: 5 },
    ] as never[]);
    expect((await verify(app)).problems).toEqual([
      { kind: 'changed', from: 2, to: 2 },
      { kind: 'inserted', from: 5, to: 5 },
    ]);
  });

  it('shows that its end was moved back to hide the newest entries', async () => {
    const { app } = await makeTrail(4);
    const third = await events.findOne({ chain: app._id, seq: 3 });
    await events.deleteOne({ chain: app._id, seq: 4 });
    await chains.updateOne({ _id: app._id }, { $set: { seq: 3, hash: third!['hash'] } });
    expect((await verify(app)).problems).toEqual([{ kind: 'end_changed' }]);
    await chains.deleteOne({ _id: app._id });
    expect((await verify(app)).problems).toEqual([{ kind: 'end_missing' }]);
  });

  it('is one trail where two instances write at once', async () => {
    const other = await createTestServer({ sharing: server });
    try {
      const { app, user } = await makeTrail(1);
      for (let round = 0; round < 6; round += 1) {
        for (let n = 0; n < 5; n += 1) {
          record(app, user, n);
          record(app, user, n, other);
        }
        await Promise.all([server.get(AuditService).flush(), other.get(AuditService).flush()]);
      }
      expect(await verify(app)).toMatchObject({ entries: 61, seq: 61, problems: [] });
    } finally {
      await other.stop();
    }
  });

  it('has each entry once, though the answer to the first try was lost', async () => {
    const { app, user } = await makeTrail(1);
    const database = server.get(Database);
    const transaction = database.transaction.bind(database);
    for (let n = 2; n <= 4; n += 1) record(app, user, n);
    database.transaction = async (work) => {
      await transaction(work);
      throw new Error('the connection was closed');
    };
    await expect(server.get(AuditService).flush()).rejects.toThrow('the connection was closed');
    database.transaction = transaction;
    record(app, user, 5);
    await server.get(AuditService).flush();
    expect(await verify(app)).toMatchObject({ entries: 5, seq: 5, problems: [] });
  });

  it('is complete when an instance ends right after', async () => {
    const other = await createTestServer({ sharing: server });
    const { app, user } = await makeTrail(0);
    for (let n = 0; n < 3; n += 1) record(app, user, n, other);
    expect(await events.countDocuments({ chain: app._id })).toBe(0);
    await other.stop();
    expect(await verify(app)).toMatchObject({ entries: 3, problems: [] });
  });

  it('begins later once it was pruned; what was there is not missing', async () => {
    const { app, user } = await makeTrail(3);
    clock.advance(500 * DAY);
    record(app, user, 4);
    await server.get(AuditService).flush();
    await server.get(RetentionService).prune();
    expect(await verify(app)).toMatchObject({ entries: 1, seq: 4, problems: [] });
    expect(await events.countDocuments({ chain: app._id })).toBe(1);
    clock.advance(500 * DAY);
    await server.get(RetentionService).prune();
    expect(await verify(app)).toMatchObject({ entries: 0, seq: 4, problems: [] });
    record(app, user, 5);
    await server.get(AuditService).flush();
    expect(await verify(app)).toMatchObject({ entries: 1, seq: 5, problems: [] });
  });

  it('loses names and addresses with their user, and is whole still', async () => {
    const { app, user } = await makeTrail(3);
    record(app, new ObjectId().toHexString(), 9);
    await server.get(AuditService).erase(app._id, user, []);
    expect(await verify(app)).toMatchObject({ entries: 4, erased: 3, problems: [] });
    expect(await events.countDocuments({ chain: app._id, user, personal: { $exists: true } })).toBe(0);
  });

  it('goes with its app', async () => {
    const { app } = await makeTrail(3);
    const { AppRemovalService } = await import('../../src/accounts/app-removal.service.js');
    await server.get(AppRemovalService).delete(app);
    expect(await events.countDocuments({ chain: app._id })).toBe(0);
    expect(await chains.countDocuments({ _id: app._id })).toBe(0);
  });
});
