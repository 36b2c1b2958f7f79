import { beforeAll, describe, expect, it } from '@jest/globals';
import { Decimal128, Long } from 'mongodb';
import type { Document } from 'mongodb';
import { errorOf, useStore } from './support.js';

const store = useStore();
const users = () => store.db.collection<{ _id: number } & Document>('users');
const logins = () => store.db.collection<{ _id: number } & Document>('logins');

const COUNT = 3000;

beforeAll(async () => {
  await users().insertMany(Array.from({ length: COUNT }, (_, i) => ({ _id: i, app: `app${i % 3}`, n: i })));
  await logins().insertMany(
    Array.from({ length: 60 }, (_, i) => ({ _id: i, user: i % 20, at: new Date(Date.UTC(2024, 0, 1 + i)) })),
  );
  await logins().createIndex({ user: 1, at: -1 });
});

describe('an aggregate', () => {
  it('gives its results in batches', async () => {
    const seen: number[] = [];
    const cursor = users().aggregate([{ $match: { n: { $gte: 10 } } }, { $project: { m: { $multiply: ['$n', 2] } } }], {
      batchSize: 100,
    });
    for await (const doc of cursor) seen.push(doc['m'] as number);
    expect(seen).toHaveLength(COUNT - 10);
    expect(seen[0]).toBe(20);
  });

  it('groups', async () => {
    const byApp = await users()
      .aggregate([
        { $group: { _id: '$app', users: { $sum: 1 }, first: { $min: '$n' }, average: { $avg: '$n' } } },
        { $sort: { _id: 1 } },
      ])
      .toArray();
    expect(byApp).toEqual([
      { _id: 'app0', users: 1000, first: 0, average: 1498.5 },
      { _id: 'app1', users: 1000, first: 1, average: 1499.5 },
      { _id: 'app2', users: 1000, first: 2, average: 1500.5 },
    ]);
  });

  it('keeps int64 and Decimal128 exact', async () => {
    const amounts = store.db.collection('amounts');
    const big = Long.fromString('9007199254740993');
    await amounts.insertMany([
      { big, price: Decimal128.fromString('0.10') },
      { big: Long.fromInt(1), price: Decimal128.fromString('0.20') },
    ]);
    const total = { $group: { _id: null, big: { $sum: '$big' }, price: { $sum: '$price' } } };
    const [result] = await amounts.aggregate([total], { promoteLongs: false }).toArray();
    expect(String(result!['big'])).toBe('9007199254740994');
    expect((result!['price'] as Decimal128).toString()).toBe('0.30');
  });

  it('joins by fields, and by a pipeline with variables', async () => {
    const last = {
      from: 'logins',
      let: { id: '$_id' },
      pipeline: [{ $match: { $expr: { $eq: ['$user', '$$id'] } } }, { $sort: { at: -1 } }, { $limit: 1 }],
      as: 'last',
    };
    const [ada] = await users()
      .aggregate([
        { $match: { _id: 7 } },
        { $lookup: { from: 'logins', localField: '_id', foreignField: 'user', as: 'all' } },
        { $lookup: last },
        { $unwind: '$last' },
        { $project: { all: '$all._id', last: '$last._id' } },
      ])
      .toArray();
    expect({ ...ada, all: (ada!['all'] as number[]).toSorted((a, b) => a - b) }).toEqual({
      _id: 7,
      all: [7, 27, 47],
      last: 47,
    });
  });

  it('gives a page and its total at once', async () => {
    const [page] = await users()
      .aggregate([
        { $match: { app: 'app1' } },
        {
          $facet: {
            items: [{ $sort: { n: -1 } }, { $limit: 2 }, { $project: { n: 1, _id: 0 } }],
            total: [{ $count: 'n' }],
          },
        },
      ])
      .toArray();
    expect(page).toEqual({ items: [{ n: 2998 }, { n: 2995 }], total: [{ n: 1000 }] });
  });

  it('knows the variables of the command', async () => {
    const pipeline = [{ $match: { $expr: { $eq: ['$_id', '$$id'] } } }, { $project: { now: { $type: '$$NOW' } } }];
    expect(
      await users()
        .aggregate(pipeline, { let: { id: 5 } })
        .toArray(),
    ).toEqual([{ _id: 5, now: 'date' }]);
  });

  it('on a collection that is not there gives nothing', async () => {
    const nowhere = store.db.collection('nowhere');
    expect(await nowhere.aggregate([{ $group: { _id: '$a' } }]).toArray()).toEqual([]);
    expect(await nowhere.aggregate([{ $facet: { a: [{ $limit: 1 }] } }]).toArray()).toEqual([{ a: [] }]);
  });

  it('ends at maxTimeMS, wherever it is', async () => {
    const forever = {
      from: 'users',
      let: { n: '$n' },
      pipeline: [{ $match: { $expr: { $lt: ['$n', '$$n'] } } }],
      as: 'x',
    };
    const slow = users().aggregate(
      [{ $lookup: { ...forever } }, { $group: { _id: null, n: { $sum: { $size: '$x' } } } }],
      {
        maxTimeMS: 100,
      },
    );
    expect(await errorOf(slow.toArray())).toMatchObject({ code: 50 });
  });

  it.each<[Document[], number]>([
    [[{ $nonsense: 1 }], 40324],
    [[{ $match: {}, $limit: 1 }], 40323],
    [[{ $group: { n: { $sum: 1 } } }], 15955],
    [[{ $project: { a: { $nonsense: 1 } } }], 31325],
    [[{ $addFields: { a: { $nonsense: 1 } } }], 168],
    [[{ $lookup: { from: 'x', as: 'y' } }], 9],
  ])('%j is refused with %d', async (pipeline, code) => {
    expect(await errorOf(users().aggregate(pipeline).toArray())).toMatchObject({ code });
  });
});

describe('an aggregate that writes', () => {
  type Numbered = { _id: number } & Document;
  const target = (name: string) => store.db.collection<Numbered>(name);
  const old = [
    { _id: 1, key: 'a', old: true },
    { _id: 2, key: 'b', old: true },
  ];
  const fresh = [
    { _id: 2, key: 'b', fresh: true },
    { _id: 3, key: 'c', fresh: true },
  ];
  const all = (name: string) =>
    target(name)
      .find({}, { sort: { _id: 1 } })
      .toArray();
  let serial = 0;

  /** A collection with the old documents and a unique index. */
  async function make(): Promise<string> {
    const name = `written_${++serial}`;
    await target(name).createIndex({ key: 1 }, { unique: true });
    await target(name).insertMany(old);
    return name;
  }
  const write = (stage: Document, documents: Document[] = fresh) =>
    store.db.aggregate([{ $documents: documents }, stage]).toArray();

  it('with $out replaces all documents or none, and keeps the indexes', async () => {
    const name = await make();
    const stream = target(name).watch([], { maxAwaitTimeMS: 100 });
    await stream.tryNext();
    expect(await write({ $out: name })).toEqual([]);
    expect(await all(name)).toEqual(fresh);
    expect(await target(name).estimatedDocumentCount()).toBe(2);
    const clash = [...fresh, { _id: 4, key: 'c' }];
    expect(await errorOf(write({ $out: name }, clash))).toMatchObject({ code: 11000, keyPattern: { key: 1 } });
    expect(await all(name)).toEqual(fresh);
    expect(await target(name).indexExists('key_1')).toBe(true);
    await write({ $out: { db: store.db.databaseName, coll: `${name}_new` } });
    expect(await all(`${name}_new`)).toEqual(fresh);
    // A stream of the collection ends with the documents that it was about.
    const seen: string[] = [];
    while (seen.at(-1) !== 'invalidate') seen.push((await stream.next()).operationType);
    expect(seen).not.toContain('insert');
  });

  it('with $out may write to what it reads, and gives an _id where there is none', async () => {
    const name = await make();
    await target(name)
      .aggregate([{ $project: { _id: 0, key: 1 } }, { $out: name }])
      .toArray();
    const documents = await target(name)
      .find({}, { sort: { key: 1 } })
      .toArray();
    expect(documents).toEqual(['a', 'b'].map((key) => ({ _id: expect.anything(), key })));
  });

  const both = { _id: 2, key: 'b', old: true, fresh: true };
  it.each<[string, Document, Document[]]>([
    ['merges and inserts', {}, [old[0]!, both, fresh[1]!]],
    ['replaces', { whenMatched: 'replace' }, [old[0]!, ...fresh]],
    ['keeps', { whenMatched: 'keepExisting' }, [...old, fresh[1]!]],
    ['discards', { whenNotMatched: 'discard' }, [old[0]!, both]],
    [
      'changes by a pipeline',
      { let: { was: '$key' }, whenMatched: [{ $set: { sum: { $concat: ['$key', '$$was', '$$new.key'] } } }] },
      [old[0]!, { ...old[1]!, sum: 'bbb' }, fresh[1]!],
    ],
    ['finds by a unique index', { on: 'key', whenMatched: 'replace' }, [old[0]!, ...fresh]],
  ])('with $merge %s', async (_what, options, expected) => {
    const name = await make();
    expect(await write({ $merge: { into: name, ...options } })).toEqual([]);
    expect(await all(name)).toEqual(expected);
  });

  it.each<[string, Document, Document[], number, Document[]]>([
    ['fails on a match', { whenMatched: 'fail' }, fresh.toReversed(), 11000, [...old, fresh[1]!]],
    ['fails without a match', { whenNotMatched: 'fail' }, fresh, 13113, [old[0]!, both]],
    ['needs a unique index', { on: 'other' }, fresh, 51183, old],
    ['needs a value', { on: 'key' }, [{ _id: 9, key: null }], 51132, old],
    ['keeps an _id', { on: 'key' }, [{ _id: 9, key: 'a' }], 66, old],
    ['refuses modes that do not go together', { whenMatched: 'fail', whenNotMatched: 'fail' }, fresh, 51181, old],
    ['refuses an unknown option', { colour: 1 }, fresh, 40415, old],
  ])('with $merge %s', async (_what, options, documents, code, expected) => {
    const name = await make();
    expect(await errorOf(write({ $merge: { into: name, ...options } }, documents))).toMatchObject({ code });
    expect(await all(name)).toEqual(expected);
  });

  it('ends its pipeline, and is no part of a transaction', async () => {
    const name = await make();
    for (const stage of [{ $out: name }, { $merge: { into: name } }]) {
      expect(
        await errorOf(
          users()
            .aggregate([stage, { $limit: 1 }])
            .toArray(),
        ),
      ).toMatchObject({ code: 40601 });
      await store.client.withSession(async (session) => {
        session.startTransaction();
        expect(await errorOf(users().aggregate([stage], { session }).toArray())).toMatchObject({ code: 263 });
      });
    }
    expect(await all(name)).toEqual(old);
  });
});
