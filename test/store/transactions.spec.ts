import { describe, expect, it } from '@jest/globals';
import type { ClientSession, Document } from 'mongodb';
import { errorOf, useStore } from './support.js';

const store = useStore();
const collection = (name: string) => store.db.collection<{ _id: number } & Document>(name);

async function inTransaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
  const session = store.client.startSession();
  session.startTransaction();
  try {
    return await work(session);
  } finally {
    if (session.inTransaction()) await session.abortTransaction();
    await session.endSession();
  }
}

const conflict = { code: 112, errorLabels: expect.arrayContaining(['TransientTransactionError']) };

describe('a transaction', () => {
  it('shows its writes to itself at once, to others when it commits', async () => {
    const [a, b] = [collection('show_a'), collection('show_b')];
    await a.insertOne({ _id: 1, n: 0 });
    await b.insertOne({ _id: 1, n: 0 });
    await inTransaction(async (session) => {
      await a.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { session });
      await b.insertOne({ _id: 2, n: 5 }, { session });
      expect(await b.countDocuments({}, { session })).toBe(2);
      expect(await b.find({ n: { $gt: 1 } }, { session }).toArray()).toHaveLength(1);
      expect([await a.findOne({ _id: 1 }), await b.countDocuments()]).toEqual([{ _id: 1, n: 0 }, 1]);
      await session.commitTransaction();
    });
    expect([await a.findOne({ _id: 1 }), await b.countDocuments()]).toEqual([{ _id: 1, n: 1 }, 2]);
  });

  it('leaves nothing when it is aborted', async () => {
    const docs = collection('abort');
    await docs.insertOne({ _id: 1, n: 0 });
    await docs.createIndex({ n: 1 });
    await inTransaction(async (session) => {
      await docs.updateMany({}, { $set: { n: 7 } }, { session });
      await docs.insertOne({ _id: 2, n: 7 }, { session });
      await docs.deleteOne({ _id: 1 }, { session });
      await session.abortTransaction();
    });
    expect(await docs.find().toArray()).toEqual([{ _id: 1, n: 0 }]);
    expect(await docs.countDocuments({ n: 7 })).toBe(0);
    expect(await docs.estimatedDocumentCount()).toBe(1);
  });

  it('reads one snapshot from its first statement on', async () => {
    const docs = collection('snapshot');
    await docs.insertMany([
      { _id: 1, n: 1 },
      { _id: 2, n: 1 },
    ]);
    await inTransaction(async (session) => {
      await docs.findOne({ _id: 1 }, { session });
      await docs.updateMany({}, { $set: { n: 2 } });
      await docs.insertOne({ _id: 3, n: 2 });
      expect(await docs.find({}, { session }).toArray()).toEqual([
        { _id: 1, n: 1 },
        { _id: 2, n: 1 },
      ]);
    });
  });

  it('ends in a conflict when it writes what another holds', async () => {
    const docs = collection('held');
    await docs.insertOne({ _id: 1, n: 0 });
    await inTransaction(async (first) => {
      await docs.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { session: first });
      await inTransaction(async (second) => {
        const write = docs.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { session: second });
        expect(await errorOf(write)).toMatchObject(conflict);
      });
      await first.commitTransaction();
    });
    expect(await docs.findOne({ _id: 1 })).toMatchObject({ n: 1 });
  });

  it('ends in a conflict when it writes what was changed since its snapshot', async () => {
    const docs = collection('since');
    await docs.insertOne({ _id: 1, n: 0 });
    await inTransaction(async (session) => {
      await docs.findOne({}, { session });
      await docs.updateOne({ _id: 1 }, { $inc: { n: 1 } });
      expect(await errorOf(docs.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { session }))).toMatchObject(conflict);
      expect(await errorOf(docs.findOne({}, { session }))).toMatchObject({ code: 251 });
    });
  });

  it('ends in a conflict over a unique value that another is about to take', async () => {
    const docs = collection('unique');
    await docs.createIndex({ email: 1 }, { unique: true });
    await inTransaction(async (first) => {
      await docs.insertOne({ _id: 1, email: 'a' }, { session: first });
      await inTransaction(async (second) => {
        expect(await errorOf(docs.insertOne({ _id: 2, email: 'a' }, { session: second }))).toMatchObject(conflict);
      });
      await first.commitTransaction();
    });
    expect(await errorOf(docs.insertOne({ _id: 3, email: 'a' }))).toMatchObject({ code: 11000 });
  });

  it('is aborted by a duplicate key', async () => {
    const docs = collection('duplicate');
    await docs.insertOne({ _id: 1 });
    await inTransaction(async (session) => {
      await docs.insertOne({ _id: 2 }, { session });
      expect(await errorOf(docs.insertOne({ _id: 1 }, { session }))).toMatchObject({ code: 11000 });
      expect(await errorOf(docs.insertOne({ _id: 3 }, { session }))).toMatchObject({ code: 251 });
    });
    expect(await docs.countDocuments()).toBe(1);
  });

  it('makes plain writes wait until it ends', async () => {
    const docs = collection('wait');
    await docs.insertOne({ _id: 1, n: 0 });
    await inTransaction(async (session) => {
      await docs.updateOne({ _id: 1 }, { $set: { n: 10 } }, { session });
      const plain = docs.updateOne({ _id: 1 }, { $inc: { n: 1 } });
      expect(await docs.findOne({ _id: 1 })).toMatchObject({ n: 0 });
      await session.commitTransaction();
      await plain;
    });
    expect(await docs.findOne({ _id: 1 })).toMatchObject({ n: 11 });
  });

  it('lets a plain write give up after its maxTimeMS', async () => {
    const docs = collection('give up');
    await docs.insertOne({ _id: 1 });
    await inTransaction(async (session) => {
      await docs.updateOne({ _id: 1 }, { $set: { n: 1 } }, { session });
      expect(await errorOf(docs.findOneAndUpdate({ _id: 1 }, { $set: { n: 2 } }, { maxTimeMS: 50 }))).toMatchObject({
        code: 50,
      });
    });
  });

  it('may create a collection, and refuses other changes of the catalog', async () => {
    const names = async () => (await store.db.listCollections().toArray()).map(({ name }) => name);
    await inTransaction(async (session) => {
      await collection('created').insertOne({ _id: 1 }, { session });
      expect(await names()).not.toContain('created');
      await session.commitTransaction();
    });
    expect(await names()).toContain('created');
    await inTransaction((session) => collection('undone').insertOne({ _id: 1 }, { session }));
    expect(await names()).not.toContain('undone');
    await collection('undone').createIndex({ n: 1 });
    expect(await names()).toContain('undone');
    await inTransaction(async (session) => {
      await collection('shared').insertOne({ _id: 1 }, { session });
      await collection('shared').insertOne({ _id: 2 });
    });
    expect(await collection('shared').find().toArray()).toEqual([{ _id: 2 }]);
    expect(await collection('created').countDocuments()).toBe(1);
    await inTransaction(async (session) => {
      await collection('created').findOne({}, { session });
      const drop = store.db.command({ drop: 'created' }, { session });
      expect(await errorOf(drop)).toMatchObject({ code: 263 });
    });
  });

  it('is aborted when its session ends', async () => {
    const docs = collection('ends');
    const client = await store.connect();
    const session = client.startSession();
    session.startTransaction();
    const other = client.db(store.db.databaseName).collection('ends');
    await docs.insertOne({ _id: 1, n: 0 });
    await other.updateOne({ _id: 1 as never }, { $set: { n: 1 } }, { session });
    await client.close();
    await docs.updateOne({ _id: 1 }, { $inc: { n: 5 } });
    expect(await docs.findOne({ _id: 1 })).toMatchObject({ n: 5 });
  });

  it('moves amounts between accounts without losing any, many at a time', async () => {
    const accounts = collection('accounts');
    await accounts.insertMany(Array.from({ length: 5 }, (_, i) => ({ _id: i, amount: 100 })));
    const move = async (from: number, to: number) => {
      await store.client.withSession((session) =>
        session.withTransaction(async () => {
          await accounts.updateOne({ _id: from }, { $inc: { amount: -1 } }, { session });
          await accounts.updateOne({ _id: to }, { $inc: { amount: 1 } }, { session });
        }),
      );
    };
    await Promise.all(Array.from({ length: 40 }, (_, i) => move(i % 5, (i * 3 + 1) % 5)));
    const amounts = (await accounts.find().toArray()).map(({ amount }) => amount as number);
    expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(500);
  });
});
