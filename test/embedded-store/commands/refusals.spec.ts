import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Db, type Document, Long, MongoClient } from 'mongodb';
import { type EmbeddedStore, startEmbeddedStore } from '../../../src/embedded-store/index.js';
import { errorOf, temporaryDirectory } from '../../store/support.js';

const directory = temporaryDirectory();
let store: EmbeddedStore;
let client: MongoClient;
let db: Db;

beforeAll(async () => {
  store = await startEmbeddedStore({ directory, sameThread: true, failPoints: true });
  client = await MongoClient.connect(store.uri);
  db = client.db('refusals');
  await db.collection('c').insertOne({ a: 1 });
});
afterAll(async () => {
  await client.close();
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('what the store does not have', () => {
  const cases: [what: string, command: Document, code: number][] = [
    ['an unknown command', { frobnicate: 1 }, 59],
    ['a command of MongoDB', { mapReduce: 'c' }, 115],
    ['a rename by another database than admin', { renameCollection: 'refusals.c', to: 'refusals.d' }, 13],
    ['an unknown option', { find: 'c', colour: 1 }, 40415],
    [
      'an unknown option of a statement',
      { update: 'c', updates: [{ q: {}, u: { $set: { a: 1 } }, colour: 1 }] },
      40415,
    ],
    ['an unknown operator', { find: 'c', filter: { a: { $near: 1 } } }, 115],
    ['an operator nobody knows', { find: 'c', filter: { a: { $colour: 1 } } }, 2],
    ['an unknown stage', { aggregate: 'c', pipeline: [{ $colour: 1 }], cursor: {} }, 40324],
    ['a stage of MongoDB', { aggregate: 'c', pipeline: [{ $bucketAuto: {} }], cursor: {} }, 115],
    ['a write concern of an aggregate that reads', { aggregate: 'c', pipeline: [], cursor: {}, writeConcern: {} }, 72],
    ['a database as the source', { aggregate: 1, pipeline: [{ $currentOp: {} }], cursor: {} }, 115],
    [
      'events in parts',
      { aggregate: 'c', pipeline: [{ $changeStream: {} }, { $changeStreamSplitLargeEvent: {} }], cursor: {} },
      115,
    ],
    ['JavaScript', { find: 'c', filter: { $where: 'true' } }, 115],
    [
      'figures that are not kept',
      { aggregate: 'c', pipeline: [{ $collStats: { latencyStats: {} } }], cursor: {} },
      115,
    ],
    ['figures of nothing', { aggregate: 'none', pipeline: [{ $collStats: {} }], cursor: {} }, 26],
    ['a collation', { find: 'c', collation: { locale: 'en' } }, 72],
    ['a collation of a statement', { delete: 'c', deletes: [{ q: {}, limit: 1, collation: { locale: 'en' } }] }, 72],
    ['a tailable cursor', { find: 'c', tailable: true }, 115],
    ['a view', { create: 'v', viewOn: 'c', pipeline: [] }, 115],
    ['a capped collection', { create: 'v', capped: true, size: 1000 }, 115],
    ['a validator', { create: 'v', validator: { a: 1 } }, 115],
    ['a snapshot outside of a transaction', { find: 'c', readConcern: { level: 'snapshot' } }, 115],
    ['a write concern of a read', { find: 'c', writeConcern: { w: 1 } }, 72],
    ['a write concern that is none', { insert: 'c', documents: [{ a: 2 }], writeConcern: { x: 1 } }, 9],
    ['an option of another kind of collection', { collMod: 'c', validator: { a: 1 } }, 115],
    ['an index option', { createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a', hidden: true }] }, 115],
    ['a namespace that is too long', { find: 'x'.repeat(250) }, 73],
    ['a system collection', { insert: 'system.users', documents: [{ a: 1 }] }, 73],
    ['a negative limit of time', { find: 'c', maxTimeMS: -1 }, 2],
    ['a transaction number without a session of a write', { count: 'c', txnNumber: Long.fromNumber(1) }, 50768],
  ];
  it.each(cases)('%s is refused with its code', async (_what, command, code) => {
    expect(await errorOf(db.command(command))).toMatchObject({ code });
  });

  it.each<[Document, Document]>([
    [{ insert: 'w', documents: [{ _id: 1 }] }, { n: 1 }],
    [
      { update: 'w', updates: [{ q: { _id: 1 }, u: { $set: { a: 1 } } }] },
      { n: 1, nModified: 1 },
    ],
    [{ findAndModify: 'w', query: { _id: 1 }, update: { $set: { a: 2 } }, new: true }, { value: { _id: 1, a: 2 } }],
    [{ createIndexes: 'w', indexes: [{ key: { a: 1 }, name: 'a' }] }, { numIndexesAfter: 2 }],
    [{ dropIndexes: 'w', index: 'a' }, { nIndexesWas: 2 }],
    [{ delete: 'w', deletes: [{ q: { _id: 1 }, limit: 1 }] }, { n: 1 }],
    [{ drop: 'w' }, { ns: 'refusals.w' }],
    [{ create: 'w' }, { ok: 1 }],
  ])('nodes that are not there are missed, and %j is done', async (command, done) => {
    const ask = (w: number | string) => db.command({ ...command, writeConcern: { w } });
    const error = { code: 100, codeName: 'UnsatisfiableWriteConcern' };
    expect(await errorOf(ask(3))).toMatchObject({ errorResponse: { ...done, writeConcernError: error } });
  });

  it('other nodes are missed by name too, and by a commit', async () => {
    const insert = { insert: 'w', documents: [{ _id: 2 }], writeConcern: { w: 'elsewhere' } };
    expect(await errorOf(db.command(insert))).toMatchObject({ code: 79, errorResponse: { n: 1 } });
    await client.withSession(async (session) => {
      session.startTransaction({ writeConcern: { w: 2 } });
      await db.collection<{ _id: number }>('w').insertOne({ _id: 3 }, { session });
      expect(await errorOf(session.commitTransaction())).toMatchObject({ code: 100 });
    });
    expect(await db.collection('w').countDocuments()).toBe(2);
  });

  it('an option of createIndexes inside of a transaction is refused', async () => {
    await client.withSession(async (session) => {
      session.startTransaction();
      expect(await errorOf(db.command({ createIndexes: 'c', indexes: [] }, { session }))).toMatchObject({ code: 263 });
    });
  });

  it('too many open cursors are refused', async () => {
    const docs = db.collection('many');
    await docs.insertMany(Array.from({ length: 5 }, (_, n) => ({ n })));
    const open = () => db.command({ find: 'many', batchSize: 1 });
    const opened = [];
    for (let i = 0; i < 500; i++) opened.push(((await open())['cursor'] as { id: Long }).id);
    expect((await errorOf(open()))['message']).toContain('too many open cursors');
    const killed = await db.command({ killCursors: 'many', cursors: opened });
    expect(killed['cursorsKilled']).toHaveLength(500);
    await open();
  });
});

describe('what drivers and tools ask for', () => {
  it.each<[Document, Document]>([
    [{ hello: 1 }, { isWritablePrimary: true, maxWireVersion: 25, setName: 'latchkey' }],
    [{ buildInfo: 1 }, { version: '8.0.0' }],
    [{ connectionStatus: 1 }, { authInfo: { authenticatedUsers: [] } }],
    [{ dbStats: 1 }, { db: 'refusals', objects: expect.any(Number) }],
    [{ collStats: 'c' }, { ns: 'refusals.c', count: 1, nindexes: 1 }],
    [{ getParameter: 1, featureCompatibilityVersion: 1 }, { featureCompatibilityVersion: { version: '8.0' } }],
    [{ killAllSessions: [] }, { ok: 1 }],
    [
      { aggregate: 'c', pipeline: [{ $collStats: { count: {}, storageStats: { scale: 1024 } } }], cursor: {} },
      { cursor: { firstBatch: [{ ns: 'refusals.c', count: 1, storageStats: { count: 1, nindexes: 1 } }] } },
    ],
  ])('%j is answered', async (command, answer) => {
    expect(await db.command(command)).toMatchObject(answer);
  });
});

describe('the fail point of tests', () => {
  const failNext = (data: Document) =>
    client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times: 1 }, data });

  it('fails a command, which the driver repeats', async () => {
    await failNext({ failCommands: ['insert'], errorCode: 189, errorLabels: ['RetryableWriteError'] });
    await db.collection('retried').insertOne({ a: 1 });
    expect(await db.collection('retried').countDocuments()).toBe(1);
  });

  it('closes the connection, and a write is still done once', async () => {
    await failNext({ failCommands: ['update'], closeConnection: true });
    await db.collection('closed').insertOne({ n: 0 });
    await db.collection('closed').updateOne({}, { $inc: { n: 1 } });
    expect(await db.collection('closed').findOne()).toMatchObject({ n: 1 });
  });

  it('is not there in a store that was started as usual', async () => {
    const other = temporaryDirectory();
    const usual = await startEmbeddedStore({ directory: other, sameThread: true });
    const asked = await MongoClient.connect(usual.uri);
    const configure = asked.db('admin').command({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data: {} });
    expect(await errorOf(configure)).toMatchObject({ code: 59 });
    await asked.close();
    await usual.close();
    rmSync(other, { recursive: true, force: true });
  });
});
