import type { Doc } from '../bson/value.js';
import type { Engine } from './engine.js';
import { endOfBuild, waitForOthers } from './index-schema.js';
import { insertRecord } from './records.js';
import { addNow, dropNow } from './schema.js';

/**
 * Puts documents in the place of all that a collection has, in one step: whoever reads finds the old ones or the new ones. Its indexes stay.
 *
 * @param documents each with its BSON
 * @throws MongoError 11000 and 171; the old documents stay then
 */
export async function replaceDocuments(
  engine: Engine,
  namespace: string,
  documents: readonly { doc: Doc; raw: Uint8Array }[],
): Promise<void> {
  const present = engine.catalog.find(namespace);
  if (present) await endOfBuild(present);
  await engine.change((group) => {
    const old = engine.catalog.find(namespace);
    if (old) waitForOthers(engine, old);
    const fresh = engine.catalog.newCollection(namespace);
    fresh.indexes = old?.indexes.map(({ spec }) => engine.catalog.newIndex(spec)) ?? [];
    if (old) dropNow(engine, group, old);
    addNow(engine, group, fresh);
    engine.writingIn(group).statement((writes) => {
      for (const { doc, raw } of documents) insertRecord(writes, fresh, doc, raw);
    });
  });
}
