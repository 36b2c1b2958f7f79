import { randomBytes } from 'node:crypto';
import { MongoError } from '../errors.js';
import type { Connection } from '../wire/connection.js';
import { MAX_OPEN_CURSORS } from './limits.js';
import type { Budget } from './budget.js';

const IDLE_MS = 10 * 60_000;
const SNAPSHOT_IDLE_MS = 60_000;
const SWEEP_MS = 15_000;

/** What a client sees of one batch. */
export interface Batch {
  documents: Uint8Array[];
  /** Nothing more will come. */
  isLast: boolean;
  /** Change streams: where to resume after this batch, by token and by time. */
  stream?: { postBatchResumeToken: Uint8Array; operationTime: bigint };
}

export interface BatchRequest {
  /** Documents at most; undefined: as many as fit into a reply. */
  size: number | undefined;
  budget: Budget;
  /** Change streams: how long to wait for the first document. */
  waitMs: number | undefined;
  connection: Connection;
}

/** Where documents come from, batch by batch. */
export interface Source {
  /** It reads a transaction's snapshot. */
  isSnapshot: boolean;
  /** It waits for documents that are not there yet. */
  waits?: boolean;
  /** It does not go away by itself when nobody reads it. */
  isPatient?: boolean;
  next(request: BatchRequest): Promise<Batch> | Batch;
  close(): void;
}

export interface Cursor {
  id: bigint;
  namespace: string;
  source: Source;
  /** Only the session and transaction that opened it may read on. */
  owner: string;
  lastUsed: number;
  isBusy: boolean;
}

/** Open cursors of all clients. */
export class Cursors {
  private readonly cursors = new Map<bigint, Cursor>();
  private readonly sweeper: NodeJS.Timeout;

  constructor() {
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS);
    this.sweeper.unref();
  }

  get size(): number {
    return this.cursors.size;
  }

  /** @throws MongoError when too many are open */
  open(namespace: string, source: Source, owner: string): Cursor {
    if (this.cursors.size >= MAX_OPEN_CURSORS) {
      source.close();
      throw new MongoError(145, `too many open cursors (${MAX_OPEN_CURSORS})`);
    }
    const id = randomBytes(8).readBigInt64LE() & 0x7fffffffffffffffn || 1n;
    const cursor = { id, namespace, source, owner, lastUsed: Date.now(), isBusy: false };
    this.cursors.set(id, cursor);
    return cursor;
  }

  /** @throws MongoError 43 for one that is not there */
  get(id: bigint): Cursor {
    const cursor = this.cursors.get(id);
    if (!cursor) throw new MongoError(43, `cursor id ${id} not found`);
    return cursor;
  }

  /** Whether there is a cursor of that number that waits for documents. */
  isStream(id: bigint): boolean {
    return this.cursors.get(id)?.source.waits ?? false;
  }

  /** @returns false when there is none of that number */
  close(id: bigint): boolean {
    const cursor = this.cursors.get(id);
    this.cursors.delete(id);
    cursor?.source.close();
    return cursor !== undefined;
  }

  /** Closes what a session left open. */
  closeOwned(owner: string): void {
    for (const cursor of this.cursors.values()) if (cursor.owner.startsWith(owner)) this.close(cursor.id);
  }

  closeAll(): void {
    clearInterval(this.sweeper);
    for (const id of this.cursors.keys()) this.close(id);
  }

  private sweep(): void {
    const now = Date.now();
    for (const { id, source, lastUsed, isBusy } of this.cursors.values()) {
      const limit = source.isSnapshot ? SNAPSHOT_IDLE_MS : IDLE_MS;
      if (!isBusy && !source.isPatient && now - lastUsed > limit) this.close(id);
    }
  }
}
