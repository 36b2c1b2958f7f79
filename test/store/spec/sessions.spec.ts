import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ClientSession, type Collection, type Document, Long, Timestamp } from 'mongodb';
import { errorOf, useStore } from '../support.js';

/** What servers answer to sessions, retried writes and transactions, command by command as a driver sends them. */
type Numbered = { _id: number } & Document;

const store = useStore();
let docs: Collection<Numbered>;

beforeEach(async () => {
  docs = store.db.collection('sessions');
  await docs.deleteMany({});
  await docs.insertMany([{ _id: 1 }, { _id: 2 }]);
});

const sessions: ClientSession[] = [];
let lastBase = 1_000_000;
afterEach(async () => {
  for (const session of sessions.splice(0)) {
    await store.client.db('admin').command({ killSessions: [session.id] });
    // Another test must not get a session whose numbers are used up.
    (session.serverSession as unknown as { isDirty: boolean }).isDirty = true;
    await session.endSession();
  }
});

const isEmbedded = !process.env['MONGODB_URI'];
const transient = expect.arrayContaining(['TransientTransactionError']);

/** A session whose numbers the test chooses: the driver, which knows nothing of them, has only its `lsid` to add. */
function ownSession() {
  const session = store.client.startSession({ causalConsistency: false });
  sessions.push(session);
  // The driver may have used this session before.
  const base = (lastBase += 1000);
  const send = (command: Document, number?: number) =>
    store.db.command(
      { ...command, ...(number !== undefined && { txnNumber: Long.fromNumber(base + number) }) },
      { session },
    );
  const inTransaction = (number: number, command: Document, starts = false) =>
    send({ ...command, autocommit: false, ...(starts && { startTransaction: true }) }, number);
  const end = (number: number, how: 'commitTransaction' | 'abortTransaction') => {
    // The driver gives these its own number.
    (session.serverSession as unknown as { txnNumber: number }).txnNumber = base + number;
    return store.client.db('admin').command({ [how]: 1 }, { session });
  };
  return { lsid: session.id, send, inTransaction, end };
}

const insert = (_id: number) => ({ insert: 'sessions', documents: [{ _id }] });
const ids = async () => (await docs.find({}, { sort: { _id: 1 } }).toArray()).map(({ _id }) => _id);

describe('a retried write', () => {
  const add = { update: 'sessions', updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }] };
  it.each<[string, Document, Document]>([
    ['insert', insert(3), { n: 1 }],
    ['update', add, { n: 1, nModified: 1 }],
    ['upsert', { update: 'sessions', updates: [{ q: { _id: 5 }, u: { $inc: { n: 1 } }, upsert: true }] }, { n: 1 }],
    ['delete', { delete: 'sessions', deletes: [{ q: {}, limit: 1 }] }, { n: 1 }],
    [
      'findAndModify',
      { findAndModify: 'sessions', query: { _id: 1 }, update: { $inc: { n: 1 } }, new: true },
      { value: { _id: 1, n: 1 } },
    ],
    ['removal', { findAndModify: 'sessions', query: {}, sort: { _id: -1 }, remove: true }, { value: { _id: 2 } }],
  ])('%s is done once and answered alike', async (_name, command, reply) => {
    const { send } = ownSession();
    expect(await send(command, 1)).toMatchObject(reply);
    const after = await docs.find().toArray();
    expect(await send(command, 1)).toMatchObject(reply);
    expect(await docs.find().toArray()).toEqual(after);
  });

  it('that comes while the first runs is done once', async () => {
    const { send } = ownSession();
    const replies = await Promise.allSettled(Array.from({ length: 5 }, () => send(add, 1)));
    expect(replies.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await docs.findOne({ _id: 1 })).toMatchObject({ n: 1 });
  });

  it.each<[string, Document]>([
    ['update', { update: 'sessions', updates: [{ q: {}, u: { $set: { a: 1 } }, multi: true }] }],
    ['delete', { delete: 'sessions', deletes: [{ q: {}, limit: 0 }] }],
  ])('%s is refused for many documents', async (_name, command) => {
    const reply = await ownSession().send(command, 1);
    expect(reply).toMatchObject({ n: 0, writeErrors: [{ index: 0, code: 72 }] });
    expect(await docs.find().toArray()).toEqual([{ _id: 1 }, { _id: 2 }]);
  });

  it('is refused once a later one was seen', async () => {
    const { send } = ownSession();
    await send(insert(3), 2);
    expect(await errorOf(send(insert(4), 1))).toMatchObject({ code: 225 });
    expect(await ids()).toEqual([1, 2, 3]);
  });

  it('of another session is another write', async () => {
    await ownSession().send(add, 1);
    await ownSession().send(add, 1);
    expect(await docs.findOne({ _id: 1 })).toMatchObject({ n: 2 });
  });

  it('needs a command that can be retried, and a number', async () => {
    const { send } = ownSession();
    expect((await errorOf(send({ find: 'sessions' }, 1)))['code']).toBeDefined();
    expect((await errorOf(send({ count: 'sessions' }, 1)))['code']).toBeDefined();
    expect((await errorOf(send(insert(3), -5_000_000)))['code']).toBeDefined();
    expect(await ids()).toEqual([1, 2]);
  });
});

describe('a transaction', () => {
  it('is not there before it starts, after its abort, and under another number', async () => {
    const { inTransaction, end } = ownSession();
    const missing = { code: 251, errorLabels: transient };
    expect(await errorOf(inTransaction(1, insert(3)))).toMatchObject(missing);
    expect(await errorOf(end(1, 'commitTransaction'))).toMatchObject(missing);
    await inTransaction(2, insert(3), true);
    await end(2, 'abortTransaction');
    expect(await errorOf(inTransaction(2, insert(3)))).toMatchObject(missing);
    expect(await errorOf(end(2, 'commitTransaction'))).toMatchObject(missing);
    expect(await errorOf(inTransaction(3, insert(3)))).toMatchObject(missing);
    expect((await errorOf(inTransaction(1, insert(3))))['code']).toBe(225);
    expect(await ids()).toEqual([1, 2]);
  });

  it('is committed once, however often that is asked for, and then cannot be used or aborted', async () => {
    const { inTransaction, end } = ownSession();
    await inTransaction(1, insert(3), true);
    for (let i = 0; i < 3; i++) expect(await end(1, 'commitTransaction')).toMatchObject({ ok: 1 });
    expect(await errorOf(end(1, 'abortTransaction'))).toMatchObject({ code: 256 });
    expect(await errorOf(inTransaction(1, insert(4)))).toMatchObject({ code: 256 });
    expect((await errorOf(inTransaction(1, insert(4), true)))['code']).toBeDefined();
    expect(await ids()).toEqual([1, 2, 3]);
  });

  it('is aborted by the next one of its session, and by a plain retryable write', async () => {
    const { inTransaction, send, end } = ownSession();
    await inTransaction(1, insert(3), true);
    await inTransaction(2, insert(4), true);
    await send(insert(5), 3);
    expect((await errorOf(end(2, 'commitTransaction')))['code']).toBe(225);
    expect(await ids()).toEqual([1, 2, 5]);
  });

  it('takes its concerns at its start and its end, and says when an error was', async () => {
    const { inTransaction } = ownSession();
    const concerned = { ...insert(3), writeConcern: { w: 1 } };
    const error = await errorOf(inTransaction(1, concerned, true));
    expect(error).toMatchObject({ code: 72, errorResponse: { operationTime: expect.any(Timestamp) } });
    await inTransaction(2, { find: 'sessions', readConcern: { level: 'snapshot' } }, true);
    const again = { find: 'sessions', readConcern: { level: 'snapshot' } };
    expect(await errorOf(inTransaction(2, again))).toMatchObject({ code: 72 });
  });

  it('is aborted by an error of a statement', async () => {
    const { inTransaction, end } = ownSession();
    await inTransaction(1, insert(3), true);
    expect(await errorOf(inTransaction(1, { find: 'sessions', filter: { a: { $colour: 1 } } }))).toMatchObject({
      code: 2,
    });
    expect(await errorOf(end(1, 'commitTransaction'))).toMatchObject({ code: 251, errorLabels: transient });
    expect(await ids()).toEqual([1, 2]);
  });

  it('refuses what it cannot hold, by name', async () => {
    for (const command of [
      { count: 'sessions' },
      { drop: 'sessions' },
      { listCollections: 1 },
      { explain: { find: 'sessions' } },
      { createIndexes: 'sessions', indexes: [{ key: { a: 1 }, name: 'a' }] },
    ]) {
      const { inTransaction } = ownSession();
      const error = await errorOf(inTransaction(1, command, true));
      expect([command, error['code']]).toEqual([command, 263]);
    }
  });

  it('keeps a cursor to itself, and ends it with itself', async () => {
    const { inTransaction, send, end } = ownSession();
    const opened = await inTransaction(1, { find: 'sessions', batchSize: 1 }, true);
    const more = { getMore: (opened['cursor'] as Document)['id'], collection: 'sessions' };
    expect((await errorOf(ownSession().send(more)))['code']).toBeDefined();
    expect((await inTransaction(1, more))['cursor']).toMatchObject({ nextBatch: [{ _id: 2 }] });
    const second = await inTransaction(1, { find: 'sessions', batchSize: 1 });
    await end(1, 'commitTransaction');
    const late = { getMore: (second['cursor'] as Document)['id'], collection: 'sessions' };
    expect((await errorOf(send(late)))['code']).toBeDefined();
  });

  it('conflicts with what was written since it began to read, and may then be tried again', async () => {
    const session = store.client.startSession();
    let runs = 0;
    await session.withTransaction(async () => {
      await docs.findOne({ _id: 1 }, { session });
      if (++runs === 1) await docs.updateOne({ _id: 1 }, { $set: { by: 'other' } });
      await docs.updateOne({ _id: 1 }, { $set: { seen: true } }, { session });
    });
    await session.endSession();
    expect([runs, await docs.findOne({ _id: 1 })]).toEqual([2, { _id: 1, by: 'other', seen: true }]);
  });

  it('reads its own writes, and only those', async () => {
    const session = store.client.startSession();
    session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } });
    await docs.insertOne({ _id: 3 }, { session });
    expect(await docs.findOneAndUpdate({ _id: 3 }, { $set: { a: 1 } }, { session })).toEqual({ _id: 3 });
    expect(await docs.distinct('_id', {}, { session })).toEqual([1, 2, 3]);
    expect(await docs.countDocuments({}, { session })).toBe(3);
    expect(await docs.countDocuments()).toBe(2);
    const bulk = [{ deleteOne: { filter: { _id: 1 } } }, { insertOne: { document: { _id: 4 } } }];
    expect(await docs.bulkWrite(bulk, { session })).toMatchObject({ deletedCount: 1, insertedCount: 1 });
    await session.commitTransaction();
    await session.endSession();
    expect(await ids()).toEqual([2, 3, 4]);
  });

  it('commits nothing when it did nothing, and refuses a read preference that is not primary', async () => {
    const session = store.client.startSession();
    session.startTransaction();
    await session.commitTransaction();
    session.startTransaction({ readPreference: 'secondary' });
    await expect(docs.findOne({}, { session })).rejects.toThrow(/primary/);
    await session.abortTransaction();
    await session.endSession();
    expect(await ids()).toEqual([1, 2]);
  });
});

describe('a session', () => {
  it('is aborted and forgotten when it is ended or killed', async () => {
    for (const how of ['endSessions', 'killSessions']) {
      const { lsid, inTransaction, end } = ownSession();
      await inTransaction(1, insert(3), true);
      await store.client.db('admin').command({ [how]: [lsid] });
      // A driver cannot tell the end of a session from its loss; locks must not outlive it.
      if (isEmbedded || how === 'killSessions') expect((await errorOf(end(1, 'commitTransaction')))['code']).toBe(251);
      await docs.insertOne({ _id: 3 });
      await docs.deleteOne({ _id: 3 });
    }
  });

  it('is refreshed when asked, and refused when it is none', async () => {
    const { lsid } = ownSession();
    expect(await store.client.db('admin').command({ refreshSessions: [lsid] })).toMatchObject({ ok: 1 });
    const none = store.client.db('admin').command({ endSessions: [{ id: 5 }] });
    expect((await errorOf(none))['code']).toBeDefined();
  });

  it('is told the time of its writes, and reads after that', async () => {
    const client = await store.connect({ monitorCommands: true });
    const sent: Document[] = [];
    client.on('commandStarted', ({ command }) => sent.push(command));
    const session = client.startSession();
    const mine = client.db(docs.dbName).collection<Numbered>(docs.collectionName);
    await mine.updateOne({ _id: 1 }, { $set: { a: 1 } }, { session });
    expect(session.operationTime).toBeDefined();
    expect(await mine.findOne({ _id: 1 }, { session })).toEqual({ _id: 1, a: 1 });
    expect((sent.at(-1)!['readConcern'] as Document)['afterClusterTime']).toEqual(session.operationTime);
    await session.withTransaction(() => mine.findOne({ _id: 1 }, { session }));
    const started = sent.filter((command) => command['startTransaction']);
    expect(started.map((command) => Object.keys(command['readConcern'] as Document))).toEqual([['afterClusterTime']]);
    await session.endSession();
  });

  it('is listed', async () => {
    const pipeline = [
      { $listLocalSessions: {} },
      { $limit: 1 },
      { $addFields: { dummy: 1 } },
      { $project: { _id: 0, dummy: 1 } },
    ];
    expect(await store.client.db('admin').aggregate(pipeline).toArray()).toEqual([{ dummy: 1 }]);
  });

  it('reads what it has written before', async () => {
    await store.client.withSession({ causalConsistency: true }, async (session) => {
      await docs.insertOne({ _id: 3 }, { session });
      expect(await docs.findOne({ _id: 3 }, { session })).toEqual({ _id: 3 });
    });
  });
});
