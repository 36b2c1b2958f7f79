import { ObjectId } from 'bson';
import { encode } from '../bson/encode.js';
import type { Doc, Value } from '../bson/value.js';
import type { CompiledFilter, CompiledUpdate } from '../query/types.js';
import { ChangedPaths, describeUpdate, upsertSeed } from '../query/update.js';
import type { Collection } from '../storage/collection.js';
import { changeRecord, insertRecord } from '../storage/records.js';
import type { StoredDocument } from '../storage/stored-document.js';
import type { WriteSet } from '../storage/write-set.js';
import { checkId } from './check-id.js';

export interface Changed {
  doc: Doc;
  /** False when the update left the document as it was. */
  isModified: boolean;
}

/** Applies an update to one stored document. */
export function changeOne(
  writes: WriteSet,
  collection: Collection,
  stored: StoredDocument,
  { filter, update }: { filter: CompiledFilter; update: CompiledUpdate },
): Changed {
  const log = update.kind === 'modifiers' ? new ChangedPaths() : undefined;
  const doc = update.apply(stored.doc, {
    positional: update.usesPositional ? filter.positional(stored.doc) : undefined,
    isInsert: false,
    now: new Date(),
    log,
  });
  if (doc === stored.doc) return { doc, isModified: false };
  const raw = encode(doc);
  if (Buffer.compare(raw, stored.raw) === 0) return { doc: stored.doc, isModified: false };
  const described = update.kind === 'pipeline' ? describeUpdate(stored.doc, doc, raw.length) : log;
  changeRecord(writes, collection, stored, { doc, raw, update: described });
  return { doc, isModified: true };
}

/** Inserts what an upsert makes of its filter and update. */
export function upsertOne(
  writes: WriteSet,
  collection: Collection,
  { filter, update }: { filter: CompiledFilter; update: CompiledUpdate },
): Doc {
  const seed = upsertSeed(filter, update);
  const made = update.apply(seed, { positional: undefined, isInsert: true, now: new Date() });
  const doc = withId(made);
  const id = doc.get('_id')!;
  checkId(id);
  insertRecord(writes, collection, doc, encode(doc));
  return doc;
}

/** `_id` comes first; one is made where there is none. */
function withId(doc: Doc): Doc {
  const id = doc.get('_id') ?? new ObjectId();
  const [first] = doc.keys();
  if (first === '_id') return doc;
  const rest = [...doc].filter(([name]) => name !== '_id');
  return new Map<string, Value>([['_id', id], ...rest]);
}
