import { describe, expect, it } from '@jest/globals';
import type { ChangeStream, ChangeStreamDocument, ChangeStreamOptions, Document } from 'mongodb';
import { errorOf, useStore } from './support.js';

const store = useStore();
const collection = (name: string) => store.db.collection<{ _id: number } & Document>(name);

/** Opens a stream for good before anything is written. */
async function watch(
  target: { watch(pipeline?: Document[], options?: ChangeStreamOptions): ChangeStream },
  pipeline: Document[] = [],
  options: ChangeStreamOptions = {},
): Promise<ChangeStream> {
  const stream = target.watch(pipeline, { maxAwaitTimeMS: 200, ...options });
  await stream.tryNext();
  return stream;
}

async function take(stream: ChangeStream, count: number): Promise<Document[]> {
  const events: ChangeStreamDocument[] = [];
  while (events.length < count) events.push(await stream.next());
  return events;
}

describe('a change stream', () => {
  it('tells inserts, updates, replacements and deletes of a collection in order', async () => {
    const docs = collection('all');
    await docs.insertOne({ _id: 0 });
    const stream = await watch(docs);
    await docs.insertOne({ _id: 1, a: { b: 1, c: 2, text: 'long enough' }, list: [1, 2, 3] });
    await docs.updateOne({ _id: 1 }, { $set: { 'a.b': 5, n: 1 }, $unset: { 'a.c': 1 } });
    await docs.replaceOne({ _id: 1 }, { x: 1 });
    await docs.deleteOne({ _id: 1 });
    const [inserted, updated, replaced, deleted] = await take(stream, 4);
    const ns = { db: store.db.databaseName, coll: 'all' };
    expect(inserted).toMatchObject({
      operationType: 'insert',
      ns,
      fullDocument: { _id: 1, a: { b: 1, c: 2, text: 'long enough' }, list: [1, 2, 3] },
    });
    expect(updated).toMatchObject({
      operationType: 'update',
      documentKey: { _id: 1 },
      updateDescription: { updatedFields: { 'a.b': 5, n: 1 }, removedFields: ['a.c'], truncatedArrays: [] },
    });
    expect(updated!['fullDocument']).toBeUndefined();
    expect(replaced).toMatchObject({ operationType: 'replace', fullDocument: { _id: 1, x: 1 } });
    expect(deleted).toMatchObject({ operationType: 'delete', documentKey: { _id: 1 } });
    await stream.close();
  });

  it('looks up the document of an update when asked', async () => {
    const docs = collection('lookup');
    await docs.insertOne({ _id: 1, n: 0 });
    const stream = await watch(docs, [], { fullDocument: 'updateLookup' });
    await docs.updateOne({ _id: 1 }, { $inc: { n: 1 } });
    expect((await take(stream, 1))[0]).toMatchObject({ fullDocument: { _id: 1, n: 1 } });
    await stream.close();
  });

  it('filters and shapes events by its pipeline', async () => {
    const docs = collection('pipeline');
    const stream = await watch(docs, [{ $match: { operationType: 'delete' } }, { $project: { documentKey: 1 } }]);
    await docs.insertOne({ _id: 1 });
    await docs.deleteOne({ _id: 1 });
    expect((await take(stream, 1))[0]).toEqual({ _id: expect.anything(), documentKey: { _id: 1 } });
    await stream.close();
  });

  it('watches a whole database', async () => {
    const stream = await watch(store.db);
    await collection('one').insertOne({ _id: 1 });
    await collection('two').insertOne({ _id: 2 });
    const events = await take(stream, 2);
    expect(events.map((event) => (event['ns'] as Document)['coll'])).toEqual(['one', 'two']);
    await stream.close();
  });

  it('watches the whole deployment', async () => {
    const { databaseName } = store.db;
    const stream = await watch(store.client, [{ $match: { 'ns.db': databaseName } }]);
    await collection('anywhere').insertOne({ _id: 1 });
    expect((await take(stream, 1))[0]).toMatchObject({ ns: { db: databaseName, coll: 'anywhere' } });
    await stream.close();
  });

  it('resumes after any of its events', async () => {
    const docs = collection('resume');
    const stream = await watch(docs);
    await docs.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
    const events = await take(stream, 3);
    await stream.close();
    const again = docs.watch([], { resumeAfter: events[0]!['_id'] as object });
    expect((await take(again, 2)).map((event) => (event['documentKey'] as Document)['_id'])).toEqual([2, 3]);
    await again.close();
  });

  it('refuses a token that it did not make', async () => {
    const stream = collection('foreign').watch([], { resumeAfter: { _data: '8200' } });
    expect([9, 50811, 260, 280, 286]).toContain((await errorOf(stream.next()))['code']);
  });

  it('tells the writes of a transaction when it commits', async () => {
    const docs = collection('transaction');
    await docs.insertOne({ _id: 0 });
    const stream = await watch(docs);
    await store.client.withSession((session) =>
      session.withTransaction(async () => {
        await docs.insertOne({ _id: 1 }, { session });
        expect(await stream.tryNext()).toBeNull();
        await docs.insertOne({ _id: 2 }, { session });
      }),
    );
    const events = await take(stream, 2);
    expect(events.map(({ operationType, txnNumber }) => [operationType, Number(txnNumber) > 0])).toEqual([
      ['insert', true],
      ['insert', true],
    ]);
    await stream.close();
  });

  it('ends when its collection is dropped', async () => {
    const docs = collection('dropped');
    await docs.insertOne({ _id: 1 });
    const stream = await watch(docs);
    await docs.drop();
    const events = await take(stream, 2);
    expect(events.map(({ operationType }) => operationType as string)).toEqual(['drop', 'invalidate']);
    await stream.close();
  });

  it('returns within maxAwaitTimeMS when nothing happens', async () => {
    const stream = await watch(collection('await'), [], { maxAwaitTimeMS: 20 });
    expect(await stream.tryNext()).toBeNull();
    await stream.close();
  });
});
