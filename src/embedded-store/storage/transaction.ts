import { ErrorCodes, MongoError } from '../errors.js';
import type { ChangeSource } from './change-feed.js';
import type { Collection } from './collection.js';
import type { Engine } from './engine.js';
import { text } from './keys.js';
import type { Snapshot } from './key-value.js';
import type { LockOwner } from './locks.js';
import { settleCollection } from './schema.js';
import { WriteSet } from './write-set.js';

export const TRANSACTION_LIFETIME_MS = 60_000;

/** The client may try the whole transaction again. */
const TRANSIENT = { labels: ['TransientTransactionError'] };

/** What it writes is held in memory until it commits. */
const MAX_BYTES = 64 * 1024 * 1024;

type State = 'open' | 'committing' | 'committed' | 'aborted';

/**
 * A multi-document transaction: reads one snapshot, writes into memory of its own, holds locks on what it wrote. It meets the others when it
 * writes: what they changed since its snapshot, or hold, is a write conflict at once. So its commit cannot fail on data.
 */
export class Transaction implements LockOwner {
  readonly ended: Promise<void>;
  readonly writes: WriteSet;
  state: State = 'open';
  /** The number of the last commit that the snapshot shows. */
  private readonly startedAt: number;
  private readonly snapshot: Snapshot;
  private readonly lockKeys: string[] = [];
  private readonly made = new Set<Collection>();
  private committing: Promise<void> | undefined;
  private markEnded!: () => void;
  private readonly lifetime: NodeJS.Timeout;

  constructor(
    private readonly engine: Engine,
    private readonly source: ChangeSource,
  ) {
    this.ended = new Promise((resolve) => (this.markEnded = resolve));
    this.snapshot = engine.store.snapshot();
    this.startedAt = engine.commits;
    this.writes = new WriteSet(this.snapshot, (key, collection) => this.claim(key, collection), MAX_BYTES);
    this.lifetime = setTimeout(() => this.abort(), TRANSACTION_LIFETIME_MS);
    this.lifetime.unref();
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** @throws MongoError 246 when the collection is younger than the snapshot */
  use(collection: Collection): void {
    if (this.made.has(collection) || (collection.changedAt <= this.startedAt && !collection.isDropped)) return;
    const message = `the snapshot of this transaction is older than the last change of ${collection.namespace}`;
    throw new MongoError(ErrorCodes.SnapshotUnavailable, message, TRANSIENT);
  }

  /** A collection that came to be for this transaction: empty in the snapshot, like in truth. */
  useNew(collection: Collection): void {
    this.made.add(collection);
  }

  hasMade(collection: Collection): boolean {
    return this.made.has(collection);
  }

  /** Resolves once the writes are on disk; asked again, when the first time is done. */
  commit(): Promise<void> {
    this.committing ??= this.commitOnce();
    return this.committing;
  }

  abort(): void {
    if (this.state !== 'open') return;
    this.state = 'aborted';
    this.end();
  }

  private async commitOnce(): Promise<void> {
    this.state = 'committing';
    try {
      await this.engine.write((writing) => writing.merge(this.writes, this.source));
      this.state = 'committed';
    } catch (error) {
      this.state = 'aborted';
      throw error;
    } finally {
      this.end();
    }
  }

  private claim(key: Uint8Array, collection: Collection): void {
    const name = text(key);
    const owner = this.engine.locks.ownerOf(name);
    if (owner === this) return;
    if (owner || this.hasChanged(key, collection)) throw writeConflict();
    this.engine.locks.take(name, this, collection.id);
    this.lockKeys.push(name);
  }

  /** Whether anybody has written it since the snapshot. */
  private hasChanged(key: Uint8Array, { writtenAt, building }: Collection): boolean {
    if (writtenAt <= this.startedAt && building.length === 0) return false;
    return !isSame(this.snapshot.get(key), this.engine.reader.get(key));
  }

  private end(): void {
    clearTimeout(this.lifetime);
    this.snapshot.release();
    this.engine.locks.releaseAll(this.lockKeys);
    for (const collection of this.made) {
      // One that cannot be removed now is an empty one that stays.
      settleCollection(this.engine, collection, this.state === 'committed').catch(() => undefined);
    }
    this.markEnded();
  }
}

export function writeConflict(): MongoError {
  const message =
    'Write conflict during plan execution and yielding is disabled. Please retry your operation or multi-document transaction.';
  return new MongoError(ErrorCodes.WriteConflict, message, TRANSIENT);
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (!a || !b) return a === b;
  return Buffer.compare(a, b) === 0;
}
