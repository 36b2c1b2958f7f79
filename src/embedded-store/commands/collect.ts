import type { Collection } from '../storage/collection.js';
import type { Reader } from '../storage/key-value.js';
import type { StoredDocument } from '../storage/write-set.js';
import type { Budget } from './budget.js';
import { select, type Selection } from './select.js';

/** All documents that a write is about to change, read before the first change. Writes have no turns to give away. */
export function collect(
  reader: Reader,
  collection: Collection,
  selection: Selection,
  budget: Budget,
): StoredDocument[] {
  const found: StoredDocument[] = [];
  for (const document of select(reader, collection, selection, budget)) if (document) found.push(document);
  return found;
}
