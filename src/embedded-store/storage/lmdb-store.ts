import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase, type Transaction } from 'lmdb';
import { openChecked } from './data-file.js';
import {
  DiskFull,
  type Entry,
  type KeyValueStore,
  type RangeOptions,
  type Snapshot,
  StorageFailure,
  type Writer,
} from './key-value.js';

type Database = RootDatabase<Uint8Array, Uint8Array>;

/** Longest key that lmdb takes with pages of 4 KiB. */
export const MAX_KEY_BYTES = 1978;
const ENOSPC = 28;
const MAP_FULL = -30792;
/** A range stops early after so many bytes of values, so that a batch of large documents stays small in memory. */
const RANGE_BYTES = 4 << 20;

/** The lmdb adapter: the only file that knows the library. */
export class LmdbStore implements KeyValueStore {
  private readonly database: Database;
  private readonly writer: Writer;
  private writes = 0;

  /** @throws DataFileRefused when the file is not lmdb's, or truncated */
  static open(directory: string): LmdbStore {
    // lmdb would make the files 0664; it keeps the mode of files that are there.
    for (const file of ['data.mdb', 'lock.mdb']) closeSync(openSync(join(directory, file), 'a', 0o600));
    syncDirectory(directory);
    return openChecked(join(directory, 'data.mdb'), () => new LmdbStore(directory));
  }

  private constructor(directory: string) {
    this.database = open<Uint8Array, Uint8Array>(directory, {
      noSubdir: false,
      keyEncoding: 'binary',
      encoding: 'binary',
      overlappingSync: false, // a commit returns after fsync
      eventTurnBatching: false,
      maxReaders: 1024,
      maxDbs: 1,
    });
    const { database } = this;
    const version = () => this.writes;
    const change = (write: () => unknown) => {
      this.writes++;
      orFailure(write);
    };
    this.writer = {
      get version() {
        return version();
      },
      get: (key) => database.get(key),
      range: (low, high, options) => readRange(database, low, high, options),
      put: (key, value) => change(() => database.putSync(key, value)),
      remove: (key) => change(() => database.removeSync(key)),
    };
  }

  get version(): number {
    return this.writes;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.database.get(key);
  }

  range(low: Uint8Array, high: Uint8Array, options: RangeOptions): Entry[] {
    return readRange(this.database, low, high, options);
  }

  transaction<T>(work: (writer: Writer) => T): T {
    try {
      return this.database.transactionSync(() => work(this.writer));
    } catch (error) {
      if (isDiskFull(error) || (error instanceof StorageFailure && isDiskFull(error.cause)))
        throw new DiskFull('no space left on the device of the data directory', { cause: error });
      throw error;
    }
  }

  snapshot(): Snapshot {
    const { database } = this;
    const transaction = database.useReadTransaction();
    database.resetReadTxn(); // later plain reads take a newer state
    let isReleased = false;
    const check = () => {
      if (isReleased) throw new Error('the snapshot was released');
    };
    return {
      version: 0,
      get: (key) => (check(), database.get(key, { transaction })),
      range: (low, high, options) => (check(), readRange(database, low, high, options, transaction)),
      release: () => {
        if (!isReleased) transaction.done();
        isReleased = true;
      },
    };
  }

  usedBytes(): number {
    const stats = this.stats();
    return (stats.lastPageNumber + 1) * stats.pageSize;
  }

  /** Process ids that hold a reader of this store, this process included; the entries of dead ones are cleared first. */
  readerPids(): number[] {
    this.database.get(new Uint8Array([0])); // takes a reader slot, which stays ours
    this.database.readerCheck();
    const lines = this.database.readerList().split('\n');
    return lines.map((line) => Number(line.trim().split(/\s+/)[0])).filter((pid) => pid > 0);
  }

  close(): Promise<void> {
    return this.database.close();
  }

  private stats(): { pageSize: number; lastPageNumber: number } {
    return this.database.getStats() as { pageSize: number; lastPageNumber: number };
  }
}

/** New names in a directory outlive a power cut only when it is synced itself. Windows has no such call, and no need. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readRange(
  database: Database,
  low: Uint8Array,
  high: Uint8Array,
  { reverse = false, limit }: RangeOptions,
  transaction?: Transaction,
): Entry[] {
  const bounds = reverse
    ? { start: high, end: low, reverse, exclusiveStart: true, inclusiveEnd: true }
    : { start: low, end: high };
  const entries: Entry[] = [];
  let bytes = 0;
  for (const entry of database.getRange({ ...bounds, limit, ...(transaction && { transaction }) })) {
    entries.push(entry);
    bytes += entry.value.length;
    if (bytes > RANGE_BYTES) break;
  }
  return entries;
}

function orFailure(write: () => unknown): void {
  try {
    write();
  } catch (error) {
    throw new StorageFailure('a write failed', { cause: error });
  }
}

function isDiskFull(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  return (
    code === ENOSPC || code === 'ENOSPC' || code === MAP_FULL || /No space left|ENOSPC|MAP_FULL/.test(message ?? '')
  );
}
