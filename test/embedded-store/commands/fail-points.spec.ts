import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Collection, type Document, MongoClient } from 'mongodb';
import { type EmbeddedStore, startEmbeddedStore } from '../../../src/embedded-store/index.js';
import { errorOf, temporaryDirectory } from '../../store/support.js';

/** What the drivers' specifications of retries and transactions expect of a server that was told to fail. */
const directory = temporaryDirectory();
let store: EmbeddedStore;
let client: MongoClient;
let docs: Collection;

beforeAll(async () => {
  store = await startEmbeddedStore({ directory, sameThread: true, failPoints: true });
  client = await MongoClient.connect(store.uri);
  docs = client.db('fail').collection('docs');
  await docs.insertOne({ kept: true });
});
afterAll(async () => {
  await client.close();
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

const fail = (data: Document, mode: unknown = { times: 1 }) =>
  client.db('admin').command({ configureFailPoint: 'failCommand', mode, data });
afterEach(async () => {
  await fail({}, 'off');
  await client.db('admin').command({ killAllSessions: [] });
});

const TRANSIENT = 'TransientTransactionError';
const RETRYABLE = 'RetryableWriteError';

async function labelsInTransaction(code: number, command: 'insert' | 'commitTransaction'): Promise<string[]> {
  await fail({ failCommands: [command], errorCode: code }, { times: 2 });
  const session = client.startSession();
  session.startTransaction();
  try {
    await docs.insertOne({}, { session });
    await session.commitTransaction();
  } catch (error) {
    expect(error).toMatchObject({ code });
    return (error as { errorLabels: string[] }).errorLabels;
  } finally {
    await session.endSession();
  }
  throw new Error('it did not fail');
}

describe('the labels of a server', () => {
  it.each([10107, 112, 251, 91, 24])('say that a transaction may be tried again after %i', async (code) => {
    const labels = await labelsInTransaction(code, 'insert');
    expect([labels.includes(TRANSIENT), labels.includes(RETRYABLE)]).toEqual([true, false]);
  });

  it('say nothing of errors that stay', async () => {
    expect(await labelsInTransaction(2, 'insert')).toEqual([]);
  });

  it('say that a commit may be sent again, or the transaction tried again', async () => {
    expect(await labelsInTransaction(10107, 'commitTransaction')).toEqual([
      RETRYABLE,
      'UnknownTransactionCommitResult',
    ]);
    expect(await labelsInTransaction(251, 'commitTransaction')).toEqual([TRANSIENT]);
  });

  it('let the driver repeat a write once, and are replaced by those that the fail point names', async () => {
    await fail({ failCommands: ['insert'], errorCode: 91 });
    await docs.insertOne({ _id: 1 as never });
    await fail({ failCommands: ['insert'], errorCode: 91, errorLabels: [] });
    expect(await errorOf(docs.insertOne({ _id: 2 as never }))).toMatchObject({ code: 91 });
    const writeConcernError = { code: 91, errmsg: 'Replication is being shut down' };
    await fail({ failCommands: ['insert'], writeConcernError, errorLabels: [RETRYABLE] }, { times: 2 });
    const error = await errorOf(docs.insertOne({ _id: 3 as never }));
    expect(error).toMatchObject({ code: 91, errorLabels: expect.arrayContaining([RETRYABLE]) });
    expect(await docs.distinct('_id', { kept: { $exists: false } })).toEqual([1, 3]);
  });

  it('let withTransaction try again until it is done', async () => {
    for (const [failCommands, errorCode] of [
      [['insert'], 112],
      [['commitTransaction'], 10107],
      [['commitTransaction'], 251],
    ] as const) {
      await fail({ failCommands, errorCode }, { times: 2 });
      await client.withSession((session) =>
        session.withTransaction(() => docs.insertOne({ by: errorCode }, { session })),
      );
      expect(await docs.countDocuments({ by: errorCode })).toBe(1);
    }
  });
});

describe('a change stream', () => {
  const failGetMore = (data: Document) =>
    client.db('admin').command({ configureFailPoint: 'failGetMoreAfterCursorCheckout', mode: { times: 1 }, data });

  it.each([6, 91, 10107, 234])('that ends in error %i may be resumed', async (errorCode) => {
    const stream = docs.watch([], { maxAwaitTimeMS: 50 });
    try {
      await stream.tryNext();
      await failGetMore({ errorCode });
      await docs.insertOne({ _id: errorCode as never, kept: true });
      expect(await stream.next()).toMatchObject({ documentKey: { _id: errorCode } });
    } finally {
      await stream.close();
    }
  });

  it('that ends in another one may not', async () => {
    const stream = docs.watch([], { maxAwaitTimeMS: 50 });
    await stream.tryNext();
    await failGetMore({ errorCode: 280 });
    await expect(stream.next()).rejects.toMatchObject({ code: 280 });
    await stream.close();
  });
});

describe('a retryable write', () => {
  const failWrite = (mode: Document, data: Document = {}) =>
    client.db('admin').command({ configureFailPoint: 'onPrimaryTransactionalWrite', mode, data });
  const written = async () => (await docs.distinct('_id', { by: 'retry' })).length;
  afterEach(async () => {
    await client.db('admin').command({ configureFailPoint: 'onPrimaryTransactionalWrite', mode: 'off' });
    await docs.deleteMany({ by: 'retry' });
  });

  it('whose answer is lost is done once', async () => {
    await failWrite({ times: 1 });
    await docs.insertOne({ by: 'retry' });
    await failWrite({ times: 7 });
    await docs.insertMany([{ by: 'retry' }, { by: 'retry' }, { by: 'retry' }]);
    expect(await written()).toBe(4);
    await failWrite({ times: 1 });
    expect(await docs.updateOne({ by: 'retry' }, { $inc: { n: 1 } })).toMatchObject({ modifiedCount: 1 });
    expect(await docs.countDocuments({ n: 1 })).toBe(1);
  });

  it.each([{ closeConnection: true }, { closeConnection: false }])(
    'that failed is done at the next try: %j',
    async (how) => {
      await failWrite({ times: 1 }, { failBeforeCommitExceptionCode: 10107, ...how });
      await docs.insertOne({ by: 'retry' });
      await failWrite({ times: 2 }, { failBeforeCommitExceptionCode: 10107, ...how });
      await expect(docs.insertOne({ by: 'retry' })).rejects.toThrow(/./);
      expect(await written()).toBe(1);
    },
  );
});

describe('a fail point', () => {
  it('may be for one application, or one collection', async () => {
    const other = await MongoClient.connect(store.uri, { appName: 'other' });
    try {
      await fail({ failCommands: ['find'], errorCode: 8, appName: 'other' });
      await docs.findOne();
      expect(await errorOf(other.db('fail').collection('docs').findOne())).toMatchObject({ code: 8 });
      await fail({ failCommands: ['find'], errorCode: 8, namespace: 'fail.another' });
      await docs.findOne();
      expect(await errorOf(client.db('fail').collection('another').findOne())).toMatchObject({ code: 8 });
    } finally {
      await other.close();
    }
  });

  it('may let some commands pass first', async () => {
    await fail({ failCommands: ['find'], errorCode: 8 }, { skip: 2 });
    await docs.findOne();
    await docs.findOne();
    expect(await errorOf(docs.findOne())).toMatchObject({ code: 8 });
  });

  it('may close the connection, which a read and a write survive', async () => {
    await fail({ failCommands: ['find'], closeConnection: true });
    expect(await docs.findOne({ kept: true })).toMatchObject({ kept: true });
    await fail({ failCommands: ['update'], closeConnection: true });
    expect(await docs.updateOne({ kept: true }, { $inc: { n: 1 } })).toMatchObject({ modifiedCount: 1 });
    expect(await docs.findOne({ kept: true })).toMatchObject({ n: 1 });
  });
});
