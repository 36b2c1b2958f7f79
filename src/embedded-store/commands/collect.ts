import { MongoError } from '../errors.js';
import type { Collection } from '../storage/collection.js';
import type { Reader } from '../storage/key-value.js';
import type { StoredDocument } from '../storage/stored-document.js';
import type { Budget } from './budget.js';
import { MAX_STATEMENT_BYTES } from './limits.js';
import { select, type Selection } from './select.js';

/**
 * All documents that a write is about to change, read before the first change. Writes have no turns to give away.
 *
 * @throws MongoError 257 when that is more than one statement can hold in memory
 */
export function collect(
  reader: Reader,
  collection: Collection,
  selection: Selection,
  budget: Budget,
): StoredDocument[] {
  const found: StoredDocument[] = [];
  let bytes = 0;
  for (const document of select(reader, collection, selection, budget)) {
    if (!document) continue;
    found.push(document);
    bytes += document.raw.length;
    if (found.length > 1) document.forget();
    if (bytes > MAX_STATEMENT_BYTES) {
      const message = `one statement may change at most ${MAX_STATEMENT_BYTES} bytes of documents in the embedded store; narrow its filter and repeat it`;
      throw new MongoError(257, message);
    }
  }
  return found;
}
