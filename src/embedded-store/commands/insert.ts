import { ObjectId } from 'bson';
import { decode } from '../bson/decode.js';
import { encode } from '../bson/encode.js';
import type { Doc, Value } from '../bson/value.js';
import { MongoError } from '../errors.js';
import { withTimestamps } from '../query/update.js';
import type { Collection } from '../storage/collection.js';
import { insertRecord } from '../storage/records.js';
import type { WriteSet } from '../storage/write-set.js';
import { checkId } from './check-id.js';
import type { Call, Command, Reply } from './command.js';
import { ensureCollection, namespaceOf, wasDropped } from './namespace.js';
import { boolean, int, optional, toDoc } from './values.js';
import { runBatch, type Statement } from './write-batch.js';

/** There are no validators to bypass, so `bypassDocumentValidation` changes nothing. */
const OPTIONS = ['documents', 'ordered', 'bypassDocumentValidation', 'bypassEmptyTsReplacement'];

export const insert: Command = { options: OPTIONS, inTransaction: true, isRetryable: true, isWrite: true, run };

async function run(call: Call): Promise<Reply> {
  const namespace = namespaceOf(call);
  const { documents } = call;
  if (!documents) throw new MongoError(40414, "BSON field 'insert.documents' is missing but a required field");
  const keepsEmptyTimestamps = optional(call.args, 'bypassEmptyTsReplacement', boolean) ?? false;
  const collection = await ensureCollection(call, namespace);
  const { results, writeErrors } = await runBatch(
    call,
    documents.length,
    (position) => new Insertion(collection, documents[position]!, keepsEmptyTimestamps),
  );
  const n = results.filter(Boolean).length;
  return toDoc({ n: int(n), ...(writeErrors.length > 0 && { writeErrors }), ok: 1 });
}

class Insertion implements Statement<true> {
  constructor(
    private readonly collection: Collection,
    private readonly document: Uint8Array,
    private readonly keepsEmptyTimestamps: boolean,
  ) {}

  run(writes: WriteSet): true {
    if (this.collection.isDropped) throw wasDropped(this.collection.namespace);
    const { doc, raw } = prepareInsert(this.document, this.keepsEmptyTimestamps);
    insertRecord(writes, this.collection, doc, raw);
    return true;
  }
}

export interface Prepared {
  doc: Doc;
  raw: Uint8Array;
}

/** The document as it is stored: as it came, but with `_id`, and `_id` first. */
export function prepareInsert(raw: Uint8Array, keepsEmptyTimestamps: boolean): Prepared {
  const given = decode(raw);
  const doc = keepsEmptyTimestamps ? given : withTimestamps(given);
  const [first] = doc.keys();
  const id = doc.get('_id');
  if (id !== undefined) checkId(id);
  // The bytes are a part of a network buffer, which would live as long as they do.
  if (first === '_id') return { doc, raw: doc === given ? Buffer.from(raw) : encode(doc) };
  const ordered: Doc = new Map<string, Value>([['_id', id ?? new ObjectId()], ...doc]);
  return { doc: ordered, raw: encode(ordered) };
}
