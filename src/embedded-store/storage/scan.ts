import type { Collection } from './collection.js';
import type { Entry, Reader } from './key-value.js';
import { behind, text } from './keys.js';

const FIRST_CHUNK = 8;
const LARGEST_CHUNK = 256;

/** A stretch of keys: `low <= key < high`. */
export interface Stretch {
  low: Uint8Array;
  high: Uint8Array;
  /** No other key than `low` can be in it. */
  isOneKey?: boolean;
}

/** A document found by a scan, not yet checked against the filter. */
export interface Candidate {
  recordKey: Uint8Array;
  raw: Uint8Array;
}

/**
 * Entries of a stretch one by one. Between two calls any time may pass and anything be written: it goes on behind the last key, in the
 * state that the reader has then. Nothing is held open.
 */
function* entriesIn(reader: Reader, stretch: Stretch, reverse: boolean): Generator<Entry> {
  let { low, high } = stretch;
  if (stretch.isOneKey) {
    const value = reader.get(low);
    if (value) yield { key: low, value };
    return;
  }
  let limit = FIRST_CHUNK;
  for (;;) {
    const { version } = reader;
    const chunk = reader.range(low, high, { reverse, limit });
    if (chunk.length === 0) return;
    for (const entry of chunk) {
      yield entry;
      if (reverse) high = entry.key;
      else low = behind(entry.key);
      if (reader.version !== version) break; // what was read ahead may be old
    }
    limit = Math.min(limit * 2, LARGEST_CHUNK);
  }
}

/** All entries of a stretch, at most `limit` at a time. */
export function* portionsOf(reader: Reader, { low, high }: Stretch, limit = LARGEST_CHUNK): Generator<Entry[]> {
  for (;;) {
    const entries = reader.range(low, high, { limit });
    const last = entries.at(-1);
    if (!last) return;
    yield entries;
    low = behind(last.key);
  }
}

/** Backwards, the last stretch comes first. */
function inOrder(stretches: readonly Stretch[], reverse: boolean): readonly Stretch[] {
  return reverse ? stretches.toReversed() : stretches;
}

/** All documents in the order of `_id`, or those in a stretch of it. */
export function* scanDocuments(
  reader: Reader,
  collection: Collection,
  stretches: readonly Stretch[],
  reverse: boolean,
): Generator<Candidate> {
  for (const stretch of inOrder(stretches, reverse)) {
    for (const { key, value } of entriesIn(reader, stretch, reverse)) {
      yield { recordKey: key.subarray(collection.prefix.length), raw: value };
    }
  }
}

/** Documents by their entries in an index; each once, though it may have several entries. */
export function* scanIndex(
  reader: Reader,
  collection: Collection,
  stretches: readonly Stretch[],
  options: { reverse: boolean; isMultikey: boolean },
): Generator<Candidate> {
  const seen = options.isMultikey ? new Set<string>() : undefined;
  for (const stretch of inOrder(stretches, options.reverse)) {
    for (const { value: recordKey } of entriesIn(reader, stretch, options.reverse)) {
      if (seen) {
        const name = text(recordKey);
        if (seen.has(name)) continue;
        seen.add(name);
      }
      const raw = reader.get(collection.documentKey(recordKey));
      if (raw) yield { recordKey, raw };
    }
  }
}
