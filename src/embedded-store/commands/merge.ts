import { ObjectId } from 'bson';
import { decode } from '../bson/decode.js';
import { encode } from '../bson/encode.js';
import { toDoc } from '../bson/convert.js';
import { type Doc, isArray, isDoc, typeName, type Value } from '../bson/value.js';
import { MongoError } from '../errors.js';
import { compileExpression } from '../query/expression.js';
import { compileFilter } from '../query/filter.js';
import { compileUpdate } from '../query/update.js';
import type { Collection } from '../storage/collection.js';
import { insertRecord } from '../storage/records.js';
import type { WriteSet } from '../storage/write-set.js';
import { changeOne } from './change.js';
import { collect } from './collect.js';
import type { Call } from './command.js';
import { prepareInsert } from './insert.js';
import { ensureCollection, findCollection, wasDropped } from './namespace.js';
import { document, optional, required, string } from './values.js';
import { runBatch } from './write-batch.js';
import { targetOf, type WriteResults } from './write-target.js';

const AT_ONCE = 1000;
const OPTIONS = ['into', 'on', 'let', 'whenMatched', 'whenNotMatched'];
/** By what happens to a match, what may happen where there is none. */
const MODES: Record<string, readonly string[]> = {
  replace: ['insert', 'discard', 'fail'],
  merge: ['insert', 'discard', 'fail'],
  pipeline: ['insert', 'discard', 'fail'],
  keepExisting: ['insert'],
  fail: ['insert'],
};

interface Merge {
  namespace: string;
  on: readonly string[];
  whenMatched: string;
  whenNotMatched: string;
  /** Of `whenMatched: [stages]`. */
  stages: readonly Value[];
  variables: Doc;
}

/**
 * Each result is written for itself, in order; an error ends it, and what was written before stays.
 *
 * @see https://www.mongodb.com/docs/manual/reference/operator/aggregation/merge/
 */
export function readMerge(call: Call, argument: Value): WriteResults {
  const merge = parse(call, argument);
  return async (results) => {
    const { namespace, on } = merge;
    const inserts = merge.whenNotMatched === 'insert';
    const collection = inserts ? await ensureCollection(call, namespace) : findCollection(call, namespace);
    checkUnique(collection, on);
    for (let at = 0; at < results.length; at += AT_ONCE) {
      const part = results.slice(at, at + AT_ONCE);
      const { writeErrors } = await runBatch(call, part.length, (position) => ({
        run: (writes) => mergeOne(call, writes, { merge, collection, raw: part[position]! }),
      }));
      if (writeErrors[0]) throw asError(writeErrors[0]);
    }
  };
}

function parse(call: Call, argument: Value): Merge {
  if (typeof argument !== 'string' && !isDoc(argument))
    throw new MongoError(51182, `$merge requires a string or object argument, but found ${typeName(argument)}`);
  const spec: Doc = typeof argument === 'string' ? new Map([['into', argument]]) : argument;
  for (const option of spec.keys())
    if (!OPTIONS.includes(option)) throw new MongoError(40415, `BSON field '$merge.${option}' is an unknown field.`);
  const matched = spec.get('whenMatched') ?? 'merge';
  const whenMatched = isArray(matched) ? 'pipeline' : string(matched, '$merge.whenMatched');
  const whenNotMatched = optional(spec, 'whenNotMatched', string) ?? 'insert';
  const isMode = isArray(matched) || (whenMatched !== 'pipeline' && whenMatched in MODES);
  if (!isMode || !MODES['merge']!.includes(whenNotMatched))
    throw new MongoError(2, `Enumeration value for $merge is not valid: ${whenMatched}, ${whenNotMatched}`);
  if (!MODES[whenMatched]!.includes(whenNotMatched))
    throw new MongoError(
      51181,
      `Combination of $merge modes 'whenMatched: ${whenMatched}' and 'whenNotMatched: ${whenNotMatched}' is not supported`,
    );
  const variables = optional(spec, 'let', document) ?? new Map<string, Value>();
  if (spec.has('let') && whenMatched !== 'pipeline')
    throw new MongoError(51199, `Cannot use 'let' variables with 'whenMatched: ${whenMatched}' mode`);
  if ((variables.get('new') ?? '$$ROOT') !== '$$ROOT')
    throw new MongoError(51273, "'let' may not define a value for the reserved 'new' variable other than '$$ROOT'");
  return {
    namespace: required(spec, 'into', (into) => targetOf(call, into, '$merge')),
    on: fieldsOf(spec.get('on') ?? '_id'),
    whenMatched,
    whenNotMatched,
    stages: isArray(matched) ? matched : [toDoc({ $replaceWith: { $mergeObjects: ['$$ROOT', '$$new'] } })],
    variables,
  };
}

function fieldsOf(on: Value): string[] {
  const fields = (isArray(on) ? on : [on]).map((field) => string(field, '$merge.on'));
  if (fields.length === 0)
    throw new MongoError(51187, "If explicitly specifying $merge 'on', must include at least one field");
  if (new Set(fields).size < fields.length)
    throw new MongoError(31465, `Found a duplicate field in $merge 'on': ${fields.join(', ')}`);
  return fields;
}

/** @throws MongoError 51183 where two documents of the target could match one result */
function checkUnique(collection: Collection | undefined, on: readonly string[]): void {
  if (on.length === 1 && on[0] === '_id') return;
  const isOfAll = (fields: readonly string[]) =>
    fields.length === on.length && on.every((field) => fields.includes(field));
  if (collection?.indexes.some((index) => index.unique && !index.partialFilter && isOfAll(index.fields))) return;
  throw new MongoError(51183, 'Cannot find index to verify that join fields will be unique');
}

interface Result {
  merge: Merge;
  collection: Collection | undefined;
  raw: Uint8Array;
}

function mergeOne(call: Call, writes: WriteSet, { merge, collection, raw }: Result): boolean {
  const { on, whenMatched, whenNotMatched } = merge;
  if (collection?.isDropped) throw wasDropped(merge.namespace);
  const given = decode(raw);
  const doc: Doc = given.has('_id') || !on.includes('_id') ? given : new Map([['_id', new ObjectId()], ...given]);
  const filter = compileFilter(toDoc(Object.fromEntries(on.map((field) => [field, { $eq: valueAt(doc, field) }]))));
  const stored = collection && collect(writes, collection, { filter, limit: 1 }, call.budget)[0];
  if (stored && whenMatched !== 'fail') {
    if (whenMatched !== 'keepExisting') changeOne(writes, collection, stored, { filter, update: updateOf(merge, doc) });
    return true;
  }
  if (stored || whenNotMatched === 'insert') {
    const prepared = prepareInsert(encode(doc), true);
    insertRecord(writes, collection!, prepared.doc, prepared.raw);
  } else if (whenNotMatched === 'fail')
    throw new MongoError(
      13113,
      '$merge could not find a matching document in the target collection for at least one document in the source collection',
    );
  return true;
}

function updateOf({ whenMatched, stages, variables }: Merge, doc: Doc): ReturnType<typeof compileUpdate> {
  if (whenMatched === 'replace') return compileUpdate(doc, { keepsEmptyTimestamps: true });
  const values = [...variables].map(([name, expression]) => [name, compileExpression(expression)(doc)] as const);
  return compileUpdate(stages, { variables: new Map([...values, ['new', doc]]) });
}

/** @throws MongoError 51132 where it cannot tell documents apart */
function valueAt(doc: Doc, path: string): Value {
  let value: Value | undefined = doc;
  for (const part of path.split('.')) value = isDoc(value) ? value.get(part) : undefined;
  if (value === undefined || value === null || isArray(value) || typeName(value) === 'undefined')
    throw new MongoError(51132, "$merge write error: 'on' field cannot be missing, null, undefined or an array");
  return value;
}

function asError(writeError: Doc): MongoError {
  const [keyPattern, keyValue] = ['keyPattern', 'keyValue'].map((field) => optional(writeError, field, document));
  const message = `PlanExecutor error during aggregation :: caused by :: ${optional(writeError, 'errmsg', string)}`;
  return new MongoError(Number(writeError.get('code')), message, {
    ...(keyPattern && keyValue && { keyPattern, keyValue }),
  });
}
