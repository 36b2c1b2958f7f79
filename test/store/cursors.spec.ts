import { describe, expect, it } from '@jest/globals';
import type { Document, FindOptions } from 'mongodb';
import { waitUntil } from '../support/wait.js';
import { errorOf, useStore } from './support.js';

const store = useStore();
const collection = (name: string) => store.db.collection<{ _id: number } & Document>(name);
const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ _id: i, group: i % 10, order: count - i }));

/** Cursors of stand-ins were lost after the first batch: FerretDB#5355 and #2762 (B49). */
describe('a cursor', () => {
  it.each([1, 101, undefined])('returns each of 10,000 documents once with batches of %s', async (batchSize) => {
    const docs = collection(`batches ${batchSize}`);
    await docs.insertMany(numbered(10_000));
    const limit = batchSize === 1 ? 500 : 10_000;
    const seen = [];
    for await (const doc of docs.find({}, { limit, ...(batchSize && { batchSize }) })) seen.push(doc._id);
    expect(seen).toEqual(Array.from({ length: limit }, (_, i) => i));
  });

  it('keeps batches of large documents within 16 MiB', async () => {
    const docs = collection('large');
    await docs.insertMany(Array.from({ length: 40 }, (_, i) => ({ _id: i, text: 'x'.repeat(1 << 20) })));
    expect((await docs.find().toArray()).map(({ _id }) => _id)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it('goes on beside another one on the same client', async () => {
    const docs = collection('two');
    await docs.insertMany(numbered(50));
    const [a, b] = [docs.find({}, { batchSize: 3 }), docs.find({}, { batchSize: 7, sort: { order: 1 } })];
    const pairs = [];
    for (let i = 0; i < 50; i++) pairs.push([(await a.next())!._id, (await b.next())!._id]);
    expect(pairs).toEqual(Array.from({ length: 50 }, (_, i) => [i, 49 - i]));
  });

  it('returns no document twice and none that is gone, while documents are deleted', async () => {
    const docs = collection('deleting');
    await docs.insertMany(numbered(1000));
    const seen: number[] = [];
    for await (const { _id } of docs.find({}, { batchSize: 10 })) {
      seen.push(_id);
      await docs.deleteOne({ _id: 999 - _id });
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => id < 500)).toHaveLength(500);
    expect(seen.length).toBeLessThan(520);
  });

  it('is gone after an early close', async () => {
    const docs = collection('early');
    await docs.insertMany(numbered(300));
    const cursor = docs.find({}, { batchSize: 10 });
    await cursor.next();
    const id = cursor.id!;
    await cursor.close();
    expect(await errorOf(store.db.command({ getMore: id, collection: 'early' }))).toMatchObject({ code: 43 });
  });

  it('sorts without an index, with skip and limit', async () => {
    const docs = collection('sorting');
    await docs.insertMany(numbered(500));
    const found = await docs.find({}, { sort: { group: -1, order: 1 }, skip: 5, limit: 3 }).toArray();
    expect(found.map(({ _id }) => _id)).toEqual([449, 439, 429]);
  });

  it('ends a command that takes longer than maxTimeMS', async () => {
    const docs = collection('slow');
    await docs.insertMany(Array.from({ length: 30_000 }, (_, i) => ({ _id: i, text: `text ${i}` })));
    const slow = docs.find({ text: /none$/ }, { maxTimeMS: 1 }).toArray();
    expect(await errorOf(slow)).toMatchObject({ code: 50 });
  });

  it('counts no time of maxTimeMS while its client does something else', async () => {
    const docs = collection('idle');
    await docs.insertMany(numbered(1000));
    const cursor = docs.find({}, { batchSize: 100, maxTimeMS: 300 });
    await cursor.next();
    const end = Date.now() + 301;
    await waitUntil(async () => Date.now() > end);
    expect(await cursor.toArray()).toHaveLength(999);
  });

  it('comes in natural order, or against it', async () => {
    const docs = collection('natural');
    await docs.insertMany(numbered(20));
    await docs.createIndex({ group: 1 });
    const found = async (options: FindOptions) => (await docs.find({}, options).toArray()).map(({ _id }) => _id);
    const forwards = await found({ sort: { $natural: 1 } });
    expect(forwards).toHaveLength(20);
    expect(await found({ sort: { $natural: -1 }, limit: 3 })).toEqual(forwards.slice(-3).reverse());
    expect(await found({ hint: { $natural: -1 } })).toEqual(forwards.toReversed());
    expect(await errorOf(found({ sort: { $natural: 1, group: 1 } }))).toMatchObject({ code: 2 });
  });
});

describe('a query plan', () => {
  const examined = async (docs: ReturnType<typeof collection>, filter: Document, options: Document = {}) => {
    const plan = await docs.find(filter, options).explain('executionStats');
    return plan['executionStats'] as { nReturned: number; totalDocsExamined: number };
  };

  it('reads no more than it returns, for equality, ranges, $in, sorts and pages', async () => {
    const docs = collection('plans');
    await docs.insertMany(numbered(1000));
    await docs.createIndex({ group: 1, order: -1 });
    const cases: [Document, Document][] = [
      [{ _id: 5 }, {}],
      [{ _id: { $gte: 5, $lt: 9 } }, {}],
      [{ _id: { $in: [1, 3, 5000] } }, {}],
      [{ group: 3 }, {}],
      [{ group: 3, order: { $gt: 500, $lte: 700 } }, {}],
      [{ group: { $in: [1, 2] }, order: { $lt: 50 } }, {}],
      [{ group: 3 }, { sort: { order: -1 }, limit: 5 }],
      [
        { group: 3, order: { $lt: 500 } },
        { sort: { order: -1 }, limit: 5 },
      ],
      [{ group: 3 }, { sort: { order: 1 }, limit: 5 }],
      [{}, { sort: { group: -1, order: 1 }, limit: 7 }],
      [
        { $or: [{ group: { $gt: 3 } }, { group: 3, order: { $lt: 100 } }] },
        { sort: { group: 1, order: -1 }, limit: 7 },
      ],
      [{ group: 3, $or: [{ order: { $gt: 900 } }, { order: 7 }] }, {}],
      [{ $or: [{ _id: { $lt: 5 } }, { group: 3, order: 17 }] }, {}],
      [{}, { sort: { _id: -1 }, limit: 7 }],
    ];
    for (const [filter, options] of cases) {
      const { nReturned, totalDocsExamined } = await examined(docs, filter, options);
      expect([filter, options, totalDocsExamined]).toEqual([filter, options, nReturned]);
      expect(nReturned).toBeGreaterThan(0);
    }
  });

  it('pages by key through all documents, once each', async () => {
    const docs = collection('pages');
    await docs.insertMany(numbered(97));
    await docs.createIndex({ group: 1, _id: 1 });
    const seen: number[] = [];
    let after: Document = {};
    for (;;) {
      const page = await docs.find(after, { sort: { group: 1, _id: 1 }, limit: 10 }).toArray();
      seen.push(...page.map(({ _id }) => _id));
      const last = page.at(-1);
      if (!last) break;
      after = { $or: [{ group: { $gt: last['group'] } }, { group: last['group'], _id: { $gt: last._id } }] };
    }
    expect([seen.length, new Set(seen).size]).toEqual([97, 97]);
  });

  it('follows a hint and refuses one that names no index', async () => {
    const docs = collection('hints');
    await docs.insertMany(numbered(20));
    await docs.createIndex({ group: 1 });
    const plan = await docs.find({ order: 3 }, { hint: { group: 1 } }).explain('queryPlanner');
    expect(JSON.stringify(plan)).toContain('IXSCAN');
    expect(await errorOf(docs.find({}, { hint: 'none' }).toArray())).toMatchObject({ code: 2 });
  });

  it('answers the same from a multikey index as from none', async () => {
    const docs = collection('multikey');
    await docs.insertMany([
      { _id: 1, a: [1, 10] },
      { _id: 2, a: 5 },
      { _id: 3, a: [] },
      { _id: 4 },
      { _id: 5, a: null },
      { _id: 6, a: [[5]] },
      { _id: 7, a: [{ b: 1 }, { b: 9 }] },
      { _id: 8, a: [null, 3] },
    ]);
    const filters: Document[] = [
      { a: { $gt: 2, $lt: 8 } },
      { a: { $elemMatch: { $gt: 2, $lt: 8 } } },
      { a: null },
      { a: { $exists: false } },
      { a: [] },
      { a: { $size: 0 } },
      { a: [5] },
      { a: { $in: [null, 5] } },
      { a: { $gte: null } },
      { a: { $ne: 5 } },
      { 'a.b': { $gt: 2, $lt: 8 } },
      { 'a.b': null },
      { 'a.b': { $elemMatch: { $gt: 1 } } },
      { $or: [{ a: { $gt: 8 } }, { a: 1 }, { 'a.b': 9 }] },
      { $or: [{ a: { $gt: 8 } }, { c: 1 }] },
      { a: { $lt: 20 }, $or: [{ a: { $gt: 8 } }, { a: null }] },
    ];
    const answers = async () => {
      const ids = [];
      for (const filter of filters)
        ids.push((await docs.find(filter).toArray()).map(({ _id }) => _id).sort((a, b) => a - b));
      return ids;
    };
    const without = await answers();
    await docs.createIndex({ a: 1 });
    await docs.createIndex({ 'a.b': 1 });
    expect(await answers()).toEqual(without);
    expect(without[0]).toEqual([1, 2, 8]);
  });
});
