import type { ChangeFeed } from './change-feed.js';

/**
 * Small documents that most requests need (apps, provider configurations, keys), kept in memory and dropped as a whole
 * when their collection changes, here or on another instance. While the change feed is silent, every look-up reads.
 */
export class FreshCache<V extends object> {
  #values = new Map<string, V>();
  /** Raised by every cut, so that a value read before a cut is not kept after it. */
  #cuts = 0;

  constructor(
    private readonly feed: ChangeFeed,
    collection: string,
    private readonly limit = 10_000,
  ) {
    const clear = (): void => this.clear();
    feed.listen(collection, { changed: clear, lost: clear });
  }

  /** @param load reads the value from the database; null is answered, but not kept */
  async get(key: string, load: () => Promise<V | null>): Promise<V | null> {
    const known = this.feed.fresh ? this.#values.get(key) : undefined;
    if (known) return known;
    const cuts = this.#cuts;
    const value = await load();
    if (value && cuts === this.#cuts && this.#values.size < this.limit) this.#values.set(key, value);
    return value;
  }

  /** What is known without asking the database; undefined where it must be asked. */
  peek(key: string): V | undefined {
    return this.feed.fresh ? this.#values.get(key) : undefined;
  }

  /** To be called after each write of this instance: its own next request must see it. */
  clear(): void {
    this.#cuts += 1;
    this.#values = new Map();
  }
}
