import { addressBucket } from '../common/address.js';
import { BoundedMap } from '../common/bounded-map.js';
import type { Clock } from '../common/clock.js';
import { TooManyRequests } from '../errors/errors.js';
import type { RateLimitStore } from './rate-limit.store.js';

interface Count {
  window: number;
  /** What the store said last, and what was counted here since. */
  stored: number;
  pending: number;
}

const MAX_ADDRESSES = 50_000;

/**
 * A generous limit per address, counted in memory and told to the store each time a twentieth of it is used up: requests
 * hardly ever wait for it, and instances together overrun it by no more than a twentieth each.
 */
export class AddressLimit {
  readonly #counts = new BoundedMap<string, Count>(MAX_ADDRESSES);

  /** @param what for the message: `too many users created from this address`; @param limit 0 sets none */
  constructor(
    private readonly store: RateLimitStore,
    private readonly clock: Clock,
    private readonly what: string,
    private readonly limit: number,
    private readonly windowSeconds: number,
  ) {}

  /** @param scope the app @throws TooManyRequests */
  async charge(scope: string, ip: string): Promise<void> {
    if (this.limit === 0) return;
    const key = `${this.what}:${scope}:${addressBucket(ip)}`;
    const nowSeconds = Math.floor(this.clock.now().getTime() / 1_000);
    const window = Math.floor(nowSeconds / this.windowSeconds);
    let count = this.#counts.get(key);
    if (count?.window !== window) {
      count = { window, stored: 0, pending: 0 };
      this.#counts.set(key, count);
      await this.#tell(key, count, 1);
    } else {
      count.pending += 1;
      if (count.pending >= Math.max(1, Math.floor(this.limit / 20))) await this.#tell(key, count, count.pending);
    }
    if (count.stored + count.pending > this.limit) {
      throw new TooManyRequests(this.what, this.windowSeconds - (nowSeconds % this.windowSeconds));
    }
  }

  async #tell(key: string, count: Count, by: number): Promise<void> {
    count.pending = Math.max(0, count.pending - by);
    const { all = 0 } = await this.store.add(key, this.windowSeconds, { all: by });
    count.stored = Math.max(count.stored, all);
  }
}
