import { behind, text } from './keys.js';
import type { Entry, RangeOptions, Reader, Writer } from './key-value.js';

interface Held {
  key: Uint8Array;
  /** null: removed */
  value: Uint8Array | null;
}

/**
 * Writes held back over a reader: of one statement until it is known to succeed, or of a transaction until it commits.
 * Reads through it see the writes.
 */
export class Overlay implements Writer {
  private readonly entries = new Map<string, Held>();
  /** The keys of `entries` in order; made at the first range read. */
  private sorted: string[] | undefined;
  private writes = 0;

  constructor(private readonly base: Reader) {}

  get version(): number {
    return this.base.version + this.writes;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    if (this.entries.size === 0) return this.base.get(key);
    const own = this.entries.get(text(key));
    return own === undefined ? this.base.get(key) : (own.value ?? undefined);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.set(key, value);
  }

  remove(key: Uint8Array): void {
    this.set(key, null);
  }

  range(low: Uint8Array, high: Uint8Array, options: RangeOptions): Entry[] {
    const own = this.entries.size === 0 ? [] : this.ownKeys(low, high, options.reverse ?? false);
    if (own.length === 0) return this.base.range(low, high, options);
    return this.merge(low, high, options, own);
  }

  /** Writes everything into `target`, in the order in which the keys were first written. */
  flush(target: Writer): void {
    for (const { key, value } of this.entries.values()) {
      if (value === null) target.remove(key);
      else target.put(key, value);
    }
  }

  private set(key: Uint8Array, value: Uint8Array | null): void {
    const name = text(key);
    if (this.sorted && !this.entries.has(name)) this.sorted.splice(position(this.sorted, name), 0, name);
    this.entries.set(name, { key, value });
    this.writes++;
  }

  private ownKeys(low: Uint8Array, high: Uint8Array, reverse: boolean): string[] {
    this.sorted ??= [...this.entries.keys()].sort(byCodeUnits);
    const own = this.sorted.slice(position(this.sorted, text(low)), position(this.sorted, text(high)));
    return reverse ? own.reverse() : own;
  }

  private merge(low: Uint8Array, high: Uint8Array, { reverse = false, limit }: RangeOptions, own: string[]): Entry[] {
    const result: Entry[] = [];
    const isBefore = (a: string, b: string) => (reverse ? a > b : a < b);
    let [from, to] = [low, high];
    let next = 0;
    for (;;) {
      const wanted = limit - result.length;
      const below = this.base.range(from, to, { reverse, limit: wanted });
      for (const entry of below) {
        const key = text(entry.key);
        for (; next < own.length && isBefore(own[next]!, key); next++) this.take(own[next]!, result);
        if (!this.entries.has(key)) result.push(entry);
        if (result.length >= limit) return result.slice(0, limit);
      }
      const last = below.at(-1);
      // A reader may return fewer than asked for when values are large; only an empty answer is the end.
      if (!last) break;
      if (reverse) to = last.key;
      else from = behind(last.key);
    }
    for (; next < own.length && result.length < limit; next++) this.take(own[next]!, result);
    return result;
  }

  private take(name: string, result: Entry[]): void {
    const { key, value } = this.entries.get(name)!;
    if (value) result.push({ key, value });
  }
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Index of the first key that is not less than `key`. */
function position(sorted: string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
