import type { Doc, Value } from '../bson/value.js';
import { MongoError } from '../errors.js';
import type { UpdateDescription } from '../query/types.js';
import { duplicateKey } from './duplicate-key.js';
import type { Collection } from './collection.js';
import { text } from './keys.js';
import type { IndexEntry, IndexInfo } from './index-info.js';
import type { StoredDocument } from './stored-document.js';
import type { WriteSet } from './write-set.js';

export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/**
 * Adds a document with all its index entries.
 *
 * @param raw the BSON of `doc`
 * @throws MongoError 11000 and 171; nothing is written then
 */
export function insertRecord(writes: WriteSet, collection: Collection, doc: Doc, raw: Uint8Array): void {
  refuseTooLarge(raw);
  const id = doc.get('_id') as Value;
  const recordKey = collection.recordKey(id);
  collection.note(recordKey);
  const key = collection.documentKey(recordKey);
  writes.claim(key, collection);
  if (writes.get(key)) throw duplicateKey(collection, undefined, [id]);
  const entries = collection.maintained.map((index) => newEntries(writes, collection, index, doc, recordKey));
  writes.put(key, raw);
  for (const list of entries) for (const entry of list) writes.put(entry.key, recordKey);
  writes.add(collection, 1, raw.length);
  writes.changes.push({ kind: 'insert', collection, id, after: raw, update: undefined });
}

/**
 * Puts `after` in the place of a stored document with the same `_id`.
 *
 * @param after with what an update changed; without that, the document counts as replaced
 */
export function changeRecord(
  writes: WriteSet,
  collection: Collection,
  stored: StoredDocument,
  after: { doc: Doc; raw: Uint8Array; update: UpdateDescription | undefined },
): void {
  refuseTooLarge(after.raw);
  const { recordKey } = stored;
  const key = collection.documentKey(recordKey);
  writes.claim(key, collection);
  const touched = collection.maintained.filter((index) => index.isTouched(stored.doc, after.doc));
  const changes = touched.map((index) => {
    const old = index.entriesOf(stored.doc, recordKey);
    const fresh = index.entriesOf(after.doc, recordKey);
    const added = without(fresh, old);
    checkUnique(writes, collection, index, added, recordKey);
    const removed = without(old, fresh);
    if (index.unique) for (const entry of removed) writes.claim(entry.key, collection);
    return { index, added, removed };
  });
  writes.put(key, after.raw);
  for (const { index, added, removed } of changes) {
    for (const entry of removed) removeEntry(writes, collection, index, entry, recordKey);
    for (const entry of added) writes.put(entry.key, recordKey);
  }
  writes.add(collection, 0, after.raw.length - stored.raw.length);
  const id = after.doc.get('_id') as Value;
  const kind = after.update ? 'update' : 'replace';
  writes.changes.push({ kind, collection, id, after: after.raw, update: after.update });
}

export function removeRecord(writes: WriteSet, collection: Collection, stored: StoredDocument): void {
  const key = collection.documentKey(stored.recordKey);
  writes.claim(key, collection);
  const entries = collection.maintained.map((index) => {
    const list = index.entriesOf(stored.doc, stored.recordKey);
    if (index.unique) for (const entry of list) writes.claim(entry.key, collection);
    return { index, list };
  });
  writes.remove(key);
  for (const { index, list } of entries)
    for (const entry of list) removeEntry(writes, collection, index, entry, stored.recordKey);
  writes.add(collection, -1, -stored.raw.length);
  const id = stored.doc.get('_id') as Value;
  writes.changes.push({ kind: 'delete', collection, id, after: undefined, update: undefined });
}

/** In a unique index that is being built, an entry may be another document's, while that of this one has not come yet. */
function removeEntry(
  writes: WriteSet,
  collection: Collection,
  index: IndexInfo,
  entry: IndexEntry,
  recordKey: Uint8Array,
): void {
  if (index.unique && collection.building.includes(index)) {
    const owner = writes.get(entry.key);
    if (owner && Buffer.compare(owner, recordKey) !== 0) return;
  }
  writes.remove(entry.key);
}

function newEntries(
  writes: WriteSet,
  collection: Collection,
  index: IndexInfo,
  doc: Doc,
  recordKey: Uint8Array,
): IndexEntry[] {
  const entries = index.entriesOf(doc, recordKey);
  checkUnique(writes, collection, index, entries, recordKey);
  return entries;
}

/** Those with a key that none of the others has. */
function without(entries: IndexEntry[], others: readonly IndexEntry[]): IndexEntry[] {
  if (others.length === 0) return entries;
  if (entries.length === 1 && others.length === 1) {
    return Buffer.compare(entries[0]!.key, others[0]!.key) === 0 ? [] : entries;
  }
  const taken = new Set(others.map(({ key }) => text(key)));
  return entries.filter(({ key }) => !taken.has(text(key)));
}

function checkUnique(
  writes: WriteSet,
  collection: Collection,
  index: IndexInfo,
  entries: IndexEntry[],
  recordKey: Uint8Array,
): void {
  if (!index.unique) return;
  for (const entry of entries) {
    writes.claim(entry.key, collection);
    const owner = writes.get(entry.key);
    if (owner && Buffer.compare(owner, recordKey) !== 0) throw duplicateKey(collection, index, entry.values);
  }
}

function refuseTooLarge(raw: Uint8Array): void {
  if (raw.length <= MAX_DOCUMENT_BYTES) return;
  throw new MongoError(
    10334,
    `BSONObj size: ${raw.length} is invalid. Size must be between 0 and ${MAX_DOCUMENT_BYTES}`,
  );
}
