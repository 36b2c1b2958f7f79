import { Injectable } from '@nestjs/common';
import { MongoBulkWriteError, MongoServerError, type Collection, type Document, type ObjectId } from 'mongodb';

import { MAX_TIME_MS } from './database.js';

interface Waiting<T, R> {
  item: T;
  resolve(result: R): void;
  reject(error: unknown): void;
}

interface Update {
  filter: Document & { _id: ObjectId };
  set: Document;
}

/** More in one command would only make the first of them wait. */
const MOST = 500;
const OPTIONS = { maxTimeMS: MAX_TIME_MS };

/**
 * Writes of requests that are answered at the same time, in one command: a trip to the database costs far more than what it
 * carries (performance.md). Each caller waits for its own write to be durable and gets its own error, as if it were alone.
 * Not for writes in a transaction.
 */
@Injectable()
export class BatchedWrites {
  readonly #inserts = new Map<Collection, Waiting<Document, void>[]>();
  readonly #updates = new Map<Collection, Waiting<Update, boolean>[]>();

  /** @throws the driver's error; a duplicate key has code 11000 */
  insert(collection: Collection, document: object): Promise<void> {
    return this.#join(this.#inserts, collection, document as Document, insertAll);
  }

  /**
   * Sets fields of one document where the filter still holds.
   *
   * @returns false where it did not
   */
  update(collection: Collection, filter: Update['filter'], set: Document): Promise<boolean> {
    return this.#join(this.#updates, collection, { filter, set }, updateAll);
  }

  #join<T, R>(
    queues: Map<Collection, Waiting<T, R>[]>,
    collection: Collection,
    item: T,
    run: (collection: Collection, batch: Waiting<T, R>[]) => Promise<void>,
  ): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const queue = queues.get(collection);
      if (queue && queue.length < MOST) {
        queue.push({ item, resolve, reject });
        return;
      }
      const batch = [{ item, resolve, reject }];
      queues.set(collection, batch);
      // After everything that this turn of the event loop brings.
      setImmediate(() => {
        if (queues.get(collection) === batch) queues.delete(collection);
        run(collection, batch).catch((error: unknown) => batch.forEach((one) => one.reject(error)));
      });
    });
  }
}

async function insertAll(collection: Collection, batch: Waiting<Document, void>[]): Promise<void> {
  const [first, ...more] = batch.map(({ item }) => item);
  try {
    if (first && more.length === 0) await collection.insertOne(first, OPTIONS);
    else if (first) await collection.insertMany([first, ...more], { ...OPTIONS, ordered: false });
  } catch (error) {
    const refused = refusedIn(error);
    if (!refused) throw error;
    for (const [index, why] of refused) batch[index]?.reject(why);
  }
  for (const one of batch) one.resolve();
}

async function updateAll(collection: Collection, batch: Waiting<Update, boolean>[]): Promise<void> {
  const [first, ...more] = batch;
  if (first && more.length === 0) {
    const { matchedCount } = await collection.updateOne(first.item.filter, { $set: first.item.set }, OPTIONS);
    first.resolve(matchedCount > 0);
    return;
  }
  const writes = batch.map(({ item: { filter, set } }) => ({ updateOne: { filter, update: { $set: set } } }));
  const { matchedCount } = await collection.bulkWrite(writes, { ...OPTIONS, ordered: false });
  const isDone = matchedCount === batch.length ? () => true : await whichAreThere(collection, batch);
  for (const one of batch) one.resolve(isDone(one.item));
}

/** The answer to a batch only counts. Where somebody else was faster with one, each is asked for what it wrote. */
async function whichAreThere(
  collection: Collection,
  batch: Waiting<Update, boolean>[],
): Promise<(update: Update) => boolean> {
  const there = new Set<Update>();
  for (const { item } of batch) {
    if (await collection.findOne({ _id: item.filter._id, ...item.set }, { ...OPTIONS, projection: { _id: 1 } }))
      there.add(item);
  }
  return (update) => there.has(update);
}

/** The documents of a batch that were refused, by their place in it; undefined where the whole command failed. */
function refusedIn(error: unknown): Map<number, Error> | undefined {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) return undefined;
  const errors = [error.writeErrors].flat();
  if (errors.length === 0) return undefined;
  return new Map(
    errors.map(({ index, code, errmsg }) => [index, new MongoServerError({ message: errmsg ?? 'refused', code })]),
  );
}
