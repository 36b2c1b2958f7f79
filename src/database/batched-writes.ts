import { Injectable } from '@nestjs/common';
import { MongoBulkWriteError, MongoServerError, ObjectId, type Collection, type Document } from 'mongodb';

import { MAX_TIME_MS } from './database.js';

interface Waiting<T, R> {
  item: T;
  resolve(result: R): void;
  reject(error: unknown): void;
}

/** What is done to many documents alike. */
export interface Change {
  /** Updates of one kind differ in nothing but their document, and the moment. */
  kind: string;
  onlyIf: Document;
  set: Document;
}

interface Update {
  id: ObjectId;
  change: Change;
}

/** The field of a document that names the last batch that changed it together with others. */
export const MARK = 'batch';
const OPTIONS = { maxTimeMS: MAX_TIME_MS };
/** A batch does not wait longer than this for the one before it, which may be stuck. */
const PATIENCE_MS = 50;
/** From so many on, those who were just answered are waited for, `gatheringMs` at most. */
const MANY = 8;

/**
 * Writes of requests that are answered at the same time, in one command: a trip to the database costs far more than what it
 * carries (performance.md). Each caller waits for its own write to be durable and gets its own error, as if it were alone.
 * Not for writes in a transaction.
 */
@Injectable()
export class BatchedWrites {
  /** How long those who write often are waited for. */
  gatheringMs = 3;
  readonly #inserts = new Map<Collection, Queue<Document, void>>();
  readonly #updates = new Map<Collection, Queue<Update, boolean>>();

  /** @throws the driver's error; a duplicate key has code 11000 */
  insert(collection: Collection, document: object): Promise<void> {
    const queue =
      this.#inserts.get(collection) ?? new Queue<Document, void>(this, (batch) => insertAll(collection, batch));
    this.#inserts.set(collection, queue);
    return queue.join(document);
  }

  /**
   * Sets fields of one document where it is still as the change wants it.
   *
   * @returns false where it was not
   */
  update(collection: Collection, id: ObjectId, change: Change): Promise<boolean> {
    const queue =
      this.#updates.get(collection) ?? new Queue<Update, boolean>(this, (batch) => updateAll(collection, batch));
    this.#updates.set(collection, queue);
    return queue.join({ id, change });
  }
}

/**
 * Gathers what comes in one turn of the event loop, and what comes while the batch before is on its way. Of many who write again as
 * soon as they are answered, one half would come while the other's batch is on its way, for ever: where there are many, a batch
 * waits a moment for those who wrote just now.
 */
class Queue<T, R> {
  #waiting: Waiting<T, R>[] = [];
  #running = 0;
  /** How many are waited for after a batch; 0 when nobody is. */
  #expected = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pace: { gatheringMs: number },
    private readonly run: (batch: Waiting<T, R>[]) => Promise<void>,
  ) {}

  join(item: T): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      const isFirst = this.#waiting.length === 1;
      if (this.#expected > 0) {
        if (this.#waiting.length === this.#expected) this.#flush();
      } else if (isFirst && this.#running === 0) setImmediate(() => this.#flush());
      else if (isFirst) this.#flushWithin(PATIENCE_MS);
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#expected = 0;
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    this.#running += 1;
    void this.run(batch)
      .catch((error: unknown) => batch.forEach((one) => one.reject(error)))
      .then(() => {
        this.#running -= 1;
        if (this.#running === 0) this.#goOn(batch.length);
      });
  }

  #goOn(answered: number): void {
    const writers = this.#waiting.length + answered;
    if (writers < MANY) return this.#flush();
    this.#expected = writers;
    this.#flushWithin(this.pace.gatheringMs);
  }

  #flushWithin(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), ms);
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
  const kinds = new Set(batch.map(({ item }) => item.change.kind));
  await Promise.all(
    [...kinds].map((kind) =>
      updateAlike(
        collection,
        batch.filter(({ item }) => item.change.kind === kind),
      ),
    ),
  );
}

/** One statement, with the moment of whoever came first. */
async function updateAlike(collection: Collection, batch: Waiting<Update, boolean>[]): Promise<void> {
  const { onlyIf, set } = batch[0]!.item.change;
  const ids = batch.map(({ item }) => item.id);
  // What another batch, of another instance perhaps, writes at the same moment is the same but for this.
  const mark = ids.length > 1 ? { [MARK]: new ObjectId() } : {};
  const $set = { ...set, ...mark };
  const { matchedCount } = await collection.updateMany({ _id: { $in: ids }, ...onlyIf }, { $set }, OPTIONS);
  if (matchedCount === batch.length || matchedCount === 0) {
    for (const one of batch) one.resolve(matchedCount > 0);
    return;
  }
  // The answer only counts. Where somebody else was faster with one, what was written here is looked for.
  const mine = await collection.find({ _id: { $in: ids }, ...mark }, { ...OPTIONS, projection: { _id: 1 } }).toArray();
  const found = new Set(mine.map(({ _id }) => String(_id)));
  // Of two who wanted the same, one did it.
  for (const one of batch) one.resolve(found.delete(one.item.id.toHexString()));
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
