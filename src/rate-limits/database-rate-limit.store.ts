import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Collection } from 'mongodb';
import type { Model } from 'mongoose';
import { Clock } from '../common/clock.js';
import { sha256Hex } from '../crypto/tokens.js';
import { isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { WriteBehind } from '../database/write-behind.js';
import { RateLimit } from './rate-limit.model.js';
import { RateLimitStore } from './rate-limit.store.js';

/**
 * Windows are fixed (they begin at multiples of their length), so that a window needs no reading before it is counted in:
 * one upsert does all, and a TTL index clears up. The price: across the edge of two windows, twice the limit.
 */
@Injectable()
export class DatabaseRateLimitStore extends RateLimitStore {
  constructor(
    @InjectModel(RateLimit.name) private readonly limits: Model<RateLimit>,
    private readonly writeBehind: WriteBehind,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async add(key: string, windowSeconds: number, by: Record<string, number>): Promise<Record<string, number>> {
    const { _id, expiresAt } = this.#window(key, windowSeconds);
    // What was taken back a moment ago and still waits goes along, so that right logins in a row do not add up.
    const update = { $inc: sum(by, this.#waiting(_id)), $setOnInsert: { expiresAt } };
    const options = { upsert: true, returnDocument: 'after', maxTimeMS: MAX_TIME_MS } as const;
    for (;;) {
      try {
        const after = await this.limits.collection.findOneAndUpdate({ _id } as never, update, options);
        return (after as unknown as RateLimit).counters;
      } catch (error) {
        // Two upserts of a new key at once: the loser finds the winner's record at the second try.
        if (!isDuplicateKey(error)) throw error;
      }
    }
  }

  override takeBack(key: string, windowSeconds: number, by: Record<string, number>): void {
    const { _id } = this.#window(key, windowSeconds);
    const negative = Object.fromEntries(Object.entries(by).map(([name, n]) => [name, -n]));
    const update = { $inc: sum(negative, this.#waiting(_id)) };
    this.writeBehind.add(this.#collection, _id, { updateOne: { filter: { _id } as never, update } });
  }

  /** What waits to be written for this record, and does not wait any more. */
  #waiting(_id: string): Record<string, number> {
    const write = this.writeBehind.take(this.#collection, _id) as
      { updateOne: { update: { $inc: object } } } | undefined;
    return { ...write?.updateOne.update.$inc };
  }

  get #collection(): Collection {
    return this.limits.collection;
  }

  #window(key: string, windowSeconds: number): { _id: string; expiresAt: Date } {
    const length = windowSeconds * 1_000;
    const index = Math.floor(this.clock.now().getTime() / length);
    return { _id: sha256Hex(`${key}:${windowSeconds}:${index}`), expiresAt: new Date((index + 1) * length) };
  }
}

/** `counters.<name>` → what to add. */
function sum(by: Record<string, number>, more: Record<string, number>): Record<string, number> {
  const total = { ...more };
  for (const [name, n] of Object.entries(by)) total[`counters.${name}`] = (total[`counters.${name}`] ?? 0) + n;
  return total;
}
