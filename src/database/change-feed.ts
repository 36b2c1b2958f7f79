import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { AggregationCursor, ChangeStreamDocument, ObjectId, Timestamp } from 'mongodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from './database.js';

/** What changed in one document of a watched collection. */
export interface Change {
  id: ObjectId;
  kind: 'insert' | 'update' | 'replace' | 'delete';
  /** Names of the fields that an update wrote or removed; undefined for the other kinds. */
  fields?: string[];
  /** The database's own time of the write, an unsigned 64-bit number: the same on every instance, one for a transaction. */
  at: bigint;
}

export interface ChangeListener {
  changed(change: Change): void;
  /**
   * Changes may have been missed: forget everything.
   *
   * @param upTo what is read from now on shows at least every write up to this time
   */
  lost(upTo: bigint): void;
  /** Everything that is known so far was told: no transaction is told in part. */
  idle?(): void;
}

/** The stream answers at least this often, with a heartbeat when nothing changed. */
const ANSWER_MS = 250;
/** Older than this, what was cached is not believed any more (security.md rule 1). */
const FRESH_MS = 1_000;
const RETRY_MS = 500;
/** After changes so long nothing is asked for: where many write, what they do in the meantime comes in one answer. */
const GATHER_MS = 50;

/**
 * Tells this instance what any instance, or the command line, wrote. Caches rest on it: they are cut by it, and they are
 * believed only while it is `fresh`. A frozen database makes a change stream fall silent, not close, so silence counts.
 */
@Injectable()
export class ChangeFeed implements BeforeApplicationShutdown {
  readonly #logger = new Logger(ChangeFeed.name);
  readonly #listeners = new Map<string, ChangeListener[]>();
  readonly #withInserts = new Set<string>();
  #answeredAt = Number.NEGATIVE_INFINITY;
  #stopped = false;
  #stream: AggregationCursor<ChangeStreamDocument> | undefined;
  #running: Promise<void> | undefined;

  constructor(private readonly database: Database) {}

  /** True while everything written more than a second ago has been told to the listeners. */
  get fresh(): boolean {
    return performance.now() - this.#answeredAt < FRESH_MS;
  }

  /**
   * Before `start`. Listeners are called synchronously, in the order of the writes.
   *
   * @param inserts false where a new document makes nothing untrue: they are the most, and are then not even sent
   */
  listen(collection: string, listener: ChangeListener, { inserts = true } = {}): void {
    this.#listeners.set(collection, [...(this.#listeners.get(collection) ?? []), listener]);
    if (inserts) this.#withInserts.add(collection);
  }

  /** Resolves when the stream is open and has answered, or has failed and goes on trying in the background. */
  async start(): Promise<void> {
    if (this.#running) return;
    await new Promise<void>((resolve) => {
      this.#running = this.#run(resolve);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    await this.#stream?.close().catch(() => {});
    await this.#running;
  }

  async #run(firstTry: () => void): Promise<void> {
    let told = false;
    while (!this.#stopped) {
      try {
        await this.#follow(() => {
          if (told) this.#logger.warn('change stream is back');
          told = false;
          firstTry();
        });
      } catch (error) {
        if (!this.#stopped && !told) this.#logger.error(error);
        told = true;
      }
      this.#answeredAt = Number.NEGATIVE_INFINITY;
      await this.#stream?.close().catch(() => {});
      firstTry();
      if (!this.#stopped) await sleep(RETRY_MS);
    }
  }

  /**
   * Opens the stream and tells what it says until it fails. What happened before it was open is unknown: `lost`.
   *
   * The stage is asked for as such, and not by `watch`: of a cursor, all changes of an answer can be taken at once. Where `watch` would
   * resume after an error, this begins anew.
   */
  async #follow(opened: () => void): Promise<void> {
    const wanted = {
      'ns.coll': { $in: [...this.#listeners.keys()] },
      $or: [{ operationType: { $ne: 'insert' } }, { 'ns.coll': { $in: [...this.#withInserts] } }],
    };
    const session = this.database.connection.getClient().startSession();
    try {
      const options = { maxAwaitTimeMS: ANSWER_MS, session };
      const pipeline = [{ $changeStream: {} }, { $match: wanted }];
      const stream = this.database.connection.db!.aggregate<ChangeStreamDocument>(pipeline, options);
      this.#stream = stream;
      let first = true;
      while (!this.#stopped) {
        const change = await stream.tryNext();
        // A closed stream answers null without waiting, for ever.
        if (stream.closed) throw new Error('the change stream was closed');
        const changes = change ? [change, ...stream.readBufferedDocuments()] : [];
        if (first) {
          // The time of the answer may be that of the next write.
          const upTo = session.operationTime ? timeOf(session.operationTime) - 1n : 0n;
          for (const listener of this.#all()) listener.lost(upTo);
          first = false;
          opened();
        }
        for (const one of changes) this.#tell(one);
        if (!change) for (const listener of this.#all()) listener.idle?.();
        this.#answeredAt = performance.now();
        if (change) await sleep(GATHER_MS);
      }
    } finally {
      await this.#stream?.close().catch(() => {});
      await session.endSession();
    }
  }

  #all(): ChangeListener[] {
    return [...this.#listeners.values()].flat();
  }

  #tell(event: ChangeStreamDocument): void {
    if (event.operationType === 'invalidate') throw new Error('the change stream was invalidated');
    if (!('ns' in event) || !event.ns || !('coll' in event.ns)) return;
    const listeners = this.#listeners.get(event.ns.coll) ?? [];
    if ('documentKey' in event) {
      const change = changeOf(event);
      for (const listener of listeners) listener.changed(change);
    } else {
      for (const listener of listeners) listener.lost(atOf(event));
    }
  }
}

function changeOf(event: Extract<ChangeStreamDocument, { documentKey: unknown }>): Change {
  const id = event.documentKey._id;
  const at = atOf(event);
  if (event.operationType !== 'update') return { id, kind: event.operationType, at };
  const { updatedFields = {}, removedFields = [], truncatedArrays = [] } = event.updateDescription;
  const fields = [...Object.keys(updatedFields), ...removedFields, ...truncatedArrays.map(({ field }) => field)];
  return { id, kind: 'update', fields, at };
}

function atOf({ clusterTime }: { clusterTime?: Timestamp }): bigint {
  return clusterTime ? timeOf(clusterTime) : 0n;
}

function timeOf({ t, i }: Timestamp): bigint {
  return (BigInt(t) << 32n) | BigInt(i);
}
