import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ClientBulkWriteModel,
  type ClientBulkWriteOptions,
  type Collection,
  type Document,
  MongoClientBulkWriteError,
} from 'mongodb';
import { errorOf, useStore } from '../support.js';

/** What the specification of the drivers' CRUD says of `bulkWrite` on a client, which is one command since MongoDB 8.0. */
type Numbered = { _id: number } & Document;

const store = useStore();
let docs: Collection<Numbered>;
let namespace: string;
const all = () => docs.find({}, { sort: { _id: 1 } }).toArray();
type Schemas = Record<string, { _id: number | string } & Document>;
type Model = ClientBulkWriteModel<Schemas>;
const bulk = (models: Model[], options?: ClientBulkWriteOptions) => store.client.bulkWrite<Schemas>(models, options);

beforeEach(async () => {
  docs = store.db.collection('bulk');
  ({ namespace } = docs);
  await docs.deleteMany({});
  await docs.insertMany([11, 22, 33].map((x, i) => ({ _id: i + 1, x })));
});

it('counts what each kind did, in several collections and databases, and tells of each by position when asked', async () => {
  const other = store.client.db(`${store.db.databaseName}_other`).collection<Numbered>('bulk');
  const result = await bulk(
    [
      { name: 'insertOne', namespace, document: { _id: 4, x: 44 } },
      { name: 'updateOne', namespace, filter: { _id: 1 }, update: { $inc: { x: 1 } } },
      { name: 'updateMany', namespace, filter: { _id: { $gt: 1, $lt: 4 } }, update: [{ $set: { x: 0 } }] },
      { name: 'replaceOne', namespace, filter: { _id: 5 }, replacement: { x: 55 }, upsert: true },
      { name: 'insertOne', namespace: other.namespace, document: { _id: 1 } },
      { name: 'deleteOne', namespace: other.namespace, filter: { _id: 5 } },
      { name: 'deleteMany', namespace, filter: { _id: { $lt: 3 } } },
    ],
    { verboseResults: true },
  );
  expect(result).toMatchObject({
    insertedCount: 2,
    upsertedCount: 1,
    matchedCount: 3,
    modifiedCount: 3,
    deletedCount: 2,
    insertResults: new Map([
      [0, { insertedId: 4 }],
      [4, { insertedId: 1 }],
    ]),
    updateResults: new Map<number, Document>([
      [1, { matchedCount: 1, modifiedCount: 1, didUpsert: false }],
      [2, { matchedCount: 2, modifiedCount: 2, didUpsert: false }],
      [3, { matchedCount: 1, modifiedCount: 0, didUpsert: true, upsertedId: 5 }],
    ]),
    deleteResults: new Map([
      [5, { deletedCount: 0 }],
      [6, { deletedCount: 2 }],
    ]),
  });
  expect((await all()).map(({ _id, x }) => [_id, x as number])).toEqual([
    [3, 0],
    [4, 44],
    [5, 55],
  ]);
  expect(await other.find().toArray()).toEqual([{ _id: 1 }]);
  await other.drop();
});

it('follows hint, sort, arrayFilters, let, comment and bypassDocumentValidation', async () => {
  await docs.insertOne({ _id: 4, y: [1, 5] });
  const byVariable = { $expr: { $eq: ['$_id', '$$id'] } };
  const result = await bulk(
    [
      { name: 'updateOne', namespace, filter: { _id: { $lt: 4 } }, update: { $set: { last: 1 } }, sort: { _id: -1 } },
      {
        name: 'updateOne',
        namespace,
        filter: { _id: 4 },
        update: { $set: { 'y.$[i]': 9 } },
        arrayFilters: [{ i: { $gt: 4 } }],
      },
      { name: 'deleteOne', namespace, filter: byVariable, hint: '_id_' },
    ],
    { let: { id: 2 }, comment: { a: 'comment' }, bypassDocumentValidation: true, ordered: false },
  );
  expect(result).toMatchObject({ matchedCount: 2, deletedCount: 1 });
  expect(await all()).toEqual([
    { _id: 1, x: 11 },
    { _id: 3, x: 33, last: 1 },
    { _id: 4, y: [1, 9] },
  ]);
});

describe('an operation that fails', () => {
  const models = () => [
    { name: 'deleteOne' as const, namespace, filter: { _id: 1 } },
    { name: 'deleteOne' as const, namespace, filter: { $expr: { $eq: ['$_id', '$$none'] } } },
    { name: 'insertOne' as const, namespace, document: { _id: 2 } },
    { name: 'updateOne' as const, namespace, filter: { _id: 3 }, update: { $inc: { x: 1 } }, hint: 'no such index' },
    { name: 'deleteOne' as const, namespace, filter: { _id: 3 } },
  ];
  const failure = async (ordered: boolean, verboseResults: boolean) => {
    const error = await bulk(models(), { ordered, verboseResults }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MongoClientBulkWriteError);
    const { writeErrors, partialResult } = error as MongoClientBulkWriteError;
    return { codes: [...writeErrors].map(([index, { code }]) => [index, code]), partialResult };
  };

  it.each([true, false])('ends the rest when ordered (with all results: %j)', async (isVerbose) => {
    const { codes, partialResult } = await failure(true, isVerbose);
    expect(codes).toEqual([[1, 17276]]);
    expect(partialResult).toMatchObject({ deletedCount: 1, insertedCount: 0 });
    expect((await all()).map(({ _id }) => _id)).toEqual([2, 3]);
  });

  it.each([true, false])('leaves the rest when not (with all results: %j)', async (isVerbose) => {
    const { codes, partialResult } = await failure(false, isVerbose);
    expect(codes).toEqual([
      [1, 17276],
      [2, 11000],
      [3, 2],
    ]);
    expect(partialResult).toMatchObject({ deletedCount: 2, insertedCount: 0, matchedCount: 0 });
    expect((await all()).map(({ _id }) => _id)).toEqual([2]);
  });

  it('undoes all of a transaction', async () => {
    const session = store.client.startSession();
    session.startTransaction();
    await expect(bulk(models(), { session })).rejects.toThrow(/bulk write/);
    await session.abortTransaction();
    expect(await all()).toHaveLength(3);
    await session.withTransaction(() => bulk(models().slice(0, 1), { session }));
    await session.endSession();
    expect(await all()).toHaveLength(2);
  });
});

it('is done without an answer', async () => {
  const models = [{ name: 'insertOne' as const, namespace, document: { _id: 9 } }];
  const result = await bulk(models, { writeConcern: { w: 0 }, ordered: false });
  expect(result.acknowledged).toBe(false);
  const isThere = async () => (await docs.countDocuments({ _id: 9 })) === 1;
  for (let i = 0; i < 200 && !(await isThere()); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await isThere()).toBe(true);
});

it('reads on where its results are larger than one reply', async () => {
  const long = (first: string) => first + 'x'.repeat(8_500_000);
  const upsert = (first: string) => ({
    name: 'updateOne' as const,
    namespace,
    filter: { _id: long(first) },
    update: { $set: { isLong: true } },
    upsert: true,
  });
  const { updateResults } = await bulk([upsert('a'), upsert('b')], { verboseResults: true });
  expect([...updateResults!.values()].map(({ upsertedId }) => (upsertedId as string).slice(0, 2))).toEqual([
    'ax',
    'bx',
  ]);
  await docs.deleteMany({ isLong: true });
});

describe('the command', () => {
  const send = (command: Document, database = 'admin') => errorOf(store.client.db(database).command(command));
  const nsInfo = () => [{ ns: namespace }];

  it.each<[string, () => Document, number]>([
    ['without operations', () => ({ ops: [], nsInfo: nsInfo() }), 16],
    ['without namespaces', () => ({ ops: [{ insert: 0, document: {} }] }), 40414],
    ['with a place that is not there', () => ({ ops: [{ insert: 1, document: {} }], nsInfo: nsInfo() }), 2],
    ['with a namespace that is none', () => ({ ops: [{ delete: 0, filter: {} }], nsInfo: [{ ns: 'none' }] }), 73],
    ['with an unknown option', () => ({ ops: [{ insert: 0, document: {} }], nsInfo: nsInfo(), colour: 1 }), 40415],
    ['with an unknown field', () => ({ ops: [{ insert: 0, document: {}, multi: true }], nsInfo: nsInfo() }), 40415],
  ])('%s is refused as a whole', async (_what, fields, code) => {
    const error = await send({ bulkWrite: 1, ...fields() });
    // MongoDB's parser has numbers of its own for some of these.
    if (process.env['MONGODB_URI']) expect(error['code']).toEqual(expect.any(Number));
    else expect(error).toMatchObject({ code });
    expect(await all()).toHaveLength(3);
  });

  it('is one of the database admin', async () => {
    const command = { bulkWrite: 1, ops: [{ insert: 0, document: {} }], nsInfo: nsInfo() };
    expect(await send(command, store.db.databaseName)).toMatchObject({ code: 13 });
  });

  it('tells only of errors when asked', async () => {
    const ops = [
      { insert: 0, document: { _id: 8 } },
      { insert: 0, document: { _id: 1 } },
    ];
    const reply = await store.client.db('admin').command({ bulkWrite: 1, ops, nsInfo: nsInfo(), errorsOnly: true });
    expect(reply).toMatchObject({ nErrors: 1, nInserted: 1, cursor: { id: expect.anything() } });
    expect((reply['cursor'] as Document)['firstBatch']).toEqual([
      expect.objectContaining({ ok: 0, idx: 1, n: 0, code: 11000, errmsg: expect.stringContaining('E11000') }),
    ]);
  });
});
