import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, type Model, Mongoose, Schema, Types } from 'mongoose';
import { errorOf, useStore } from './support.js';

const store = useStore();
const mongoose = new Mongoose();
let connection: Connection;

interface Person {
  name: string;
  email?: string | null;
  tags: string[];
  address?: { street?: string; city?: string };
  friends: Types.ObjectId[];
}

const personSchema = new Schema<Person>(
  {
    name: { type: String, required: true },
    email: { type: String, unique: true, sparse: true },
    tags: [String],
    address: { street: String, city: String },
    friends: [{ type: Schema.Types.ObjectId, ref: 'Person' }],
  },
  { timestamps: true, optimisticConcurrency: true },
);

let people: Model<Person>;

beforeAll(async () => {
  connection = await mongoose.createConnection(store.uri, { dbName: store.db.databaseName }).asPromise();
  people = connection.model<Person>('Person', personSchema);
  await people.init();
});
afterAll(() => connection.close());

/** Stand-ins did not expect the empty objects that Mongoose sends: FerretDB#3797 (B45). */
describe('Mongoose with empty options', () => {
  it('finds and updates with an empty projection and sort', async () => {
    await people.create({ name: 'Ada' });
    const options = {
      projection: {},
      sort: {},
      returnDocument: 'after',
      upsert: true,
      includeResultMetadata: true,
    } as const;
    const result = await people.findOneAndUpdate({ name: 'Ada' }, { $set: { tags: ['x'] } }, options);
    expect(result.lastErrorObject).toMatchObject({ n: 1, updatedExisting: true });
    expect(result.value?.tags).toEqual(['x']);
  });

  it('upserts with result metadata', async () => {
    const result = await people.findOneAndUpdate(
      { name: 'Bo' },
      {},
      { upsert: true, includeResultMetadata: true, sort: {} },
    );
    expect(result.lastErrorObject).toMatchObject({ n: 1, updatedExisting: false, upserted: expect.anything() });
    expect(result.value).toBeNull();
  });

  it('saves without changes, and sets nothing', async () => {
    const person = await people.create({ name: 'Cy' });
    await person.save();
    expect(await people.updateOne({ name: 'Cy' }, { $set: {} })).toMatchObject({ matchedCount: 1 });
    expect(await people.updateOne({ name: 'Cy' }, {})).toMatchObject({ acknowledged: expect.anything() });
  });

  it('writes empty lists of documents and of operations', async () => {
    expect(await people.insertMany([])).toEqual([]);
    expect(await people.bulkWrite([])).toMatchObject({ insertedCount: 0 });
    expect(await errorOf(people.collection.bulkWrite([]))).toMatchObject({ message: expect.stringMatching(/empty/i) });
    expect(await people.find({}, {}, { sort: {} }).limit(0)).not.toHaveLength(0);
  });
});

describe('Mongoose', () => {
  it('saves, reads and populates documents', async () => {
    const [dee, eve] = await people.create([{ name: 'Dee' }, { name: 'Eve' }]);
    await people.create({ name: 'Fay', friends: [dee!._id, eve!._id], address: { city: 'Oslo' } });
    const fay = await people.findOne({ 'address.city': 'Oslo' }).populate<{ friends: Person[] }>('friends');
    expect(fay?.friends.map(({ name }) => name)).toEqual(['Dee', 'Eve']);
  });

  it('tells a duplicate with its key', async () => {
    await people.create({ name: 'Gil', email: 'g@example.com' });
    expect(await errorOf(people.create({ name: 'Hal', email: 'g@example.com' }))).toMatchObject({
      code: 11000,
      keyPattern: { email: 1 },
      keyValue: { email: 'g@example.com' },
    });
    await people.create([{ name: 'Ida' }, { name: 'Jo' }]);
  });

  it('refuses to save over a later version', async () => {
    await people.create({ name: 'Kim' });
    const [one, two] = [await people.findOne({ name: 'Kim' }), await people.findOne({ name: 'Kim' })];
    one!.tags.push('a');
    await one!.save();
    two!.name = 'Kay';
    await expect(two!.save()).rejects.toMatchObject({ name: 'VersionError' });
  });

  it('changes parts of arrays and subdocuments', async () => {
    const person = await people.create({ name: 'Lea', tags: ['a', 'b', 'c'], address: { street: 'x', city: 'y' } });
    (person.tags as Types.Array<string>).pull('b');
    person.set('address.street', undefined);
    await person.save();
    const stored = await people.findById(person._id).lean();
    expect([stored?.tags, stored?.address]).toEqual([['a', 'c'], { city: 'y' }]);
  });

  it('runs transactions', async () => {
    await connection.transaction(async (session) => {
      await people.create([{ name: 'Max' }], { session });
      await people.updateOne({ name: 'Max' }, { $set: { tags: ['t'] } }, { session });
    });
    expect(await people.findOne({ name: 'Max' }).lean()).toMatchObject({ tags: ['t'] });
    const failed = connection.transaction(async (session) => {
      await people.create([{ name: 'Ned' }], { session });
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await people.exists({ name: 'Ned' })).toBeNull();
  });

  it('streams with a cursor, counts, and lists distinct values', async () => {
    await people.insertMany(Array.from({ length: 30 }, (_, i) => ({ name: `n${i}`, tags: [`t${i % 3}`] })));
    let count = 0;
    for await (const person of people.find({ name: /^n\d/ }).cursor({ batchSize: 7 }))
      if (person.tags.length > 0) count++;
    expect([count, await people.countDocuments({ tags: 't1' })]).toEqual([30, 10]);
    expect(await people.distinct('tags', { name: /^n\d/ })).toEqual(['t0', 't1', 't2']);
  });

  it('keeps its indexes in step with the schema', async () => {
    await people.collection.createIndex({ name: 1 });
    await people.syncIndexes();
    expect((await people.collection.indexes()).map(({ name }) => name)).toEqual(['_id_', 'email_1']);
  });

  it('creates, lists and drops collections', async () => {
    await connection.createCollection('made');
    await connection.createCollection('made').catch(() => undefined);
    expect((await connection.listCollections()).map(({ name }) => name)).toContain('made');
    await connection.dropCollection('made');
    expect((await connection.listCollections()).map(({ name }) => name)).not.toContain('made');
  });
});
