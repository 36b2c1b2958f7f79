import { describe, expect, it } from '@jest/globals';
import { Decimal128, type Document, Long, MaxKey, MinKey } from 'mongodb';
import { errorOf, useStore } from '../support.js';

const store = useStore();
const collection = (name: string) => store.db.collection<{ _id: number } & Document>(name);

/** What filters find without an index, and then with each of some. */
async function findBothWays(
  name: string,
  docs: Document[],
  indexes: { [field: string]: 1 | -1 }[],
  filters: Document[],
) {
  const target = collection(name);
  await target.insertMany(docs as ({ _id: number } & Document)[]);
  const findAll = async (hint?: Document) => {
    const found: number[][] = [];
    for (const filter of filters) {
      const cursor = target.find(filter, hint ? { hint } : {});
      found.push((await cursor.toArray()).map(({ _id }) => _id).sort((a, b) => a - b));
    }
    return found;
  };
  const plain = await findAll();
  for (const index of indexes) {
    await target.createIndex(index);
    expect([index, await findAll()]).toEqual([index, plain]);
    expect([index, await findAll(index)]).toEqual([index, plain]);
  }
  return plain;
}

describe('long keys', () => {
  it('are compared whole, in equality and in ranges', async () => {
    const long = (end: string) => 'k'.repeat(3000) + end;
    const docs = ['', 'a', 'b', 'c'].map((end, i) => ({ _id: i, s: long(end) }));
    docs.push({ _id: 4, s: 'k' }, { _id: 5, s: 'l' }, { _id: 6, s: `${'k'.repeat(2999)}a` });
    const filters = [
      { s: long('b') },
      { s: { $gt: long('a') } },
      { s: { $gte: long('a'), $lt: long('c') } },
      { s: { $lte: long('') } },
      { s: { $in: [long('a'), long('x'), 'k'] } },
      { s: { $ne: long('a') } },
    ];
    const found = await findBothWays('long keys', docs, [{ s: 1 }, { s: -1 }], filters);
    expect(found).toEqual([[2], [2, 3, 5], [1, 2], [0, 4, 6], [1, 4], [0, 2, 3, 4, 5, 6]]);
    const sorted = await collection('long keys')
      .find({}, { sort: { s: 1 } })
      .toArray();
    expect(sorted.map(({ _id }) => _id)).toEqual([4, 6, 0, 1, 2, 3, 5]);
  });

  it('are unique as a whole', async () => {
    const docs = collection('long unique');
    await docs.createIndex({ s: 1 }, { unique: true });
    const s = 'u'.repeat(5000);
    await docs.insertMany([
      { _id: 1, s: `${s}1` },
      { _id: 2, s: `${s}2` },
    ]);
    expect(await errorOf(docs.insertOne({ _id: 3, s: `${s}2` }))).toMatchObject({ code: 11000, keyPattern: { s: 1 } });
  });
});

describe('$group', () => {
  it('adds int64 and Decimal128 exactly', async () => {
    const docs = collection('sums');
    const big = Long.fromString('9007199254740993');
    await docs.insertMany([
      { _id: 1, long: big, decimal: Decimal128.fromString('0.1') },
      { _id: 2, long: Long.fromNumber(2), decimal: Decimal128.fromString('0.2') },
    ]);
    const group = { _id: null, long: { $sum: '$long' }, decimal: { $sum: '$decimal' }, most: { $max: '$long' } };
    const [sums] = await docs.aggregate([{ $group: group }], { promoteLongs: false }).toArray();
    expect([String(sums!['long']), String(sums!['decimal'])]).toEqual(['9007199254740995', '0.3']);
    expect(String(sums!['most'])).toBe('9007199254740993');
  });

  it('takes equal numbers of all types for one key', async () => {
    const docs = collection('number keys');
    const ones = [1, Long.fromNumber(1), Decimal128.fromString('1.0'), Decimal128.fromString('1')];
    await docs.insertMany(
      [...ones, Long.fromString('9007199254740993'), 9007199254740992].map((n, i) => ({ _id: i, n })),
    );
    const groups = await docs.aggregate([{ $group: { _id: '$n', count: { $sum: 1 } } }]).toArray();
    expect(groups.map(({ count }) => count as number).sort((a, b) => a - b)).toEqual([1, 1, 4]);
  });
});

describe('null', () => {
  const docs = [
    { _id: 1 },
    { _id: 2, a: null },
    { _id: 3, a: {} },
    { _id: 4, a: { b: null } },
    { _id: 5, a: { b: 1 } },
    { _id: 6, a: [] },
    { _id: 7, a: [{}] },
    { _id: 8, a: [{ b: 1 }] },
    { _id: 9, a: [{ b: 1 }, {}] },
    { _id: 10, a: [{ b: null }] },
    { _id: 11, a: [1, 2] },
    { _id: 12, a: 5 },
    { _id: 13, a: [null] },
  ];

  it('matches missing paths, those in arrays by their documents', async () => {
    const filters = [
      { 'a.b': null },
      { 'a.b': { $exists: false } },
      { 'a.b': { $ne: null } },
      { a: null },
      { a: { $gte: null } },
      { a: { $lte: null } },
      { a: { $gt: null } },
      { a: { $type: 'null' } },
      { a: { $in: [null, 5] } },
    ];
    const found = await findBothWays('null', docs, [{ 'a.b': 1 }, { a: 1 }, { a: -1, _id: 1 }], filters);
    expect(found).toEqual([
      [1, 2, 3, 4, 7, 9, 10, 12],
      [1, 2, 3, 6, 7, 11, 12, 13],
      [5, 6, 8, 11, 13],
      [1, 2, 13],
      [1, 2, 13],
      [1, 2, 13],
      [],
      [2, 13],
      [1, 2, 12, 13],
    ]);
  });
});

describe('$type', () => {
  it('looks at values and at the elements of arrays', async () => {
    const docs = [
      { _id: 1, v: 1 },
      { _id: 2, v: Long.fromNumber(1) },
      { _id: 3, v: 1.5 },
      { _id: 4, v: Decimal128.fromString('1') },
      { _id: 5, v: ['text', 1] },
      { _id: 6, v: [] },
      { _id: 7, v: [[1]] },
      { _id: 8, v: null },
      { _id: 9 },
      { _id: 10, v: new MinKey() },
      { _id: 11, v: new MaxKey() },
      { _id: 12, v: { a: 1 } },
    ];
    const types = ['int', 'long', 'double', 'decimal', 'number', 'string', 'array', 'null', 'object', -1, 'maxKey', 16];
    const filters: Document[] = types.map((type) => ({ v: { $type: type } }));
    const found = await findBothWays('types', docs, [{ v: 1 }], [...filters, { v: { $type: ['null', 'string'] } }]);
    expect(found).toEqual([
      [1, 5],
      [2],
      [3],
      [4],
      [1, 2, 3, 4, 5],
      [5],
      [5, 6, 7],
      [8],
      [12],
      [10],
      [11],
      [1, 5],
      [5, 8],
    ]);
  });
});

describe('a unique index over arrays', () => {
  it('keeps elements apart between documents, not within one', async () => {
    const docs = collection('unique arrays');
    await docs.createIndex({ a: 1 }, { unique: true });
    await docs.insertMany([
      { _id: 1, a: [1, 1, 2] },
      { _id: 2, a: [3] },
      { _id: 3, a: [] },
      { _id: 4, a: null },
    ]);
    const clash = { code: 11000 };
    expect(await errorOf(docs.insertOne({ _id: 5, a: 2 }))).toMatchObject(clash);
    expect(await errorOf(docs.insertOne({ _id: 5, a: [9, 3] }))).toMatchObject(clash);
    expect(await errorOf(docs.insertOne({ _id: 5, a: [] }))).toMatchObject(clash);
    expect(await errorOf(docs.insertOne({ _id: 5 }))).toMatchObject(clash);
    expect(await errorOf(docs.updateOne({ _id: 2 }, { $push: { a: 1 } as Document }))).toMatchObject(clash);
    await docs.updateOne({ _id: 1 }, { $pull: { a: 1 } as Document });
    await docs.updateOne({ _id: 2 }, { $push: { a: 1 } as Document });
    expect(await docs.findOne({ a: 1 })).toEqual({ _id: 2, a: [3, 1] });
  });
});

describe('empty and missing arrays', () => {
  it('are found by an index as without one', async () => {
    const docs = [{ _id: 1, a: [] }, { _id: 2 }, { _id: 3, a: [[]] }, { _id: 4, a: [null] }, { _id: 5, a: [1] }];
    const filters = [
      { a: [] },
      { a: { $exists: true } },
      { a: { $exists: false } },
      { a: { $size: 0 } },
      { a: { $ne: 1 } },
      { a: { $nin: [1, null] } },
      { a: { $all: [] } },
      { a: { $in: [[]] } },
      { a: { $not: { $gt: 0 } } },
      { a: { $elemMatch: { $exists: true } } },
    ];
    const found = await findBothWays('empty arrays', docs, [{ a: 1 }, { a: -1 }, { a: 1, b: 1 }], filters);
    expect(found).toEqual([[1, 3], [1, 3, 4, 5], [2], [1], [1, 2, 3, 4], [1, 3], [], [1, 3], [1, 2, 3, 4], [3, 4, 5]]);
  });
});

describe('a partial index', () => {
  it('with $exists through an array holds what matches, and serves only what it holds', async () => {
    const docs = collection('partial');
    const filter = { 'a.b': { $exists: true } };
    await docs.createIndex({ n: 1 }, { unique: true, partialFilterExpression: filter });
    await docs.insertMany([
      { _id: 1, n: 1 },
      { _id: 2, n: 1, a: [] },
      { _id: 3, n: 1, a: [{ c: 1 }] },
      { _id: 4, n: 1, a: [{ c: 1 }, { b: null }] },
      { _id: 5, n: 2, a: { b: 1 } },
    ]);
    expect(await errorOf(docs.insertOne({ _id: 6, n: 1, a: [{ b: 2 }] }))).toMatchObject({ code: 11000 });
    expect(await errorOf(docs.updateOne({ _id: 3 }, { $push: { a: { b: 1 } } as Document }))).toMatchObject({
      code: 11000,
    });
    const idsOf = async (query: Document) =>
      (await docs.find(query, { sort: { _id: 1 } }).toArray()).map(({ _id }) => _id);
    expect(await idsOf({ n: 1 })).toEqual([1, 2, 3, 4]);
    expect(await idsOf({ n: 1, ...filter })).toEqual([4]);
    expect(await idsOf({ n: { $gte: 1 }, 'a.b': null })).toEqual([1, 3, 4]);
    await docs.updateOne({ _id: 4 }, { $pull: { a: { b: null } } as Document });
    await docs.updateOne({ _id: 3 }, { $push: { a: { b: 1 } } as Document });
    expect(await idsOf({ n: 1, ...filter })).toEqual([3]);
  });
});
