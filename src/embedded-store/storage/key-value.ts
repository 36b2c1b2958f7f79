/** What the engine needs of a storage library: ordered binary keys, binary values, snapshots, atomic synced commits. */
export interface Entry {
  key: Uint8Array;
  value: Uint8Array;
}

export interface RangeOptions {
  /** From the high end down. */
  reverse?: boolean;
  /** At most so many entries. */
  limit: number;
}

export interface Reader {
  /** Another number than before when something may have been written since. */
  readonly version: number;
  get(key: Uint8Array): Uint8Array | undefined;
  /** Entries with `low <= key < high` in byte order, read out at once so that no cursor stays open. */
  range(low: Uint8Array, high: Uint8Array, options: RangeOptions): Entry[];
}

export interface Writer extends Reader {
  put(key: Uint8Array, value: Uint8Array): void;
  remove(key: Uint8Array): void;
}

/** A reader that keeps seeing one committed state until it is released. It keeps old pages from being reused. */
export interface Snapshot extends Reader {
  release(): void;
}

export interface KeyValueStore extends Reader {
  /**
   * Runs `work` in one write transaction and returns once it is synced to disk. Nothing is kept when `work` throws.
   *
   * @throws DiskFull when there is no room; the state before is intact
   */
  transaction<T>(work: (writer: Writer) => T): T;
  snapshot(): Snapshot;
  /**
   * Writes one committed state into a new directory (0700), which another store can open, while this one goes on.
   *
   * @throws DiskFull when there is no room; nothing is left of it then
   */
  copyTo(directory: string): Promise<void>;
  /** Bytes of the file in use. */
  usedBytes(): number;
  close(): Promise<void>;
}

export class DiskFull extends Error {}

/** A single put or remove failed: the transaction that it was in cannot go on. */
export class StorageFailure extends Error {}
