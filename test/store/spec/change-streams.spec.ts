import { afterEach, describe, expect, it } from '@jest/globals';
import type { ChangeStream, ChangeStreamOptions, Document, Timestamp } from 'mongodb';
import { errorOf, useStore } from '../support.js';

const store = useStore();
const collection = (name: string) => store.db.collection<{ _id: number } & Document>(name);

const opened: ChangeStream[] = [];
afterEach(async () => {
  for (const stream of opened.splice(0)) await stream.close();
});

interface Watchable {
  watch(pipeline?: Document[], options?: ChangeStreamOptions): ChangeStream;
}

/** @returns a stream that the server has opened */
async function watch(target: Watchable, pipeline: Document[] = [], options: ChangeStreamOptions = {}) {
  const stream = target.watch(pipeline, { maxAwaitTimeMS: 100, ...options });
  opened.push(stream);
  await stream.tryNext();
  return stream;
}

async function take(stream: ChangeStream, count: number): Promise<Document[]> {
  const events: Document[] = [];
  while (events.length < count) events.push(await stream.next());
  return events;
}

const idsOf = (events: Document[]) => events.map((event) => (event['documentKey'] as Document)['_id'] as number);
const failure = (target: Watchable, pipeline: Document[], options: ChangeStreamOptions = {}) =>
  errorOf(target.watch(pipeline, options).next());

describe('the place where a stream begins', () => {
  it('is behind the event of resumeAfter and startAfter, and at startAtOperationTime', async () => {
    const docs = collection('places');
    await docs.insertOne({ _id: 0 });
    const stream = await watch(docs);
    await docs.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
    const events = await take(stream, 3);
    const token = events[0]!['_id'] as object;
    const from = async (options: ChangeStreamOptions, count: number) => {
      const again = docs.watch([], options);
      opened.push(again);
      return idsOf(await take(again, count));
    };
    expect(await from({ resumeAfter: token }, 2)).toEqual([2, 3]);
    expect(await from({ startAfter: token }, 2)).toEqual([2, 3]);
    const time = events[1]!['clusterTime'] as Timestamp;
    expect((await from({ startAtOperationTime: time }, 2)).at(-1)).toBe(3);
    expect(await failure(docs, [], { resumeAfter: token, startAtOperationTime: time })).toMatchObject({
      code: expect.any(Number),
    });
  });

  it('may be the token of a batch without events', async () => {
    const docs = collection('quiet');
    await docs.insertOne({ _id: 0 });
    const stream = await watch(docs);
    const token = stream.resumeToken as object;
    await docs.insertOne({ _id: 1 });
    const again = docs.watch([], { resumeAfter: token });
    opened.push(again);
    expect(idsOf(await take(again, 1))).toEqual([1]);
  });

  it('may be behind an invalidation for startAfter, not for resumeAfter', async () => {
    const docs = collection('over');
    await docs.insertOne({ _id: 0 });
    const stream = await watch(docs);
    await docs.drop();
    const [, invalidate] = await take(stream, 2);
    expect(invalidate).toMatchObject({ operationType: 'invalidate', clusterTime: expect.anything() });
    expect(await stream.next().catch(() => 'closed')).toBe('closed');
    const token = invalidate!['_id'] as object;
    const again = docs.watch([], { startAfter: token });
    opened.push(again);
    await again.tryNext();
    await docs.insertOne({ _id: 1 });
    expect(idsOf(await take(again, 1))).toEqual([1]);
    expect(await failure(docs, [], { resumeAfter: token })).toMatchObject({ code: 260 });
  });

  it('is kept by the driver when the cursor is lost', async () => {
    const docs = collection('lost');
    await docs.insertOne({ _id: 0 });
    const stream = await watch(docs);
    await docs.insertOne({ _id: 1 });
    expect(idsOf(await take(stream, 1))).toEqual([1]);
    const { id } = (stream as unknown as { cursor: { id: unknown } }).cursor;
    await store.db.command({ killCursors: 'lost', cursors: [id] });
    await docs.insertOne({ _id: 2 });
    expect(idsOf(await take(stream, 1))).toEqual([2]);
  });
});

describe('an event', () => {
  it('tells where and when', async () => {
    const docs = collection('head');
    await docs.insertOne({ _id: 0 });
    const stream = await watch(docs);
    await docs.insertOne({ _id: 1 });
    const [event] = await take(stream, 1);
    const { databaseName } = store.db;
    expect(event).toMatchObject({ operationType: 'insert', ns: { db: databaseName, coll: 'head' } });
    expect(Math.abs((event!['wallTime'] as Date).getTime() - Date.now())).toBeLessThan(60_000);
    expect((event!['clusterTime'] as Timestamp).getHighBits()).toBeGreaterThan(1.6e9);
  });

  it('tells what an update set, removed and cut off', async () => {
    const docs = collection('cut');
    const text = 'x'.repeat(200);
    await docs.insertOne({ _id: 1, text, a: 1, gone: 2, array: ['foo', { a: 'bar' }, 1, 2, 3] });
    const stream = await watch(docs);
    await docs.updateOne({ _id: 1 }, [{ $set: { array: ['foo', { a: 'bar' }], a: 2 } }, { $unset: 'gone' }]);
    expect((await take(stream, 1))[0]).toMatchObject({
      operationType: 'update',
      updateDescription: {
        updatedFields: { a: 2 },
        removedFields: ['gone'],
        truncatedArrays: [{ field: 'array', newSize: 2 }],
      },
    });
  });

  it('is a replacement where a pipeline leaves little as it was', async () => {
    const docs = collection('pipelines');
    await docs.insertOne({ _id: 1, a: 1 });
    const stream = await watch(docs);
    await docs.updateOne({ _id: 1 }, [{ $set: { a: 2, b: 'new' } }]);
    expect((await take(stream, 1))[0]).toMatchObject({
      operationType: 'replace',
      fullDocument: { _id: 1, a: 2, b: 'new' },
    });
  });

  it('names what operators changed as they named it', async () => {
    const docs = collection('operators');
    await docs.insertOne({ _id: 1, doc: { a: 1, b: 2 }, list: [1, 2], old: 1, more: [1, 2, 3] });
    const stream = await watch(docs);
    await docs.updateOne({ _id: 1 }, {
      $set: { doc: { a: 1, b: 3 }, 'new.path': 1 },
      $push: { list: 3 },
      $rename: { old: 'young' },
      $pull: { more: 2 },
    } as Document);
    expect((await take(stream, 1))[0]).toMatchObject({
      operationType: 'update',
      updateDescription: {
        updatedFields: { doc: { a: 1, b: 3 }, new: { path: 1 }, 'list.2': 3, young: 1, more: [1, 3] },
        removedFields: ['old'],
        truncatedArrays: [],
      },
    });
  });

  it('is not there for a write that changes nothing', async () => {
    const docs = collection('nothing');
    await docs.insertOne({ _id: 1, a: 1 });
    const stream = await watch(docs);
    await docs.updateOne({ _id: 1 }, { $set: { a: 1 } });
    await docs.deleteOne({ _id: 5 });
    await docs.updateOne({ _id: 1 }, { $set: { a: 2 } });
    expect((await take(stream, 1))[0]).toMatchObject({ updateDescription: { updatedFields: { a: 2 } } });
  });

  it('has null for the document of an update that is gone when it is looked up', async () => {
    const docs = collection('gone');
    await docs.insertOne({ _id: 1 });
    const stream = await watch(docs, [], { fullDocument: 'updateLookup' });
    await docs.updateOne({ _id: 1 }, { $set: { a: 1 } });
    await docs.deleteOne({ _id: 1 });
    const [updated, deleted] = await take(stream, 2);
    expect([updated!['fullDocument'], deleted!['operationType']]).toEqual([null, 'delete']);
    expect(deleted!['fullDocument']).toBeUndefined();
  });

  it('is told for an aborted transaction never, for a committed one in its order', async () => {
    const docs = collection('transactions');
    await docs.insertOne({ _id: 0 });
    const stream = await watch(docs);
    const session = store.client.startSession();
    session.startTransaction();
    await docs.insertOne({ _id: 1 }, { session });
    await session.abortTransaction();
    session.startTransaction();
    await docs.insertOne({ _id: 2 }, { session });
    await docs.deleteOne({ _id: 0 }, { session });
    await docs.insertOne({ _id: 3 });
    await session.commitTransaction();
    await session.endSession();
    expect(idsOf(await take(stream, 3))).toEqual([3, 2, 0]);
  });
});

describe('a pipeline', () => {
  it('may match, project, add and replace, but must leave _id alone', async () => {
    const docs = collection('stages');
    await docs.insertOne({ _id: 0 });
    const pipeline = [
      { $match: { 'fullDocument.kind': 'wanted' } },
      { $addFields: { by: 'us' } },
      { $project: { by: 1, 'fullDocument.n': 1 } },
    ];
    const stream = await watch(docs, pipeline);
    await docs.insertMany([
      { _id: 1, kind: 'other', n: 1 },
      { _id: 2, kind: 'wanted', n: 2 },
    ]);
    expect((await take(stream, 1))[0]).toEqual({ _id: expect.anything(), by: 'us', fullDocument: { n: 2 } });
    const spoiled = docs.watch([{ $project: { _id: 0 } }], { maxAwaitTimeMS: 100 });
    opened.push(spoiled);
    await spoiled.tryNext();
    await docs.insertOne({ _id: 3 });
    const error = { code: 280, errorLabels: expect.arrayContaining(['NonResumableChangeStreamError']) };
    expect(await errorOf(spoiled.next())).toMatchObject(error);
  });

  it.each([
    ['$group', { _id: 1 }],
    ['$sort', { _id: 1 }],
    ['$limit', 1],
    ['$lookup', { from: 'x', as: 'y', pipeline: [] }],
  ])('may not have %s', async (stage, argument) => {
    expect(await failure(collection('stages'), [{ [stage]: argument }])).toMatchObject({ code: 20 });
  });

  it('refuses a stage and an option that nobody knows', async () => {
    expect(await failure(collection('stages'), [{ $colour: 1 }])).toMatchObject({ code: expect.any(Number) });
    expect(await failure(collection('stages'), [{ $unsupported: 'foo' }])).toMatchObject({ code: 40324 });
    expect(
      await errorOf(
        collection('stages')
          .aggregate([{ $match: {} }, { $changeStream: {} }])
          .toArray(),
      ),
    ).toMatchObject({ code: 40602 });
    const local = collection('stages').watch([], { readConcern: { level: 'local' } });
    expect(await errorOf(local.next())).toMatchObject({ code: 72 });
    const stage = { $changeStream: { colour: 1 } };
    expect(await errorOf(store.db.command({ aggregate: 'stages', pipeline: [stage], cursor: {} }))).toMatchObject({
      message: expect.stringContaining('colour'),
    });
  });
});

describe('the end of what is watched', () => {
  it('ends a stream over a database when that is dropped', async () => {
    const other = store.client.db(`${store.db.databaseName}_x`);
    await other.collection('c').insertOne({ a: 1 });
    const stream = await watch(other);
    await other.dropDatabase();
    const events = await take(stream, 3);
    expect(events.map(({ operationType }) => operationType as string)).toEqual(['drop', 'dropDatabase', 'invalidate']);
  });

  it.each([['invalidate'], ['insert']])('ends also where its pipeline leaves out all but %s', async (operationType) => {
    const docs = collection(`left_out_${operationType}`);
    await docs.insertOne({ _id: 1 });
    const stream = await watch(docs, [{ $match: { operationType } }]);
    await docs.drop();
    const events: Document[] = [];
    // The next after the last is an error.
    for (;;) {
      const event = await stream.next().catch(() => undefined);
      if (!event) break;
      events.push(event);
    }
    expect(events).toMatchObject(operationType === 'invalidate' ? [{ operationType }] : []);
    expect(stream.closed).toBe(true);
  });

  it('does not end one over everything', async () => {
    const { databaseName } = store.db;
    const stream = await watch(store.client, [{ $match: { 'ns.db': databaseName } }]);
    await collection('ends').insertOne({ _id: 1 });
    await collection('ends').drop();
    await collection('ends').insertOne({ _id: 2 });
    const events = await take(stream, 3);
    expect(events.map(({ operationType }) => operationType as string)).toEqual(['insert', 'drop', 'insert']);
  });
});
