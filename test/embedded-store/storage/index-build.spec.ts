import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Collection, type Document, MongoClient } from 'mongodb';
import { type EmbeddedStore, startEmbeddedStore } from '../../../src/embedded-store/index.js';
import { StoreCopy } from '../../../src/embedded-store/tools/store-copy.js';
import { errorOf, temporaryDirectory } from '../../store/support.js';

/** Enough for an index that is filled in slices. */
const MANY = 6000;
/** So many slices more that something else is done long before the last. */
const MORE = 15_000;
type Numbered = { _id: number } & Document;

let directory: string;
let store: EmbeddedStore;
let client: MongoClient;
let docs: Collection<Numbered>;

async function open(): Promise<void> {
  store = await startEmbeddedStore({ directory, sameThread: true });
  client = await MongoClient.connect(store.uri);
  docs = client.db('builds').collection('docs');
}

async function close(): Promise<void> {
  await client.close();
  await store.close();
}

beforeAll(async () => {
  directory = temporaryDirectory();
  await open();
});
afterAll(async () => {
  await close();
  rmSync(directory, { recursive: true, force: true });
});

const numbered = (from: number, count: number): Numbered[] =>
  Array.from({ length: count }, (_, i) => from + i).map((_id) => ({ _id, n: _id, tags: [_id % 7, `t${_id % 5}`] }));

beforeEach(async () => {
  await docs.insertMany(numbered(0, MANY));
});
/** Every document has its entries in every index, and no index has others. */
afterEach(async () => {
  await close();
  const copy = await StoreCopy.open(directory);
  expect(copy.inventory().map(({ name }) => name)).toContain('docs');
  await copy.close();
  await open();
  await docs.drop();
});

const names = async () => (await docs.listIndexes().toArray()).map(({ name }) => name as string);

describe('an index over many documents', () => {
  it('is kept up by what is written while it is filled, and others are answered', async () => {
    await docs.insertMany(numbered(MANY, MORE));
    const build = docs.createIndexes([{ key: { n: 1 }, unique: true }, { key: { tags: 1, n: -1 } }]);
    const state = { isDone: false };
    const watched = build.finally(() => (state.isDone = true));
    let rounds = 0;
    for (let i = 0; !state.isDone && i < MANY / 2; i++) {
      await Promise.all([
        docs.insertOne({ _id: MANY + MORE + i, n: -i - 1, tags: ['new'] }),
        docs.updateOne({ _id: MANY - 1 - i }, { $set: { n: 100_000 + i, tags: [] } }),
        docs.deleteOne({ _id: i }),
      ]);
      rounds++;
    }
    await watched;
    expect(rounds).toBeGreaterThan(2);
    expect(await names()).toEqual(['_id_', 'n_1', 'tags_1_n_-1']);
    const byIndex = await docs.countDocuments({ n: { $gte: 100_000 } }, { hint: 'n_1' });
    expect([byIndex, await docs.countDocuments({ n: { $lt: 0 } }, { hint: 'n_1' })]).toEqual([rounds, rounds]);
    expect(await docs.countDocuments({ tags: 'new' }, { hint: 'tags_1_n_-1' })).toBe(rounds);
    expect(await errorOf(docs.insertOne({ _id: -1, n: 100_000 }))).toMatchObject({ code: 11000 });
  });

  it('is not there before it is whole, and two that make the same make one', async () => {
    await docs.insertMany(numbered(MANY, MORE));
    const builds = Promise.all([docs.createIndex({ n: 1 }), docs.createIndex({ n: 1 }), docs.createIndex({ tags: 1 })]);
    const meanwhile = Promise.all([names(), errorOf(docs.find({ n: 5 }, { hint: 'n_1' }).toArray())]);
    expect(await meanwhile).toEqual([['_id_'], expect.objectContaining({ code: 2 })]);
    expect(await builds).toEqual(['n_1', 'n_1', 'tags_1']);
    expect(await names()).toEqual(['_id_', 'n_1', 'tags_1']);
  });

  it('leaves nothing when two documents clash in it', async () => {
    await docs.updateOne({ _id: MANY - 1 }, { $set: { n: 5 } });
    const error = await errorOf(docs.createIndex({ n: 1 }, { unique: true }));
    expect(error).toMatchObject({ code: 11000, keyPattern: { n: 1 }, keyValue: { n: 5 } });
    expect(await names()).toEqual(['_id_']);
    await docs.insertOne({ _id: MANY, n: 5 });
    await docs.deleteMany({ _id: { $gte: MANY - 1 } });
    await docs.createIndex({ n: 1 }, { unique: true });
    expect(await docs.countDocuments({ n: { $gte: 0 } }, { hint: 'n_1' })).toBe(MANY - 1);
  });

  it('refuses a clash that is written while it is filled, or ends in it', async () => {
    const build = docs.createIndex({ n: 1 }, { unique: true }).then(
      () => 'made',
      ({ code }: { code: number }) => code,
    );
    const written = await docs.insertOne({ _id: MANY, n: MANY - 1 }).then(
      () => 'written',
      ({ code }: { code: number }) => code,
    );
    expect([
      ['made', 11000],
      [11000, 'written'],
    ]).toContainEqual([await build, written]);
    await docs.deleteOne({ _id: MANY });
  });

  it('waits for transactions that hold documents, before and while it is filled', async () => {
    const session = client.startSession();
    session.startTransaction();
    await docs.updateOne({ _id: MANY - 1 }, { $set: { n: -5 } }, { session });
    const build = docs.createIndex({ n: 1 }, { unique: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await session.commitTransaction();
    session.startTransaction();
    await docs.updateOne({ _id: MANY - 2 }, { $set: { n: -6 } }, { session }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await session.commitTransaction().catch(() => undefined);
    await session.endSession();
    await build;
    expect(await docs.findOne({ n: -5 }, { hint: 'n_1' })).toMatchObject({ _id: MANY - 1 });
    expect(await docs.findOne({ n: MANY - 1 }, { hint: 'n_1' })).toBeNull();
  });

  it('ends when its collection is dropped', async () => {
    const build = docs.createIndex({ n: 1 }).catch((error: unknown) => error);
    const dropped = docs.drop();
    expect(await build).toMatchObject({ code: 276 });
    expect(await dropped).toBe(true);
    await docs.insertOne({ _id: 1 });
  });

  it('is gone after a stop in between, and can be made again', async () => {
    await docs.insertMany(numbered(MANY, MORE));
    const build = docs.createIndex({ n: 1 }).catch((error: unknown) => error);
    // Once the first slice is written.
    await docs.updateOne({ _id: MANY - 1 }, { $set: { n: -1 } });
    await close();
    expect(await build).toBeInstanceOf(Error);
    await open();
    expect(await names()).toEqual(['_id_']);
    await docs.createIndex({ n: 1 });
    expect(await docs.countDocuments({ n: { $lt: MANY } }, { hint: 'n_1' })).toBe(MANY);
  });
});
