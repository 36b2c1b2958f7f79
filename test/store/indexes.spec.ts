import { describe, expect, it } from '@jest/globals';
import { Decimal128, type Document, Long } from 'mongodb';
import { errorOf, useStore } from './support.js';

const store = useStore();
const collection = (name: string) => store.db.collection(name);

describe('createIndexes', () => {
  it('may be repeated', async () => {
    const docs = collection('repeat');
    expect(await docs.createIndex({ a: 1, b: -1 })).toBe('a_1_b_-1');
    expect(await docs.createIndex({ a: 1, b: -1 })).toBe('a_1_b_-1');
    expect(await docs.indexes()).toHaveLength(2);
  });

  it('refuses the same name or key with other options', async () => {
    const docs = collection('clash');
    await docs.createIndex({ a: 1 });
    expect(await errorOf(docs.createIndex({ a: 1 }, { unique: true }))).toMatchObject({ code: 86 });
    expect(await errorOf(docs.createIndex({ b: 1 }, { name: 'a_1' }))).toMatchObject({ code: 86 });
    expect(await errorOf(docs.createIndex({ a: 1 }, { name: 'other' }))).toMatchObject({ code: 85 });
  });

  it('leaves nothing of a build that fails', async () => {
    const docs = collection('failed');
    await docs.insertMany([{ a: 1 }, { a: 1 }]);
    expect(await errorOf(docs.createIndex({ a: 1 }, { unique: true }))).toMatchObject({
      code: 11000,
      keyPattern: { a: 1 },
      keyValue: { a: 1 },
    });
    expect(await docs.indexes()).toHaveLength(1);
    await docs.deleteOne({ a: 1 });
    await docs.createIndex({ a: 1 }, { unique: true });
  });

  it('refuses kinds that are not supported, by name', async () => {
    if (process.env['MONGODB_URI']) return;
    for (const kind of ['text', 'hashed', '2dsphere']) {
      const error = await errorOf(collection('kinds').createIndex({ a: kind } as never));
      expect(error).toMatchObject({ code: 115, message: expect.stringContaining(kind) });
    }
    expect(await errorOf(collection('kinds').createIndex({ '$**': 1 }))).toMatchObject({ code: 115 });
  });
});

describe('a unique index', () => {
  it('takes missing for null, and all number types for one', async () => {
    const docs = collection('unique');
    await docs.createIndex({ a: 1 }, { unique: true });
    await docs.insertMany([{}, { a: 1 }]);
    expect(await errorOf(docs.insertOne({ a: null }))).toMatchObject({ code: 11000, keyValue: { a: null } });
    for (const one of [1, Long.fromNumber(1), Decimal128.fromString('1.0')]) {
      expect(await errorOf(docs.insertOne({ a: one }))).toMatchObject({ code: 11000, keyPattern: { a: 1 } });
    }
  });

  it('lets a document hold a value twice, but not two documents', async () => {
    const docs = collection('multikey');
    await docs.createIndex({ tags: 1 }, { unique: true });
    await docs.insertOne({ tags: ['x', 'x', 'y'] });
    expect(await errorOf(docs.insertOne({ tags: ['z', 'y'] }))).toMatchObject({ code: 11000, keyValue: { tags: 'y' } });
    await docs.insertOne({ tags: ['z'] });
  });

  it('refuses parallel arrays', async () => {
    const docs = collection('parallel');
    await docs.createIndex({ a: 1, b: 1 });
    expect(await errorOf(docs.insertOne({ a: [1], b: [2] }))).toMatchObject({ code: 171 });
  });

  it('tells apart long values that begin alike', async () => {
    const docs = collection('long');
    await docs.createIndex({ a: 1 }, { unique: true });
    const long = 'x'.repeat(5000);
    await docs.insertMany([{ a: `${long}1` }, { a: `${long}2` }]);
    expect(await errorOf(docs.insertOne({ a: `${long}1` }))).toMatchObject({ code: 11000 });
    expect(await docs.countDocuments({ a: { $gt: `${long}1` } })).toBe(1);
    expect(await docs.countDocuments({ a: { $lt: `${long}2` } })).toBe(1);
    expect(await docs.countDocuments({ a: { $gte: long, $lte: `${long}2` } })).toBe(2);
    const sorted = await docs.find({}, { sort: { a: -1 } }).toArray();
    expect(sorted.map(({ a }) => String(a).slice(-1))).toEqual(['2', '1']);
  });
});

/** FerretDB and others took missing values for equal ones: mongo-java-server#162 and #90 (B47). */
describe('partial and sparse unique indexes', () => {
  const cases: [name: string, options: Document, filter: Document][] = [
    ['sparse', { unique: true, sparse: true }, { key: { $exists: true } }],
    [
      'partial on existence',
      { unique: true, partialFilterExpression: { key: { $exists: true } } },
      { key: { $exists: true } },
    ],
    [
      'partial on a type',
      { unique: true, partialFilterExpression: { key: { $type: 'string' } } },
      { key: { $type: 'string' } },
    ],
  ];
  it.each(cases)('%s: leaves documents out and lets them in later', async (name, options) => {
    const docs = collection(`out ${name}`);
    await docs.createIndex({ key: 1 }, options);
    const { insertedIds } = await docs.insertMany([{}, {}, {}]);
    await docs.updateOne({ _id: insertedIds[0]! }, { $set: { key: 'a' } });
    expect(await errorOf(docs.updateOne({ _id: insertedIds[1]! }, { $set: { key: 'a' } }))).toMatchObject({
      code: 11000,
      keyPattern: { key: 1 },
      keyValue: { key: 'a' },
    });
    await docs.updateOne({ _id: insertedIds[0]! }, { $unset: { key: 1 } });
    await docs.updateOne({ _id: insertedIds[1]! }, { $set: { key: 'a' } });
    await docs.updateOne({ _id: insertedIds[1]! }, { $set: { key: ['b', 'c'] } });
    const array = docs.updateOne({ _id: insertedIds[2]! }, { $set: { key: ['c', 'd'] } });
    if (name === 'partial on a type') await array.catch(() => undefined);
    else expect(await errorOf(array)).toMatchObject({ code: 11000, keyValue: { key: 'c' } });
  });

  it('counts null as a value where the condition lets it in', async () => {
    const docs = collection('nulls');
    await docs.createIndex({ key: 1 }, { unique: true, sparse: true });
    await docs.insertOne({ key: null });
    expect(await errorOf(docs.insertOne({ key: null }))).toMatchObject({ code: 11000, keyValue: { key: null } });
    await docs.insertOne({});
  });

  it('follows a change of the field in a compound condition', async () => {
    const docs = collection('compound');
    const partialFilterExpression = { active: true };
    await docs.createIndex({ app: 1, email: 1 }, { unique: true, partialFilterExpression });
    await docs.insertMany([1, 2].map((n) => ({ app: 1, email: 'a', active: false, n })));
    await docs.updateOne({ n: 1 }, { $set: { active: true } });
    expect(await errorOf(docs.updateOne({ n: 2 }, { $set: { active: true } }))).toMatchObject({
      code: 11000,
      keyValue: { app: 1, email: 'a' },
    });
    await docs.updateOne({ n: 1 }, { $set: { active: false } });
    await docs.updateOne({ n: 2 }, { $set: { active: true } });
  });

  it('guards identities in an array of subdocuments, in one write', async () => {
    const users = collection('users');
    const partialFilterExpression = { 'identities.key': { $exists: true } };
    await users.createIndex({ app: 1, 'identities.key': 1 }, { unique: true, partialFilterExpression });
    await users.insertMany([
      { _id: 1 as never, app: 'a', identities: [{ key: 'x' }] },
      { _id: 2 as never, app: 'a', identities: [] },
      { _id: 3 as never, app: 'a' },
      { _id: 4 as never, app: 'b', identities: [{ key: 'x' }] },
    ]);
    const link = (id: number, key: string) =>
      users.updateOne({ _id: id as never, 'identities.key': { $ne: key } }, {
        $push: { identities: { key } },
      } as Document);
    expect(await errorOf(link(2, 'x'))).toMatchObject({ code: 11000, keyValue: { app: 'a', 'identities.key': 'x' } });
    expect(await link(1, 'x')).toMatchObject({ matchedCount: 0 });
    expect(await link(1, 'y')).toMatchObject({ modifiedCount: 1 });
    const plan = await users.find({ app: 'a', 'identities.key': 'y' }).explain('executionStats');
    expect(plan['executionStats']).toMatchObject({ nReturned: 1, totalDocsExamined: 1 });
  });
});

describe('renameCollection', () => {
  it('takes documents and indexes along, and ends the streams over both names', async () => {
    const docs = collection('old_name');
    await docs.createIndex({ a: 1 }, { unique: true });
    await docs.insertMany([{ a: 1 }, { a: 2 }]);
    await collection('new_name').insertOne({ b: 1 });
    const streams = ['old_name', 'new_name'].map((name) => collection(name).watch([], { maxAwaitTimeMS: 100 }));
    for (const stream of streams) await stream.tryNext();
    expect(await errorOf(docs.rename('new_name'))).toMatchObject({ code: 48 });
    expect(await errorOf(collection('nothing').rename('something'))).toMatchObject({ code: 26 });
    const renamed = await docs.rename('new_name', { dropTarget: true });
    expect([await docs.countDocuments(), await renamed.estimatedDocumentCount()]).toEqual([0, 2]);
    expect((await renamed.find({ a: 2 }).explain('executionStats'))['executionStats']).toMatchObject({ nReturned: 1 });
    expect(await errorOf(renamed.insertOne({ a: 1 }))).toMatchObject({ code: 11000 });
    await renamed.insertOne({ a: 3 });
    expect(await renamed.distinct('a', {})).toEqual([1, 2, 3]);
    for (const stream of streams) {
      const kinds: string[] = [];
      while (kinds.at(-1) !== 'invalidate') kinds.push((await stream.next()).operationType);
      expect(['rename', 'drop']).toContain(kinds[0]);
    }
  });
});

describe('collMod and dropIndexes', () => {
  it('changes the time to live of an index, and drops it', async () => {
    const docs = collection('ttl');
    await docs.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    await store.db.command({ collMod: 'ttl', index: { name: 'at_1', expireAfterSeconds: 30 } });
    expect(await docs.indexes()).toContainEqual(expect.objectContaining({ name: 'at_1', expireAfterSeconds: 30 }));
    await docs.dropIndex('at_1');
    expect(await errorOf(docs.dropIndex('at_1'))).toMatchObject({ code: 27 });
    await docs.createIndex({ a: 1 }, { background: true });
    expect(await docs.createIndex({ a: 1 })).toBe('a_1');
    expect(await docs.indexes()).toContainEqual(expect.objectContaining({ name: 'a_1', background: true }));
  });
});
