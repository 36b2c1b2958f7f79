/**
 * A Map of at most `limit` entries; the one that was read or written longest ago makes room.
 *
 * A Map remembers the order of insertion, so this much is all it takes: what the cache packages add to it (ages, sizes,
 * fetching) is either not wanted or must be decided by the caller, who knows when an entry stops being true.
 */
export class BoundedMap<K, V> {
  private readonly entries = new Map<K, V>();

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
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  /** Looks without counting as use. */
  peek(key: K): V | undefined {
    return this.entries.get(key);
  }

  set(key: K, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.limit) this.evictOldest();
  }

  delete(key: K): boolean {
    return this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }

  /** Longest unused first. */
  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries[Symbol.iterator]();
  }

  private evictOldest(): void {
    const oldest = this.entries.entries().next();
    if (oldest.done) return;
    const [key, value] = oldest.value;
    this.entries.delete(key);
    this.onEvict?.(key, value);
  }
}
