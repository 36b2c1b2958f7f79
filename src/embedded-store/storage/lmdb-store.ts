import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
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
import { canGrow, isOutOfRoom } from './room.js';

type Database = RootDatabase<Uint8Array, Uint8Array>;

/** Longest key that lmdb takes with pages of 4 KiB. */
export const MAX_KEY_BYTES = 1978;
/** Its name in the directory of a store. */
export const DATA_FILE = 'data.mdb';
const EIO = 5;
/** A range stops early after so many bytes of values, so that a batch of large documents stays small in memory. */
const RANGE_BYTES = 4 << 20;

/** The lmdb adapter: the only file that knows the library. */
export class LmdbStore implements KeyValueStore {
  private readonly database: Database;
  private readonly writer: Writer;
  private writes = 0;
  private readonly copies = new Set<Promise<void>>();

  /** @throws DataFileRefused when the file is not lmdb's, or truncated */
  static open(directory: string): LmdbStore {
    // lmdb would make the files 0664; it keeps the mode of files that are there.
    for (const file of [DATA_FILE, 'lock.mdb']) closeSync(openSync(join(directory, file), 'a', 0o600));
    // Before the first write; a start that ended before it left an empty file.
    if (statSync(join(directory, DATA_FILE)).size === 0) syncDirectory(directory);
    return openChecked(join(directory, DATA_FILE), () => new LmdbStore(directory));
  }

  private constructor(private readonly directory: string) {
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
    this.writer = {
      get version() {
        return version();
      },
      get: (key) => database.get(key),
      range: (low, high, options) => readRange(database, low, high, options),
      put: (key, value) => {
        this.writes++;
        try {
          database.putSync(key, value);
        } catch (error) {
          throw writeFailed(error);
        }
      },
      remove: (key) => {
        this.writes++;
        try {
          database.removeSync(key);
        } catch (error) {
          throw writeFailed(error);
        }
      },
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
      const cause = error instanceof StorageFailure ? error.cause : error;
      if (isOutOfRoom(cause) || (isShortWrite(cause) && !this.canGrow()))
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

  async copyTo(directory: string): Promise<void> {
    const copy = this.copyFile(directory);
    this.copies.add(copy);
    try {
      await copy;
    } finally {
      this.copies.delete(copy);
    }
  }

  usedBytes(): number {
    const stats = this.stats();
    return (stats.lastPageNumber + 1) * stats.pageSize;
  }

  /** Whether the data file can grow; its room inside does not count. */
  canGrow(): boolean {
    return canGrow(join(this.directory, DATA_FILE));
  }

  /** Process ids that hold a reader of this store, this process included; the entries of dead ones are cleared first. */
  readerPids(): number[] {
    this.database.get(new Uint8Array([0])); // takes a reader slot, which stays ours
    this.database.readerCheck();
    const lines = this.database.readerList().split('\n');
    return lines.map((line) => Number(line.trim().split(/\s+/)[0])).filter((pid) => pid > 0);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.copies);
    await this.database.close();
  }

  /** lmdb copies under its own lock and read transaction, on a thread of its own. */
  private async copyFile(directory: string): Promise<void> {
    mkdirSync(directory, { mode: 0o700 });
    try {
      // The library names the file itself, and makes it as readable as the umask lets it.
      await this.database.backup(directory, false);
      chmodSync(join(directory, DATA_FILE), 0o600);
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      if (isOutOfRoom(error)) throw new DiskFull('no space left for a copy of the data', { cause: error });
      throw error;
    }
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

const writeFailed = (cause: unknown) => new StorageFailure('a write failed', { cause });

/** What lmdb says where a disk took only the first pages of a write, those that still had room on it; and where a disk is broken. */
function isShortWrite(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  return code === EIO || /Input\/output error|EIO/.test(`${String(code)} ${message ?? ''}`);
}
