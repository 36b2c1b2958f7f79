import type { Reader, Writer } from './key-value.js';
import { SPACE, spaceKey } from './keys.js';

/** Stored as two doubles, big-endian: number of documents, sum of their sizes. */
export function writeCounters(writer: Writer, collectionId: number, count: number, bytes: number): void {
  const value = Buffer.allocUnsafe(16);
  value.writeDoubleBE(count, 0);
  value.writeDoubleBE(bytes, 8);
  writer.put(spaceKey(SPACE.counters, collectionId), value);
}

export function readCounters(reader: Reader, collectionId: number): { count: number; bytes: number } {
  const stored = reader.get(spaceKey(SPACE.counters, collectionId));
  if (!stored) return { count: 0, bytes: 0 };
  const value = Buffer.from(stored);
  return { count: value.readDoubleBE(0), bytes: value.readDoubleBE(8) };
}
