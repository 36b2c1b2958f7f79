import { describe, expect, it } from '@jest/globals';
import { Decimal128, Long, ObjectId, Timestamp } from 'mongodb';
import { errorOf, useStore } from './support.js';

const store = useStore();
const collection = (name: string) => store.db.collection(name);

describe('insert', () => {
  it('keeps the order of documents and makes _id where there is none', async () => {
    const docs = collection('ids');
    const { insertedIds } = await docs.insertMany([{ n: 1 }, { _id: 'own' as unknown as ObjectId, n: 2 }]);
    expect(insertedIds[1]).toBe('own');
    expect(await docs.findOne({ n: 1 })).toEqual({ _id: insertedIds[0], n: 1 });
  });

  it('ends an ordered batch at the first error and goes on in an unordered one', async () => {
    const docs = collection('batches');
    const batch = [1, 1, 2].map((id) => ({ _id: id as unknown as ObjectId }));
    await expect(docs.insertMany(batch)).rejects.toMatchObject({ code: 11000, result: { insertedCount: 1 } });
    await docs.deleteMany({});
    await expect(docs.insertMany(batch, { ordered: false })).rejects.toMatchObject({
      code: 11000,
      result: { insertedCount: 2 },
    });
  });

  it('refuses an array as _id', async () => {
    expect(await errorOf(collection('bad').insertOne({ _id: [1] as unknown as ObjectId }))).toMatchObject({ code: 2 });
  });

  it('refuses a document over 16 MiB and takes one below', async () => {
    const docs = collection('large');
    await docs.insertOne({ text: 'x'.repeat(15 << 20) });
    const doubled = docs.updateOne({}, [{ $set: { copy: '$text' } }]);
    expect(await errorOf(doubled)).toMatchObject({ message: expect.stringMatching(/size|larger/i) });
    expect(await docs.countDocuments()).toBe(1);
  });

  it('puts the time in the place of an empty timestamp at the top, unless told not to', async () => {
    const docs = collection('stamps');
    const empty = () => new Timestamp({ t: 0, i: 0 });
    const doc = (name: string) => ({ name, at: empty(), more: empty(), inside: { at: empty() }, list: [empty()] });
    await docs.insertOne(doc('inserted'));
    await docs.insertOne({ name: 'replaced' });
    await docs.replaceOne({ name: 'replaced' }, doc('replaced'));
    await docs.findOneAndReplace({ name: 'found' }, doc('found'), { upsert: true });
    for (const name of ['inserted', 'replaced', 'found']) {
      const stored = (await docs.findOne({ name }))!;
      const [at, more] = [stored['at'] as Timestamp, stored['more'] as Timestamp];
      expect(Math.abs(at.getHighBits() - Date.now() / 1000)).toBeLessThan(60);
      expect(more.equals(at)).toBe(false);
      expect(stored).toMatchObject({ inside: { at: empty() }, list: [empty()] });
    }
    const documents = [{ _id: empty(), name: 'kept', at: empty() }];
    await store.db.command({ insert: 'stamps', documents, bypassEmptyTsReplacement: true });
    expect(await docs.findOne({ name: 'kept' })).toEqual(documents[0]);
    await docs.updateOne({ name: 'kept' }, { $set: { more: empty() } });
    expect(await docs.findOne({ name: 'kept' })).toMatchObject({ more: empty() });
  });

  it('keeps an empty timestamp as _id', async () => {
    const docs = collection('stamped ids');
    const _id = new Timestamp({ t: 0, i: 0 }) as unknown as ObjectId;
    await docs.insertOne({ _id });
    expect(await docs.findOne()).toEqual({ _id });
  });

  it('answers nothing when no answer is wanted', async () => {
    const docs = collection('silent');
    await docs.insertOne({ a: 1 }, { writeConcern: { w: 0 } });
    await docs.insertOne({ a: 2 });
    expect(await docs.countDocuments({ a: { $in: [1, 2] } })).toBeGreaterThan(0);
  });
});

describe('update', () => {
  it('counts what matched and what changed', async () => {
    const docs = collection('counts');
    await docs.insertMany([{ a: 1 }, { a: 1, b: 2 }]);
    const result = await docs.updateMany({ a: 1 }, { $set: { b: 2 } });
    expect(result).toMatchObject({ matchedCount: 2, modifiedCount: 1 });
  });

  it('loses no increment of many at once', async () => {
    const docs = collection('counter');
    await docs.insertOne({ name: 'c', n: 0 });
    await Promise.all(Array.from({ length: 200 }, () => docs.updateOne({ name: 'c' }, { $inc: { n: 1 } })));
    expect(await docs.findOne({ name: 'c' })).toMatchObject({ n: 200 });
  });

  it('inserts from the equality conditions of an upsert, once among many', async () => {
    const docs = collection('upserts');
    await docs.createIndex({ key: 1 }, { unique: true });
    const upsert = () =>
      docs.updateOne({ key: 'k' }, { $setOnInsert: { made: true }, $inc: { n: 1 } }, { upsert: true });
    const results = await Promise.all(Array.from({ length: 20 }, upsert));
    expect(results.filter(({ upsertedCount }) => upsertedCount === 1)).toHaveLength(1);
    expect(await docs.find({}, { projection: { _id: 0 } }).toArray()).toEqual([{ key: 'k', made: true, n: 20 }]);
  });

  it('refuses to change _id', async () => {
    const docs = collection('fixed');
    const { insertedId } = await docs.insertOne({ a: 1 });
    expect(await errorOf(docs.updateOne({ a: 1 }, { $set: { _id: 5 } }))).toMatchObject({ code: 66 });
    await docs.replaceOne({ a: 1 }, { a: 2 });
    expect(await docs.findOne({ a: 2 })).toEqual({ _id: insertedId, a: 2 });
  });

  it('keeps the types of fields it does not touch', async () => {
    const docs = collection('types');
    const doc = { long: Long.fromNumber(5), decimal: Decimal128.fromString('1.10'), date: new Date(-5), text: 'a\0b' };
    await docs.insertOne({ ...doc });
    await docs.updateOne({}, { $set: { touched: true } });
    const raw = await docs.findOne({}, { promoteValues: false, projection: { _id: 0 } });
    expect(raw).toMatchObject({ long: Long.fromNumber(5), decimal: Decimal128.fromString('1.10'), text: 'a\0b' });
  });

  it('keeps nothing of a statement that fails halfway', async () => {
    const docs = collection('whole');
    await docs.insertMany([
      { a: 1, n: 1 },
      { a: 2, n: 'text' },
    ]);
    await expect(docs.updateMany({}, { $inc: { n: 1 } })).rejects.toMatchObject({ code: 14 });
    // MongoDB changes documents one by one and keeps those before the error; the embedded store keeps none.
    expect([1, 2]).toContain((await docs.findOne({ a: 1 }))?.['n']);
  });
});

describe('findOneAndUpdate', () => {
  it('lets one of many claim a token', async () => {
    const tokens = collection('tokens');
    await tokens.insertOne({ token: 't', used: false });
    const claims = await Promise.all(
      Array.from({ length: 30 }, () => tokens.findOneAndUpdate({ token: 't', used: false }, { $set: { used: true } })),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  it('returns the document before or after, shaped by a projection', async () => {
    const docs = collection('fam');
    await docs.insertOne({ a: 1, b: 1 });
    const before = await docs.findOneAndUpdate({ a: 1 }, { $inc: { b: 1 } }, { projection: { _id: 0, b: 1 } });
    const after = await docs.findOneAndUpdate({ a: 1 }, { $inc: { b: 1 } }, { returnDocument: 'after' });
    expect([before, after?.['b']]).toEqual([{ b: 1 }, 3]);
  });

  it('projects the array element that its filter found, of the document before only', async () => {
    const docs = collection('elements');
    await docs.insertOne({ list: [{ n: 1 }, { n: 2 }, { n: 3 }] });
    const options = { projection: { _id: 0, 'list.$': 1 } };
    const found = { list: [{ n: 2 }] };
    expect(await docs.findOneAndUpdate({ 'list.n': 2 }, { $set: { a: 1 } }, options)).toEqual(found);
    const after = docs.findOneAndUpdate({ 'list.n': 2 }, { $set: { a: 2 } }, { ...options, returnDocument: 'after' });
    expect(await errorOf(after)).toMatchObject({ code: 2 });
    expect(await docs.findOne()).toMatchObject({ a: 1 });
    expect(await docs.findOneAndDelete({ 'list.n': 2 }, options)).toEqual(found);
  });

  it('takes the first by the sort, and removes', async () => {
    const docs = collection('queue');
    await docs.insertMany([3, 1, 2].map((n) => ({ n })));
    const removed = await docs.findOneAndDelete({}, { sort: { n: 1 } });
    expect([removed?.['n'], await docs.countDocuments()]).toEqual([1, 2]);
  });
});

describe('delete', () => {
  it('removes more than fit into one go', async () => {
    const docs = collection('many');
    await docs.createIndex({ n: 1 });
    await docs.insertMany(Array.from({ length: 9000 }, (_, n) => ({ n, keep: n % 3 === 0 })));
    expect(await docs.deleteMany({ keep: false })).toMatchObject({ deletedCount: 6000 });
    expect(await docs.countDocuments({ n: { $gte: 0 } })).toBe(3000);
  });

  it('removes one or all that match', async () => {
    const docs = collection('deletes');
    await docs.insertMany([{ a: 1 }, { a: 1 }, { a: 1 }, { a: 2 }]);
    expect(await docs.deleteOne({ a: 1 })).toMatchObject({ deletedCount: 1 });
    expect(await docs.deleteMany({ a: 1 })).toMatchObject({ deletedCount: 2 });
    expect(await docs.estimatedDocumentCount()).toBe(1);
  });
});

describe('a repeated retryable write', () => {
  it('is done once and answered like the first', async () => {
    const docs = collection('retries');
    await docs.insertOne({ n: 0 });
    const session = store.client.startSession();
    const updates = [{ q: {}, u: { $inc: { n: 1 } } }];
    const command = { update: 'retries', updates, txnNumber: Long.fromNumber(1_000_000) };
    const first = await store.db.command(command, { session });
    const second = await store.db.command(command, { session });
    await session.endSession();
    expect([first['nModified'], second['nModified']]).toEqual([1, 1]);
    expect(await docs.findOne()).toMatchObject({ n: 1 });
  });
});
