import { beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId, type CountDocumentsOptions, type Document, type FindOptions } from 'mongodb';
import { useStore } from './support.js';

const store = useStore();
const docs = () => store.db.collection('bounds');

beforeAll(async () => {
  await docs().createIndex({ app: 1, n: 1 });
  await docs().createIndex({ app: 1, tags: 1, n: 1 });
  await docs().createIndex({ app: 1, 'items.a': 1, 'items.b': 1 });
  await docs().insertMany(
    Array.from({ length: 200 }, (_, n) => ({
      app: n % 2,
      n,
      tags: [`t${String(n).padStart(3, '0')}`, 'zzz'],
      items: [
        { a: n, b: 1 },
        { a: 1_000, b: n },
      ],
    })),
  );
});

async function examined(filter: Document, options: FindOptions): Promise<number> {
  const plan = await docs().find(filter, options).explain('executionStats');
  return Number(plan['executionStats'].totalDocsExamined);
}

describe('several stretches of an index', () => {
  it('are read backwards from the last to the first', async () => {
    const filter = { app: 0, n: { $in: [2, 8, 4, 6] } };
    const read = async (direction: 1 | -1, limit: number) =>
      (
        await docs()
          .find(filter, { sort: { n: direction }, limit, hint: { app: 1, n: 1 } })
          .toArray()
      ).map(({ n }) => n);
    expect(await read(1, 3)).toEqual([2, 4, 6]);
    expect(await read(-1, 3)).toEqual([8, 6, 4]);
    const ids = await docs()
      .find({}, { projection: { _id: 1 }, sort: { _id: 1 }, limit: 5 })
      .toArray();
    const byId = { _id: { $in: ids.map(({ _id }) => _id) } };
    const found = await docs()
      .find(byId, { sort: { _id: -1 }, limit: 2 })
      .toArray();
    expect(found.map(({ _id }) => _id)).toEqual(
      ids
        .toReversed()
        .slice(0, 2)
        .map(({ _id }) => _id),
    );
  });
});

describe('a filter that names its documents', () => {
  it('reads those alone, whatever else it says that some index could look up', async () => {
    const some = await docs().find({ app: 0 }, { limit: 5 }).toArray();
    const ids = some.map(({ _id }) => _id);
    expect(await examined({ _id: { $in: ids }, app: 0 }, {})).toBe(5);
    expect(await examined({ app: 0, _id: ids[0] }, {})).toBe(1);
  });
});

describe('an index over arrays', () => {
  const hint = { app: 1, tags: 1, n: 1 };

  it('is bounded by the fields before the array and by a value in it', async () => {
    expect(await examined({ app: 0, tags: 't100' }, { hint })).toBe(1);
    expect(await examined({ app: 0, tags: 'zzz', n: 50 }, { hint })).toBe(1);
    expect(await docs().find({ app: 1, tags: 't100' }, { hint }).toArray()).toEqual([]);
  });

  it('is bounded on both sides where both are about one element', async () => {
    const within = { app: 0, tags: { $elemMatch: { $gte: 't100', $lt: 't110' } } };
    expect(await examined(within, { hint })).toBeLessThanOrEqual(6);
    expect((await docs().find(within, { hint }).toArray()).map(({ n }) => n)).toEqual([100, 102, 104, 106, 108]);
  });

  it('is not, where two elements may fulfil them', async () => {
    const filter = { app: 0, tags: { $gte: 'u', $lt: 't004' } };
    expect((await docs().find(filter, { hint }).toArray()).map(({ n }) => Number(n)).sort((a, b) => a - b)).toEqual([
      0, 2,
    ]);
    const mixed = { app: 0, $and: [{ tags: { $elemMatch: { $gte: 'u', $lte: 'zzz' } } }, { tags: { $lt: 't004' } }] };
    expect((await docs().find(mixed, { hint }).toArray()).map(({ n }) => Number(n)).sort((a, b) => a - b)).toEqual([
      0, 2,
    ]);
  });

  it('takes conditions of two fields of one array apart', async () => {
    const filter = { app: 0, 'items.a': 1_000, 'items.b': 1 };
    const found = await docs()
      .find(filter, { hint: { app: 1, 'items.a': 1, 'items.b': 1 } })
      .toArray();
    expect(found).toHaveLength(100);
  });
});

describe('a count of what belongs to one ObjectId', () => {
  const [one, two] = [new ObjectId(), new ObjectId()];
  const owned = () => store.db.collection('owned');
  const count = (filter: Document, options: CountDocumentsOptions = {}) => owned().countDocuments(filter, options);

  it('is right by the keys of an index, by its documents, with skip and limit, and in a transaction', async () => {
    await owned().createIndex({ owner: 1, _id: 1 });
    await owned().createIndex({ owners: 1 });
    await owned().createIndex({ maybe: 1 }, { sparse: true });
    await owned().insertMany(
      Array.from({ length: 700 }, (_, n) => ({
        owner: n % 7 === 0 ? two : one,
        owners: [one, two],
        ...(n % 2 === 0 ? { maybe: one } : {}),
      })),
    );
    await owned().insertMany([{ owner: [one, two] }, { owner: null }, { owner: one.toHexString() }, {}] as Document[]);
    for (const hint of [undefined, { owner: 1, _id: 1 }, { $natural: 1 }]) {
      const options = hint ? { hint } : {};
      expect(await count({ owner: one }, options)).toBe(601);
      expect(await count({ owner: two }, options)).toBe(101);
      expect(await count({ $and: [{ owner: two }] }, options)).toBe(101);
      expect(await count({ owner: new ObjectId() }, options)).toBe(0);
      expect(await count({ owner: one }, { ...options, skip: 590 })).toBe(11);
      expect(await count({ owner: one }, { ...options, limit: 20 })).toBe(20);
      expect(await count({ owner: one }, { ...options, skip: 595, limit: 20 })).toBe(6);
      expect(await count({ owner: one }, { ...options, skip: 1_000 })).toBe(0);
    }
    expect(await count({ owners: one })).toBe(700);
    expect(await count({ maybe: one })).toBe(350);
    expect(await count({ owner: one, maybe: one })).toBe(300);
    await owned().deleteMany({ owner: [one, two] });
    expect(await count({ owner: one })).toBe(600);
    await store.client.withSession(async (session) => {
      session.startTransaction();
      await owned().insertOne({ owner: two }, { session });
      await owned().deleteMany({ owner: one }, { session });
      expect([await count({ owner: one }, { session }), await count({ owner: two }, { session })]).toEqual([0, 101]);
      await session.abortTransaction();
    });
    expect([await count({ owner: one }), await count({ owner: two })]).toEqual([600, 100]);
    expect(await owned().count({ owner: one })).toBe(600);
  });

  it('is by keys alone where each document has one', async () => {
    const plain = store.db.collection('plain');
    await plain.createIndex({ owner: 1 });
    await plain.insertMany(Array.from({ length: 600 }, (_, n) => ({ owner: n % 3 === 0 ? two : one })));
    expect(await plain.countDocuments({ owner: one })).toBe(400);
    expect(await plain.countDocuments({ owner: one }, { skip: 300, limit: 50 })).toBe(50);
    expect(await plain.countDocuments({ owner: one }, { skip: 390, limit: 50 })).toBe(10);
    expect(await plain.count({ owner: two })).toBe(200);
    expect(await plain.count({ owner: two }, { skip: 190, limit: 50 })).toBe(10);
    await plain.deleteMany({ owner: two });
    expect([await plain.countDocuments({ owner: two }), await plain.count({ owner: two })]).toEqual([0, 0]);
    await store.client.withSession(async (session) => {
      session.startTransaction();
      await plain.insertOne({ owner: two }, { session });
      expect(await plain.countDocuments({ owner: two }, { session })).toBe(1);
      await session.abortTransaction();
    });
    expect(await plain.countDocuments({ owner: two })).toBe(0);
  });
});
