import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Collection, Document } from 'mongodb';
import { errorOf, useStore } from './support.js';

/** More documents than the embedded store changes in a few steps. */
const MANY = 5000;
type Numbered = { _id: number } & Document;

const store = useStore();
let docs: Collection<Numbered>;
let other: Collection<Numbered>;

beforeEach(async () => {
  docs = store.db.collection('large');
  other = store.db.collection('other');
  await docs.deleteMany({});
  await docs.insertMany(Array.from({ length: MANY }, (_, _id) => ({ _id, n: _id, kind: _id % 2 })));
});

/** @returns how many other writes were answered until `work` was */
async function answeredMeanwhile(work: Promise<unknown>): Promise<number> {
  const state = { isDone: false };
  const watched = work.finally(() => (state.isDone = true));
  let answered = 0;
  while (!state.isDone) {
    await other.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { upsert: true });
    answered++;
  }
  await watched;
  return answered;
}

describe('an update of many documents', () => {
  it('changes each once, also where it moves them in the index that finds them, and lets others write meanwhile', async () => {
    await docs.createIndex({ n: 1 });
    const update = docs.updateMany(
      { n: { $gte: 0 } },
      { $inc: { n: 10_000 }, $set: { seen: true } },
      { hint: { n: 1 } },
    );
    expect(await answeredMeanwhile(update)).toBeGreaterThan(2);
    expect(await update).toMatchObject({ matchedCount: MANY, modifiedCount: MANY });
    expect(await docs.countDocuments({ $expr: { $eq: ['$n', { $add: ['$_id', 10_000] }] } })).toBe(MANY);
    expect(await docs.countDocuments({ n: { $gte: 10_000 } }, { hint: { n: 1 } })).toBe(MANY);
    await docs.dropIndexes();
  });

  it('leaves alone what no longer matches when its turn comes', async () => {
    const update = docs.updateMany({ gone: { $ne: true } }, { $inc: { n: 1 } });
    const removal = docs.deleteMany({ kind: 1 });
    await Promise.all([update, removal]);
    expect(await removal).toMatchObject({ deletedCount: MANY / 2 });
    expect(await docs.countDocuments({ $expr: { $eq: ['$n', { $add: ['$_id', 1] }] } })).toBe(MANY / 2);
    expect(await docs.countDocuments()).toBe(MANY / 2);
  });

  it('ends at an error, after which no document was changed twice or in part', async () => {
    await docs.updateOne({ _id: MANY - 10 }, { $set: { n: 'no number' } });
    const error = await errorOf(docs.updateMany({}, { $inc: { n: 1 }, $set: { seen: true } }));
    expect(error).toMatchObject({ code: 14 });
    const changed = await docs.countDocuments({ seen: true });
    expect(await docs.countDocuments({ seen: true, $expr: { $eq: ['$n', { $add: ['$_id', 1] }] } })).toBe(changed);
    expect(await docs.countDocuments({ seen: null, $expr: { $eq: ['$n', '$_id'] } })).toBe(MANY - changed - 1);
  });

  it('finds none by a long search, and then inserts one', async () => {
    const upserted = await docs.updateMany({ none: 'x' }, { $set: { n: 1 } }, { upsert: true });
    expect(upserted).toMatchObject({ matchedCount: 0, upsertedCount: 1 });
    expect(await docs.countDocuments({ none: 'x' })).toBe(1);
  });

  it('sees what the statements before it have written, and those behind it see all of it', async () => {
    const result = await docs.bulkWrite([
      { insertOne: { document: { _id: MANY, n: MANY } } },
      { updateMany: { filter: {}, update: { $set: { step: 1 } } } },
      { updateMany: { filter: { step: 1 }, update: { $set: { step: 2 } } } },
      { deleteMany: { filter: { step: 1 } } },
    ]);
    expect(result).toMatchObject({ matchedCount: 2 * (MANY + 1), modifiedCount: 2 * (MANY + 1), deletedCount: 0 });
  });

  it('is all or nothing in a transaction', async () => {
    await docs.updateOne({ _id: MANY - 10 }, { $set: { n: 'no number' } });
    const session = store.client.startSession();
    session.startTransaction();
    expect(await errorOf(docs.updateMany({}, { $inc: { n: 1 } }, { session }))).toMatchObject({ code: 14 });
    await session.abortTransaction();
    await session.endSession();
    expect(await docs.countDocuments({ $expr: { $eq: ['$n', '$_id'] } })).toBe(MANY - 1);
  });

  it('waits for transactions that hold some of them', async () => {
    const session = store.client.startSession();
    session.startTransaction();
    await docs.updateOne({ _id: MANY - 1 }, { $inc: { n: 100 } }, { session });
    const update = docs.updateMany({}, { $inc: { n: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await session.commitTransaction();
    await session.endSession();
    expect(await update).toMatchObject({ matchedCount: MANY, modifiedCount: MANY });
    expect(await docs.findOne({ _id: MANY - 1 })).toMatchObject({ n: MANY + 100 });
    expect(await docs.countDocuments({ $expr: { $eq: ['$n', { $add: ['$_id', 1] }] } })).toBe(MANY - 1);
  });
});

describe('a long search for one document', () => {
  it('takes it as it is in the end, and has one winner', async () => {
    const takes = Array.from({ length: 8 }, () =>
      docs.findOneAndUpdate({ kind: 0, taken: null }, { $set: { taken: true } }, { sort: { n: -1 } }),
    );
    const taken = (await Promise.all(takes)).map((doc) => doc?._id);
    expect(taken.sort((a, b) => b! - a!)).toEqual(Array.from({ length: 8 }, (_, i) => MANY - 2 - 2 * i));
    const last = await Promise.all(
      Array.from({ length: 4 }, () => docs.updateOne({ n: MANY - 1, won: null }, { $set: { won: true } })),
    );
    expect(last.filter(({ modifiedCount }) => modifiedCount === 1)).toHaveLength(1);
  });

  it('finds none, and lets others write meanwhile', async () => {
    const searches = Promise.all([
      docs.updateOne({ none: 1 }, { $set: { n: 1 } }),
      docs.findOneAndDelete({ none: 1 }),
      docs.deleteOne({ none: 1 }),
      docs.deleteMany({ none: 1 }),
    ]);
    await answeredMeanwhile(searches);
    const [updated, found, one, many] = await searches;
    expect([updated.matchedCount, found, one.deletedCount, many.deletedCount]).toEqual([0, null, 0, 0]);
  });
});
