import { decode } from '../bson/decode.js';
import type { Collection } from '../storage/collection.js';
import type { Reader } from '../storage/key-value.js';
import { after } from '../storage/keys.js';
import { portionsOf, scanDocuments } from '../storage/scan.js';
import { DocumentDigest } from './document-digest.js';

const ENTRIES_AT_ONCE = 1000;

/** Files that can be opened, and contradict themselves; the message says where. */
export class StoreDamaged extends Error {
  override readonly name = 'StoreDamaged';
}

/**
 * Reads a collection whole: every document has its entries in every index, no index has others, and the counters are right.
 *
 * @throws StoreDamaged
 */
export function checkCollection(reader: Reader, collection: Collection): DocumentDigest {
  const { namespace, prefix, indexes } = collection;
  const digest = new DocumentDigest();
  const expected = new Map(indexes.map((index) => [index, 0]));
  let bytes = 0;
  for (const { recordKey, raw } of scanDocuments(reader, collection, [{ low: prefix, high: after(prefix) }], false)) {
    const document = decode(raw);
    const id = document.get('_id');
    if (id === undefined || Buffer.compare(collection.recordKey(id), recordKey) !== 0)
      throw new StoreDamaged(`${namespace}: a document is not where its _id belongs`);
    digest.add(raw);
    bytes += raw.length;
    for (const index of indexes) {
      const entries = index.entriesOf(document, recordKey);
      expected.set(index, expected.get(index)! + entries.length);
      for (const { key } of entries) {
        const found = reader.get(key);
        if (!found || Buffer.compare(found, recordKey) !== 0)
          throw new StoreDamaged(`${namespace}: the index ${index.name} does not know a document`);
      }
    }
  }
  for (const [index, count] of expected) {
    const found = countEntries(reader, index.prefix);
    if (found !== count)
      throw new StoreDamaged(`${namespace}: the index ${index.name} has ${found} entries, not ${count}`);
  }
  if (digest.count !== collection.count || bytes !== collection.bytes)
    throw new StoreDamaged(`${namespace}: has ${digest.count} documents, its counter says ${collection.count}`);
  return digest;
}

function countEntries(reader: Reader, prefix: Uint8Array): number {
  let count = 0;
  for (const { length } of portionsOf(reader, { low: prefix, high: after(prefix) }, ENTRIES_AT_ONCE)) count += length;
  return count;
}
