import { encode } from '../bson/encode.js';
import { type Doc, int32, isArray, type Value } from '../bson/value.js';
import { badValue, MongoError } from '../errors.js';
import { insertRecord } from '../storage/records.js';
import type { WriteSet } from '../storage/write-set.js';
import type { Call } from './command.js';
import { Deletion, readDelete } from './delete.js';
import { prepareInsert } from './insert.js';
import { findCollection, variablesOf, wasDropped } from './namespace.js';
import { readUpdate, updateOptions } from './update-statement.js';
import { UpdateRun } from './update-run.js';
import { boolean, document, integer, optional, required } from './values.js';
import { LATER, MORE, type Statement } from './write-batch.js';

/** What one operation of a bulkWrite did. */
export type BulkOutcome =
  | { kind: 'insert' }
  | { kind: 'update'; matched: number; modified: number; upsertedId?: Value }
  | { kind: 'delete'; count: number };

export interface BulkOp {
  kind: BulkOutcome['kind'];
  namespace: string;
  /** It may need a collection that is not there. */
  makesCollection: boolean;
  begin(): Statement<BulkOutcome>;
}

const FIELDS: Record<BulkOp['kind'], readonly string[]> = {
  insert: ['document'],
  update: ['filter', 'updateMods', 'multi', 'upsert', 'arrayFilters', 'hint', 'sort', 'collation'],
  delete: ['filter', 'multi', 'hint', 'collation'],
};
const KINDS = Object.keys(FIELDS) as BulkOp['kind'][];

const ALL = int32(0);
const ONE = int32(1);

/** Reads `ops`, each of which names a namespace by its place in `nsInfo`. */
export function readOps(call: Call, namespaces: readonly string[]): BulkOp[] {
  const list = call.args.get('ops');
  if (!isArray(list)) throw new MongoError(40414, "BSON field 'bulkWrite.ops' is missing but a required field");
  return list.map((value) => {
    const op = document(value, 'ops');
    const [first] = op.keys();
    const kind = KINDS.find((each) => each === first);
    if (!kind) throw new MongoError(9, `Unrecognized bulkWrite operation: '${first}'`);
    for (const field of op.keys()) {
      if (field !== kind && !FIELDS[kind].includes(field))
        throw new MongoError(40415, `BSON field 'bulkWrite.ops.${field}' is an unknown field.`);
    }
    const namespace = namespaces[required(op, kind, integer)];
    if (namespace === undefined)
      throw badValue('an operation of bulkWrite refers to a place that nsInfo does not have');
    return readers[kind](call, op, namespace);
  });
}

const readers: Record<BulkOp['kind'], (call: Call, op: Doc, namespace: string) => BulkOp> = {
  insert(call, op, namespace) {
    const raw = encode(required(op, 'document', document));
    const keepsEmptyTimestamps = optional(call.args, 'bypassEmptyTsReplacement', boolean) ?? false;
    const run = (writes: WriteSet): BulkOutcome => {
      const collection = findCollection(call, namespace);
      if (!collection) throw wasDropped(namespace);
      const prepared = prepareInsert(raw, keepsEmptyTimestamps);
      insertRecord(writes, collection, prepared.doc, prepared.raw);
      return { kind: 'insert' };
    };
    return { kind: 'insert', namespace, makesCollection: true, begin: () => ({ run }) };
  },

  update(call, op, namespace) {
    const statement = statementOf(op, { filter: 'q', updateMods: 'u' });
    const update = readUpdate(statement, updateOptions(call.args, variablesOf(call.args)));
    const begin = () => mapped(new UpdateRun(call, namespace, update), (outcome) => ({ kind: 'update', ...outcome }));
    return { kind: 'update', namespace, makesCollection: update.upsert, begin };
  },

  delete(call, op, namespace) {
    const statement = statementOf(op, { filter: 'q' });
    statement.set('limit', (optional(op, 'multi', boolean) ?? false) ? ALL : ONE);
    statement.delete('multi');
    const selection = readDelete(statement, variablesOf(call.args));
    const begin = () => mapped(new Deletion(call, namespace, selection()), (count) => ({ kind: 'delete', count }));
    return { kind: 'delete', namespace, makesCollection: false, begin };
  },
};

function mapped<T extends object | number>(
  statement: Statement<T>,
  outcome: (result: T) => BulkOutcome,
): Statement<BulkOutcome> {
  return {
    run: (writes) => {
      const result = statement.run(writes);
      if (result === MORE || result === LATER) return result;
      return outcome(result);
    },
    close: () => statement.close?.(),
  };
}

/** The operation under the names that the commands for one kind of write have. */
function statementOf(op: Doc, names: Record<string, string>): Doc {
  return new Map([...op].map(([name, value]) => [names[name] ?? name, value]));
}
