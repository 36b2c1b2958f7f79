import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Collection, type Document, MongoBulkWriteError } from 'mongodb';
import { errorOf, useStore } from '../support.js';

/** What the specification of the drivers' CRUD says of each operation, on one collection with known documents. */
type Numbered = { _id: number } & Document;

const store = useStore();
let docs: Collection<Numbered>;
const all = () => docs.find({}, { sort: { _id: 1 } }).toArray();

beforeEach(async () => {
  docs = store.db.collection('crud');
  await docs.deleteMany({});
  await docs.insertMany([11, 22, 33].map((x, i) => ({ _id: i + 1, x })));
});

describe('find', () => {
  it('takes filter, sort, skip, limit and batchSize together', async () => {
    const found = await docs
      .find({ _id: { $gt: 1 } }, { sort: { _id: -1 }, skip: 1, limit: 5, batchSize: 1 })
      .toArray();
    expect(found).toEqual([{ _id: 2, x: 22 }]);
  });

  it('takes a negative limit for one batch', async () => {
    const cursor = docs.find({}, { limit: -2, sort: { _id: 1 } });
    expect((await cursor.toArray()).map(({ _id }) => _id)).toEqual([1, 2]);
  });

  it('takes let for $expr, and refuses it elsewhere', async () => {
    const found = docs.find({ $expr: { $eq: ['$_id', '$$id'] } }, { let: { id: 2 } });
    expect(await found.toArray()).toEqual([{ _id: 2, x: 22 }]);
    expect(await errorOf(docs.find({ $expr: { $eq: ['$_id', '$$none'] } }).toArray())).toMatchObject({ code: 17276 });
  });

  it.each(['a string', { any: 'document' }, 5])('takes %j for a comment', async (comment) => {
    expect(await docs.find({}, { comment }).toArray()).toHaveLength(3);
    expect(await docs.updateOne({ _id: 1 }, { $set: { x: 1 } }, { comment })).toMatchObject({ modifiedCount: 1 });
    expect(await docs.aggregate([{ $count: 'n' }], { comment }).toArray()).toEqual([{ n: 3 }]);
    expect(await docs.deleteOne({ _id: 1 }, { comment })).toMatchObject({ deletedCount: 1 });
  });
});

describe('counts', () => {
  it('count by filter, skip and limit', async () => {
    expect(await docs.countDocuments()).toBe(3);
    expect(await docs.countDocuments({ _id: { $gt: 1 } })).toBe(2);
    expect(await docs.countDocuments({}, { skip: 1, limit: 1 })).toBe(1);
    expect(await docs.countDocuments({ _id: { $gt: 1 } }, { skip: 1 })).toBe(1);
    expect(await docs.countDocuments({ x: 0 })).toBe(0);
    expect(await docs.countDocuments({}, { skip: 5 })).toBe(0);
    expect(await docs.estimatedDocumentCount()).toBe(3);
  });

  it('are 0 where there is no collection', async () => {
    const none = store.db.collection('no such collection');
    expect([await none.countDocuments(), await none.estimatedDocumentCount()]).toEqual([0, 0]);
  });
});

describe('distinct', () => {
  it('gives each value once, by filter, and those inside of arrays', async () => {
    await docs.insertOne({ _id: 4, x: [22, 44] });
    expect(new Set(await docs.distinct('x'))).toEqual(new Set([11, 22, 33, 44]));
    expect(new Set(await docs.distinct('x', { _id: { $gt: 2 } }))).toEqual(new Set([22, 33, 44]));
    expect(await docs.distinct('none')).toEqual([]);
  });
});

describe('a collation', () => {
  const collation = { locale: 'en_US', strength: 2 };
  it.each<[string, () => Promise<unknown>]>([
    ['find', () => docs.find({ x: 'PING' }, { collation }).toArray()],
    ['aggregate', () => docs.aggregate([{ $match: { x: 'PING' } }], { collation }).toArray()],
    ['countDocuments', () => docs.countDocuments({ x: 'PING' }, { collation })],
    ['distinct', () => docs.distinct('x', {}, { collation })],
    ['updateOne', () => docs.updateOne({ x: 'PING' }, { $set: { x: 'pong' } }, { collation })],
    ['replaceOne', () => docs.replaceOne({ x: 'PING' }, { x: 'pong' }, { collation })],
    ['deleteMany', () => docs.deleteMany({ x: 'PING' }, { collation })],
    ['findOneAndDelete', () => docs.findOneAndDelete({ x: 'PING' }, { collation })],
    ['findOneAndUpdate', () => docs.findOneAndUpdate({ x: 'PING' }, { $set: { x: 1 } }, { collation })],
    ['createIndex', () => docs.createIndex({ x: 1 }, { collation, name: 'collated' })],
  ])('is refused or followed by %s, never ignored', async (_name, run) => {
    await docs.insertOne({ _id: 9, x: 'ping' });
    // MongoDB has collations and finds the document in spite of its case; the embedded store says that it has none.
    const outcome = await run().then(
      () => 'followed',
      (error: Document) => error,
    );
    if (outcome !== 'followed') expect(String((outcome as Document)['message'])).toMatch(/collation/i);
    const isEmbedded = !process.env['MONGODB_URI'];
    if (isEmbedded) expect(outcome).not.toBe('followed');
    if (isEmbedded) expect(await docs.findOne({ _id: 9 })).toEqual({ _id: 9, x: 'ping' });
    if (!isEmbedded) await docs.dropIndexes();
  });
});

describe('updates', () => {
  it('tell what an upsert made', async () => {
    const made = await docs.updateOne({ _id: 4 }, { $inc: { x: 1 } }, { upsert: true });
    expect(made).toMatchObject({ matchedCount: 0, modifiedCount: 0, upsertedCount: 1, upsertedId: 4 });
    const found = await docs.updateOne({ _id: 4 }, { $inc: { x: 1 } }, { upsert: true });
    expect(found).toMatchObject({ matchedCount: 1, modifiedCount: 1, upsertedCount: 0, upsertedId: null });
    const replaced = await docs.replaceOne({ _id: 5 }, { x: 55 }, { upsert: true });
    expect(replaced).toMatchObject({ upsertedCount: 1, upsertedId: 5 });
    const many = await docs.updateMany({ x: { $gt: 900 } }, { $set: { x: 99 } }, { upsert: true });
    expect(many).toMatchObject({ matchedCount: 0, upsertedCount: 1, upsertedId: expect.anything() });
    expect(await docs.updateOne({ _id: 77 }, { $set: { x: 1 } })).toMatchObject({ matchedCount: 0, upsertedId: null });
  });

  it('change the elements that array filters take', async () => {
    await docs.insertOne({ _id: 4, y: [{ b: 3 }, { b: 1 }, { b: 3, c: [{ d: 1 }, { d: 2 }] }] });
    const change = (update: Document, arrayFilters: Document[]) => docs.updateOne({ _id: 4 }, update, { arrayFilters });
    expect(await change({ $set: { 'y.$[i].b': 2 } }, [{ 'i.b': 3 }])).toMatchObject({ modifiedCount: 1 });
    expect(await change({ $set: { 'y.$[i].b': 9 } }, [{ 'i.b': 77 }])).toMatchObject({
      matchedCount: 1,
      modifiedCount: 0,
    });
    const nested = change({ $set: { 'y.$[i].c.$[j].d': 0 } }, [{ 'i.b': 2 }, { 'j.d': 1 }]);
    expect(await errorOf(nested)).toMatchObject({ code: 2, message: expect.stringContaining("'y.0.c' must exist") });
    await change({ $set: { 'y.$[i].c.$[j].d': 0 } }, [{ 'i.c': { $exists: true } }, { 'j.d': 1 }]);
    expect(await docs.findOne({ 'y.c': [{ d: 0 }, { d: 2 }] })).toMatchObject({ _id: 4 });
    await docs.updateOne({ _id: 4 }, { $inc: { 'y.$[].b': 10 } });
    expect(await docs.findOne({ _id: 4 })).toMatchObject({ y: [{ b: 12 }, { b: 11 }, { b: 12 }] });
    expect(await errorOf(change({ $set: { 'y.$[i].b': 0 } }, [{ 'i.b': 3 }, { 'j.b': 1 }]))).toMatchObject({ code: 9 });
    expect(await errorOf(change({ $set: { 'y.$[i].b': 0 } }, []))).toMatchObject({ code: 2 });
  });

  it('follow hints and refuse those that name no index', async () => {
    await docs.createIndex({ x: 1 }, { name: 'by x' });
    for (const hint of ['by x', { x: 1 }, '_id_']) {
      expect(await docs.updateMany({ x: 22 }, { $set: { seen: true } }, { hint })).toMatchObject({ matchedCount: 1 });
      expect(await docs.deleteMany({ x: 0 }, { hint })).toMatchObject({ deletedCount: 0 });
      expect(await docs.findOneAndUpdate({ x: 22 }, { $inc: { n: 1 } }, { hint: hint as Document })).toMatchObject({
        _id: 2,
      });
      expect(await docs.aggregate([{ $match: { x: 22 } }], { hint }).toArray()).toHaveLength(1);
    }
    const hint = 'none';
    expect(await errorOf(docs.updateOne({}, { $set: { x: 1 } }, { hint }))).toMatchObject({ code: 2 });
    expect(await errorOf(docs.deleteOne({}, { hint }))).toMatchObject({ code: 2 });
    expect(await errorOf(docs.findOneAndDelete({}, { hint: hint as unknown as Document }))).toMatchObject({ code: 2 });
    expect(await errorOf(docs.aggregate([], { hint }).toArray())).toMatchObject({ code: 2 });
    expect(await docs.countDocuments()).toBe(3);
  });

  it('take let, also in pipelines', async () => {
    const filter = { $expr: { $eq: ['$_id', '$$id'] } };
    await docs.updateOne(filter, [{ $set: { x: '$$x' } }], { let: { id: 1, x: 'foo' } });
    await docs.deleteOne(filter, { let: { id: 2 } });
    const before = await docs.findOneAndUpdate(filter, [{ $set: { x: '$$x' } }], { let: { id: 3, x: 'bar' } });
    expect(before).toEqual({ _id: 3, x: 33 });
    expect(await all()).toEqual([
      { _id: 1, x: 'foo' },
      { _id: 3, x: 'bar' },
    ]);
  });

  it('take the first by a sort', async () => {
    const updates = [{ q: {}, u: { $set: { first: true } }, sort: { _id: -1 } }];
    expect(await store.db.command({ update: 'crud', updates })).toMatchObject({ n: 1 });
    expect(await docs.find({ first: true }).toArray()).toEqual([{ _id: 3, x: 33, first: true }]);
  });

  it('take field names with dots and dollars below the top only as MongoDB does', async () => {
    await docs.insertOne({ _id: 4, 'a.b': 1, nested: { $c: 1 } });
    expect(await docs.findOne({ _id: 4 })).toEqual({ _id: 4, 'a.b': 1, nested: { $c: 1 } });
    const replaced = store.db.command({ update: 'crud', updates: [{ q: { _id: 4 }, u: { a: 1, $d: 1 } }] });
    expect(await replaced).toMatchObject({ n: 0, writeErrors: [{ index: 0, code: 52 }] });
  });
});

describe('findOneAnd…', () => {
  it('Update returns the document before, after, or none', async () => {
    const change = (filter: Document, options: Document = {}) =>
      docs.findOneAndUpdate(filter, { $inc: { x: 1 } }, options);
    expect(await change({ _id: 1 })).toEqual({ _id: 1, x: 11 });
    expect(await change({ _id: 1 }, { returnDocument: 'after' })).toEqual({ _id: 1, x: 13 });
    expect(await change({ _id: 9 })).toBeNull();
    expect(await change({ _id: 9 }, { upsert: true })).toBeNull();
    expect(await change({ _id: 10 }, { upsert: true, returnDocument: 'after' })).toEqual({ _id: 10, x: 1 });
    const details = await change({ _id: 11 }, { upsert: true, includeResultMetadata: true });
    expect(details).toMatchObject({ value: null, lastErrorObject: { n: 1, updatedExisting: false, upserted: 11 } });
  });

  it('Replace keeps _id, and takes sort, projection and upsert', async () => {
    const options = { sort: { x: -1 }, projection: { x: 1, _id: 0 } } as const;
    expect(await docs.findOneAndReplace({ _id: { $gt: 1 } }, { x: 0 }, options)).toEqual({ x: 33 });
    expect(await docs.findOne({ _id: 3 })).toEqual({ _id: 3, x: 0 });
    const after = { upsert: true, returnDocument: 'after' } as const;
    expect(await docs.findOneAndReplace({ _id: 4 }, { x: 44 }, after)).toEqual({ _id: 4, x: 44 });
    expect(await errorOf(docs.findOneAndReplace({ _id: 4 }, { _id: 5, x: 1 }))).toMatchObject({ code: 66 });
  });

  it('Delete returns what it removed', async () => {
    expect(await docs.findOneAndDelete({ x: { $gt: 11 } }, { sort: { x: 1 } })).toEqual({ _id: 2, x: 22 });
    expect(await docs.findOneAndDelete({ x: 22 })).toBeNull();
    expect(await docs.countDocuments()).toBe(2);
  });

  it('Update takes array filters and pipelines', async () => {
    await docs.insertOne({ _id: 4, y: [1, 5, 9] });
    const options = { arrayFilters: [{ i: { $gt: 4 } }], returnDocument: 'after' as const };
    expect(await docs.findOneAndUpdate({ _id: 4 }, { $inc: { 'y.$[i]': 1 } }, options)).toEqual({
      _id: 4,
      y: [1, 6, 10],
    });
    const pipeline = [{ $project: { size: { $size: '$y' } } }, { $addFields: { more: '$size' } }];
    const piped = await docs.findOneAndUpdate({ _id: 4 }, pipeline, { returnDocument: 'after' });
    expect(piped).toEqual({ _id: 4, size: 3, more: 3 });
  });
});

describe('bulkWrite', () => {
  it('counts what each kind did, and names what was inserted and upserted by position', async () => {
    const result = await docs.bulkWrite([
      { insertOne: { document: { _id: 4, x: 44 } } },
      { updateOne: { filter: { _id: 1 }, update: { $inc: { x: 1 } } } },
      { updateMany: { filter: { _id: { $gt: 1 } }, update: { $set: { seen: true } } } },
      { replaceOne: { filter: { _id: 8 }, replacement: { x: 88 }, upsert: true } },
      { updateOne: { filter: { _id: 9 }, update: { $set: { x: 99 } }, upsert: true } },
      { deleteOne: { filter: { _id: 2 } } },
      { deleteMany: { filter: { _id: { $in: [3, 4] } } } },
    ]);
    expect(result).toMatchObject({
      insertedCount: 1,
      matchedCount: 4,
      modifiedCount: 4,
      upsertedCount: 2,
      deletedCount: 3,
      insertedIds: { 0: 4 },
      upsertedIds: { 3: 8, 4: 9 },
    });
    expect((await all()).map(({ _id }) => _id)).toEqual([1, 8, 9]);
  });

  const withErrors = [
    { insertOne: { document: { _id: 4, x: 44 } } },
    { insertOne: { document: { _id: 1, x: 0 } } },
    { updateOne: { filter: { _id: 2 }, update: { $set: { _id: 5 } } } },
    { insertOne: { document: { _id: 5, x: 55 } } },
  ];
  const failure = async (ordered: boolean) => {
    const error = await docs.bulkWrite(withErrors, { ordered }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MongoBulkWriteError);
    const { writeErrors, insertedCount } = error as MongoBulkWriteError;
    const list = Array.isArray(writeErrors) ? writeErrors : [writeErrors];
    return { insertedCount, errors: list.map(({ index, code }) => [index, code]) };
  };

  it('ends at the first error when ordered', async () => {
    expect(await failure(true)).toEqual({ insertedCount: 1, errors: [[1, 11000]] });
    expect((await all()).map(({ _id }) => _id)).toEqual([1, 2, 3, 4]);
  });

  it('goes on after errors when not, and tells each with its position', async () => {
    const { insertedCount, errors } = await failure(false);
    expect([insertedCount, errors]).toEqual([
      2,
      [
        [1, 11000],
        [2, 66],
      ],
    ]);
    expect((await all()).map(({ _id }) => _id)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('a write without an answer', () => {
  it('is done all the same, and is not acknowledged', async () => {
    const silent = store.db.collection<Numbered>('crud', { writeConcern: { w: 0 } });
    expect(await silent.insertOne({ _id: 4 })).toMatchObject({ acknowledged: false });
    expect(await silent.deleteOne({ _id: 1 })).toMatchObject({ acknowledged: false });
    for (let i = 0; i < 100 && (await docs.countDocuments({ _id: { $in: [1, 4] } })) !== 1; i++) continue;
    expect((await all()).map(({ _id }) => _id)).toEqual([2, 3, 4]);
  });
});

describe('aggregate', () => {
  it('goes on over batches, and ends where it ends', async () => {
    const cursor = docs.aggregate([{ $sort: { _id: 1 } }, { $match: { _id: { $gt: 1 } } }], { batchSize: 1 });
    expect(await cursor.toArray()).toEqual([
      { _id: 2, x: 22 },
      { _id: 3, x: 33 },
    ]);
    expect(await docs.aggregate([], { batchSize: 0 }).toArray()).toHaveLength(3);
  });

  it('takes let and allowDiskUse', async () => {
    const pipeline = [{ $match: { $expr: { $eq: ['$_id', '$$id'] } } }, { $project: { x: '$$x' } }];
    const found = docs.aggregate(pipeline, { let: { id: 1, x: { $literal: '$one' } }, allowDiskUse: true });
    expect(await found.toArray()).toEqual([{ _id: 1, x: '$one' }]);
  });
});

describe('cursors', () => {
  it('that are used up, killed or foreign are not found', async () => {
    const open = async () => (await store.db.command({ find: 'crud', batchSize: 1 }))['cursor'] as Document;
    const more = (cursor: Document, collection = 'crud') =>
      store.db.command({ getMore: cursor['id'], collection, batchSize: 10 }, { promoteLongs: false });
    const used = await open();
    expect((await more(used))['cursor']).toMatchObject({ nextBatch: [{ _id: 2 }, { _id: 3 }] });
    expect(await errorOf(more(used))).toMatchObject({ code: 43 });
    const killed = await open();
    const reply = await store.db.command({ killCursors: 'crud', cursors: [killed['id'], used['id']] });
    expect([reply['cursorsKilled'], reply['cursorsNotFound']]).toEqual([[killed['id']], [used['id']]]);
    expect(await errorOf(more(killed))).toMatchObject({ code: 43 });
    const other = await open();
    expect(await errorOf(more(other, 'another'))).toMatchObject({ code: 13 });
  });

  it('end with their session', async () => {
    const session = store.client.startSession();
    const { cursor } = await store.db.command({ find: 'crud', batchSize: 1 }, { session });
    const lsid = session.id;
    const more = { getMore: (cursor as Document)['id'], collection: 'crud' };
    expect(await errorOf(store.db.command(more))).toMatchObject({ code: 50738 });
    await store.db.command({ endSessions: [lsid] });
    expect(await errorOf(store.db.command(more, { session }))).toMatchObject({ code: 43 });
    await session.endSession();
  });
});
