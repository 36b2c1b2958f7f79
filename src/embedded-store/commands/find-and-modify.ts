import type { Doc, Value } from '../bson/value.js';
import { badValue, MongoError } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { compileProjection } from '../query/project.js';
import { compileUpdate } from '../query/update.js';
import type { Collection } from '../storage/collection.js';
import { Continue } from '../storage/group-commit.js';
import { removeRecord } from '../storage/records.js';
import type { WriteSet } from '../storage/write-set.js';
import { changeOne, upsertOne } from './change.js';
import { type Call, type Command, type Reply, runStatement } from './command.js';
import { hint, sortOrder } from './search-options.js';
import { ensureCollection, findCollection, namespaceOf, variablesOf, wasDropped } from './namespace.js';
import { PatientSearch } from './patient-search.js';
import { updateOptions } from './update-statement.js';
import { boolean, document, int, optional, toDoc } from './values.js';
import { LATER } from './write-batch.js';

const OPTIONS = [
  'query',
  'update',
  'remove',
  'new',
  'upsert',
  'fields',
  'sort',
  'arrayFilters',
  'let',
  'hint',
  'collation',
  'bypassDocumentValidation',
  'bypassEmptyTsReplacement',
];

export const findAndModify: Command = { options: OPTIONS, inTransaction: true, isRetryable: true, isWrite: true, run };

interface Outcome {
  value: Doc | undefined;
  lastErrorObject: Doc;
}

async function run(call: Call): Promise<Reply> {
  const namespace = namespaceOf(call);
  const { args } = call;
  const remove = optional(args, 'remove', boolean) ?? false;
  const upsert = optional(args, 'upsert', boolean) ?? false;
  const change = args.get('update');
  check(remove, upsert, change, args);
  const variables = variablesOf(args);
  const filterDoc = optional(args, 'query', document) ?? new Map<string, Value>();
  const fields = optional(args, 'fields', document);
  const returnsNew = optional(args, 'new', boolean) ?? false;
  const filter = compileFilter(filterDoc, { let: variables });
  const projection = fields && fields.size > 0 ? compileProjection(fields, { let: variables, filter }) : undefined;
  if (returnsNew && projection?.usesPositional)
    throw badValue('cannot use a positional projection and return the new document');
  const update = remove ? undefined : compileUpdate(change as Doc | Value[], updateOptions(args, variables));
  if (upsert) await ensureCollection(call, namespace);
  const selection = { filter, sort: optional(args, 'sort', sortOrder), hint: optional(args, 'hint', hint), limit: 1 };
  const search = new PatientSearch(call, selection);
  const outcome = await runStatement(call, (writes) => {
    const collection = findCollection(call, namespace);
    if (!collection && upsert) throw wasDropped(namespace);
    const stored = collection && search.find(writes, collection);
    if (stored === LATER) throw new Continue();
    if (stored && !update) return removed(writes, collection, stored);
    if (stored) {
      const { doc } = changeOne(writes, collection, stored, { filter, update: update! });
      const lastErrorObject = toDoc({ n: int(1), updatedExisting: true });
      return { value: returnsNew ? doc : stored.doc, lastErrorObject };
    }
    if (!upsert)
      return { value: undefined, lastErrorObject: toDoc({ n: int(0), ...(update && { updatedExisting: false }) }) };
    const doc = upsertOne(writes, collection!, { filter, update: update! });
    const lastErrorObject = toDoc({ n: int(1), updatedExisting: false, upserted: doc.get('_id') });
    return { value: returnsNew ? doc : undefined, lastErrorObject };
  });
  const value = outcome.value && projection ? projection.project(outcome.value) : outcome.value;
  return toDoc({ lastErrorObject: outcome.lastErrorObject, value: value ?? null, ok: 1 });
}

function removed(writes: WriteSet, collection: Collection, stored: Parameters<typeof removeRecord>[2]): Outcome {
  removeRecord(writes, collection, stored);
  return { value: stored.doc, lastErrorObject: toDoc({ n: int(1) }) };
}

function check(remove: boolean, upsert: boolean, change: Value | undefined, args: Doc): void {
  if (remove) {
    if (change !== undefined) throw new MongoError(9, "Cannot specify both an 'update' and 'remove'=true");
    if (upsert) throw new MongoError(9, "Cannot specify both 'upsert'=true and 'remove'=true");
    if (args.get('new') === true)
      throw new MongoError(
        9,
        "Cannot specify both 'new'=true and 'remove'=true; 'remove' always returns the deleted document",
      );
    return;
  }
  if (!(change instanceof Map) && !Array.isArray(change))
    throw new MongoError(9, 'Either an update or remove=true must be specified');
}
