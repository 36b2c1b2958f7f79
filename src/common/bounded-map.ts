interface Entry<K, V> {
  readonly key: K;
  value: V;
  older: Entry<K, V> | undefined;
  newer: Entry<K, V> | undefined;
}

/**
 * A Map of at most `limit` entries; the one that was read or written longest ago makes room.
 *
 * What the cache packages add to it (ages, sizes, fetching) is either not wanted or must be decided by the caller, who knows when an
 * entry stops being true; and they take their memory before there is anything to remember. The order of a Map itself will not do:
 * taking an entry out to put it behind the others leaves a hole, and a Map with tens of thousands of entries walks over
 * thousands of holes to its first one.
 */
export class BoundedMap<K, V> {
  private readonly entries = new Map<K, Entry<K, V>>();
  private oldest: Entry<K, V> | undefined;
  private newest: Entry<K, V> | undefined;

  /** @param onEvict is told what made room, not what was deleted or replaced */
  constructor(
    readonly limit: number,
    private readonly onEvict?: (key: K, value: V) => void,
  ) {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError('a bounded map holds at least one entry');
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: K): V | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.use(entry);
    return entry.value;
  }

  /** Looks without counting as use. */
  peek(key: K): V | undefined {
    return this.entries.get(key)?.value;
  }

  set(key: K, value: V): void {
    const known = this.entries.get(key);
    if (known) {
      known.value = value;
      this.use(known);
      return;
    }
    const entry = { key, value, older: undefined, newer: undefined };
    this.entries.set(key, entry);
    this.append(entry);
    if (this.entries.size > this.limit) this.evict(this.oldest!);
  }

  delete(key: K): boolean {
    const entry = this.entries.get(key);
    if (!entry) return false;
    this.unlink(entry);
    return this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
    this.oldest = this.newest = undefined;
  }

  /** Longest unused first. */
  *[Symbol.iterator](): Generator<[K, V]> {
    for (let entry = this.oldest; entry; entry = entry.newer) yield [entry.key, entry.value];
  }

  private use(entry: Entry<K, V>): void {
    if (entry === this.newest) return;
    this.unlink(entry);
    this.append(entry);
  }

  private evict({ key, value }: Entry<K, V>): void {
    this.delete(key);
    this.onEvict?.(key, value);
  }

  private append(entry: Entry<K, V>): void {
    entry.older = this.newest;
    entry.newer = undefined;
    if (this.newest) this.newest.newer = entry;
    else this.oldest = entry;
    this.newest = entry;
  }

  private unlink({ older, newer }: Entry<K, V>): void {
    if (older) older.newer = newer;
    else this.oldest = newer;
    if (newer) newer.older = older;
    else this.newest = older;
  }
}
