import { createHash } from 'node:crypto';

/**
 * The one key space of a store, by first byte. Numbers are big-endian, so that byte order is their order.
 *
 *   1                                 format version and other facts about the store
 *   2  namespace                      catalog: a collection and its indexes
 *   3  collection id                  counters of a collection
 *   4  collection id, _id             documents
 *   5  index id, values [, _id]       index entries; unique ones go without the _id
 *   6  kind, id                       ranges of dropped collections and indexes, still to be emptied
 */
export const SPACE = { meta: 1, catalog: 2, counters: 3, documents: 4, indexes: 5, dropped: 6 } as const;

/** Longer key strings are cut and end in a hash. Together with the prefix, both fit into a key of lmdb (1978 bytes). */
export const MAX_RECORD_KEY = 512;
export const MAX_INDEX_KEY = 1200;
const HASH_BYTES = 32;

export const concat = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);

/** Latin-1 text of the bytes: a Map key whose order is the byte order. */
export const text = (bytes: Uint8Array): string => Buffer.prototype.latin1Slice.call(bytes, 0, bytes.length);

export function spaceKey(space: number, id: number): Uint8Array {
  const key = Buffer.allocUnsafe(5);
  key[0] = space;
  key.writeUInt32BE(id, 1);
  return key;
}

export function namedKey(space: number, name: string): Uint8Array {
  return Buffer.concat([Buffer.from([space]), Buffer.from(name, 'utf8')]);
}

/** The first key after this one. */
export const behind = (key: Uint8Array): Uint8Array => Buffer.concat([key, Buffer.of(0)]);

/** The first key after all that start with `prefix`. */
export function after(prefix: Uint8Array): Uint8Array {
  const end = Buffer.from(prefix);
  for (let i = end.length - 1; i >= 0; i--) {
    const byte = end[i]!;
    if (byte < 0xff) {
      end[i] = byte + 1;
      return end.subarray(0, i + 1);
    }
  }
  return Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
}

/**
 * A key string fit for storage. A whole one is shorter than `max`; a cut one is exactly `max` long and ends in the SHA-256 of the
 * whole, so that equality stays exact and the two kinds never meet. Cut keys are in order only up to their bare prefix.
 */
export function fit(key: Uint8Array, max: number): Uint8Array {
  if (key.length < max) return key;
  return Buffer.concat([key.subarray(0, max - HASH_BYTES), createHash('sha256').update(key).digest()]);
}

export const isCut = (key: Uint8Array, max: number): boolean => key.length === max;

/** The part of a range bound that also orders cut keys; what lies behind it needs the whole document to decide. */
export function barePrefix(bound: Uint8Array, max: number): Uint8Array {
  return bound.length <= max - HASH_BYTES ? bound : bound.subarray(0, max - HASH_BYTES);
}
