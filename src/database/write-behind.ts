import { Injectable, Logger } from '@nestjs/common';
import type { AnyBulkWriteOperation, Collection } from 'mongodb';

const DELAY_MS = 1_000;
/** Beyond this, while the database is away, what only informs is given up rather than kept without end. */
const MAX_WAITING = 50_000;

/**
 * Writes that only inform (last used, last login) or that nothing waits for (a limit given back), collected and written in
 * one command a second, and at the end by whoever closes the server. Never for anything that a decision rests on.
 */
@Injectable()
export class WriteBehind {
  readonly #logger = new Logger(WriteBehind.name);
  readonly #waiting = new Map<Collection, Map<string, AnyBulkWriteOperation>>();
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  /** @param key a later write with the same key takes the place of an earlier one that still waits */
  add(collection: Collection, key: string, write: AnyBulkWriteOperation): void {
    const writes = this.#waiting.get(collection) ?? new Map<string, AnyBulkWriteOperation>();
    this.#waiting.set(collection, writes);
    if (!writes.has(key)) {
      if (this.#count >= MAX_WAITING) return;
      this.#count += 1;
    }
    writes.set(key, write);
    this.#timer ??= setTimeout(() => void this.flush(), DELAY_MS).unref();
  }

  /** Takes back a write that still waits. @returns undefined where it was written already, or never added */
  take(collection: Collection, key: string): AnyBulkWriteOperation | undefined {
    const writes = this.#waiting.get(collection);
    const write = writes?.get(key);
    if (write && writes?.delete(key)) this.#count -= 1;
    return write;
  }

  /** Resolves when everything added before the call is written, or has failed for good. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batches = [...this.#waiting];
    this.#waiting.clear();
    this.#count = 0;
    this.#flushing = this.#flushing.then(() => this.#write(batches));
    await this.#flushing;
  }

  async #write(batches: [Collection, Map<string, AnyBulkWriteOperation>][]): Promise<void> {
    for (const [collection, writes] of batches) {
      if (writes.size === 0) continue;
      try {
        await collection.bulkWrite([...writes.values()], { ordered: false });
      } catch (error) {
        this.#logger.warn(`${collection.collectionName}: ${writes.size} informing writes were lost: ${String(error)}`);
      }
    }
  }
}
