import { ErrorCodes, MongoError } from '../errors.js';
import { Catalog } from './catalog.js';
import { writeCounters } from './counters.js';
import { ChangeFeed, type ChangeSource } from './change-feed.js';
import { type Group, GroupCommit } from './group-commit.js';
import { text } from './keys.js';
import { DiskFull, type KeyValueStore, type Reader } from './key-value.js';
import { Locked, Locks } from './locks.js';
import { WriteSet, type Change, type Totals } from './write-set.js';
import type { Collection } from './collection.js';

/** How long a write waits for a transaction that holds its document, unless maxTimeMS says less. */
export const LOCK_WAIT_MS = 60_000;

const LOOK_FOR_ROOM_MS = 1000;

export interface WriteLimits {
  /** Date.now() at which waiting for a lock fails. */
  deadline?: number | undefined;
  /** Who writes, one after the other: the connection. */
  from?: object | undefined;
}

/** Statements one after the other: what one has written is thrown away unless it is kept. */
export interface Statements {
  begin(): WriteSet;
  keep(writes: WriteSet): void;
}

/** What a write may do inside its group. */
export interface Writing extends Statements {
  /** Runs one statement: all of it is kept, or nothing when it throws. */
  statement<T>(work: (writes: WriteSet) => T): T;
  /** Keeps what a transaction has collected. */
  merge(writes: WriteSet, source: ChangeSource): void;
}

interface OpenGroup {
  changes: { list: Change[]; source: ChangeSource | undefined }[];
  totals: Map<Collection, Totals>;
}

export interface EngineEvents {
  /** A commit failed, and nothing can be promised any more. */
  onFatal(error: unknown): void;
  /** A commit failed for want of room; what this frees may serve the next ones. */
  onDiskFull(): void;
  /** @returns true when there is room again, and what was freed has been taken back */
  hasRoom(): boolean;
}

/** Documents, indexes and catalog over one key-value store, with durable writes in groups. */
export class Engine {
  readonly catalog = new Catalog();
  readonly locks = new Locks();
  readonly feed = new ChangeFeed();
  /** Grows by one with each commit that changed documents or the catalog. */
  commits = 0;
  /** A commit failed because the disk was full, and there is no room yet: only what makes the data smaller is written. */
  isDiskFull = false;
  private nextLookForRoom = 0;
  private readonly groups: GroupCommit;
  private open: OpenGroup | undefined;
  private isClosed = false;
  /** Something was dropped and waits to be emptied. */
  onDropped: () => void = () => undefined;

  constructor(
    readonly store: KeyValueStore,
    private readonly events: EngineEvents,
  ) {
    this.catalog.load(store);
    this.groups = new GroupCommit(
      store,
      (group) => this.finish(group),
      (error) => this.fail(error),
    );
  }

  get reader(): Reader {
    return this.store;
  }

  /** Runs `work` with the writes of this turn; resolves once it is on disk. `work` may run again when it had to wait for a lock. */
  write<T>(work: (writing: Writing) => T, { deadline, from }: WriteLimits = {}): Promise<T> {
    if (this.isClosed) return Promise.reject(shutdown());
    return this.groups.write((group) => work(this.writingIn(group)), {
      from,
      deadline: deadline ?? Date.now() + LOCK_WAIT_MS,
      onTimeout: () => lockTimeout(deadline !== undefined),
    });
  }

  /** Runs a change of the catalog in a transaction of its own. */
  change<T>(work: (group: Group) => T, { deadline }: WriteLimits = {}): Promise<T> {
    if (this.isClosed) return Promise.reject(shutdown());
    return this.groups.write(work, {
      isAlone: true,
      deadline: deadline ?? Date.now() + LOCK_WAIT_MS,
      onTimeout: () => lockTimeout(deadline !== undefined),
    });
  }

  /** After a disk was full: finds out whether there is room again, at most once a second. */
  lookForRoom(): void {
    if (!this.isDiskFull || Date.now() < this.nextLookForRoom) return;
    this.nextLookForRoom = Date.now() + LOOK_FOR_ROOM_MS;
    this.isDiskFull = !this.events.hasRoom();
  }

  /** Finishes all writes that are queued and closes the files. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.groups.idle();
    await this.store.close();
  }

  /** Statements as part of a group. */
  writingIn(group: Group): Writing {
    this.open ??= { changes: [], totals: new Map() };
    return {
      begin: () => new WriteSet(group.writer, this.claim),
      keep: (writes) => this.keep(group, writes, undefined),
      statement(work) {
        const writes = this.begin();
        const result = work(writes);
        this.keep(writes);
        return result;
      },
      merge: (writes, source) => this.keep(group, writes, source),
    };
  }

  private readonly claim = (key: Uint8Array): void => {
    const owner = this.locks.ownerOf(text(key));
    if (owner) throw new Locked(owner);
  };

  private keep(group: Group, writes: WriteSet, source: ChangeSource | undefined): void {
    if (this.isDiskFull) this.refuseGrowth(writes);
    const open = this.open!;
    writes.flush(group.writer);
    if (writes.changes.length > 0) open.changes.push({ list: writes.changes, source });
    for (const [collection, { count, bytes }] of writes.totals) {
      const totals = open.totals.get(collection) ?? { count: 0, bytes: 0 };
      open.totals.set(collection, { count: totals.count + count, bytes: totals.bytes + bytes });
    }
  }

  /** Last step inside each transaction: counters and index flags; then, once it is on disk, memory and change streams. */
  private finish(group: Group): void {
    const open = this.open;
    this.open = undefined;
    if (!open) return;
    for (const [collection, delta] of open.totals) {
      writeCounters(group.writer, collection.id, collection.count + delta.count, collection.bytes + delta.bytes);
    }
    const flags = this.catalog.writeDirtyFlags(group.writer, open.totals.keys());
    group.afterCommit(() => {
      flags();
      this.noteCommitted(open);
    });
  }

  private noteCommitted({ changes, totals }: OpenGroup): void {
    for (const [collection, delta] of totals) {
      collection.count += delta.count;
      collection.bytes += delta.bytes;
    }
    if (changes.length === 0) return;
    this.commits++;
    for (const collection of totals.keys()) collection.writtenAt = this.commits;
    for (const { list, source } of changes) this.feed.append(list, source);
  }

  /** @throws MongoError 14031 */
  private refuseGrowth(writes: WriteSet): void {
    const growth = [...writes.totals.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    if (growth <= 0) return;
    this.lookForRoom();
    if (this.isDiskFull) throw diskFull();
  }

  private fail(error: unknown): unknown {
    this.open = undefined;
    if (error instanceof DiskFull) {
      this.isDiskFull = true;
      this.events.onDiskFull();
      this.nextLookForRoom = Date.now() + LOOK_FOR_ROOM_MS;
      return diskFull();
    }
    this.events.onFatal(error);
    return new MongoError(1, 'the write could not be committed');
  }
}

const shutdown = (): MongoError => new MongoError(ErrorCodes.InterruptedAtShutdown, 'interrupted at shutdown');

const diskFull = (): MongoError =>
  new MongoError(
    ErrorCodes.OutOfDiskSpace,
    'no space left on the device of the data directory; the write was not done, reads and deletes go on',
  );

function lockTimeout(hadMaxTime: boolean): MongoError {
  return hadMaxTime
    ? new MongoError(50, 'operation exceeded time limit')
    : new MongoError(24, 'waited too long for a document that a transaction holds');
}
