import { encode } from '../bson/encode.js';
import { type Doc, isArray } from '../bson/value.js';
import { ErrorCodes, MongoError } from '../errors.js';
import { cursorBatchSize, openCursor, ResultSource } from './batches.js';
import { type BulkOp, type BulkOutcome, readOps } from './bulk-ops.js';
import type { Call, Command, Reply } from './command.js';
import { ensureCollection, partsOf } from './namespace.js';
import { boolean, document, int, optional, required, string, toDoc } from './values.js';
import { runBatch } from './write-batch.js';

/** Writes of all kinds to several collections in one command, as drivers send them to MongoDB 8.0. */
export const bulkWrite: Command = {
  options: [
    'ops',
    'nsInfo',
    'ordered',
    'errorsOnly',
    'let',
    'cursor',
    'bypassDocumentValidation',
    'bypassEmptyTsReplacement',
  ],
  inTransaction: true,
  isRetryable: true,
  isWrite: true,
  run,
};

async function run(call: Call): Promise<Reply> {
  if (call.database !== 'admin')
    throw new MongoError(ErrorCodes.Unauthorized, 'bulkWrite may only be run against the admin database.');
  const errorsOnly = optional(call.args, 'errorsOnly', boolean) ?? false;
  const batchSize = cursorBatchSize(call);
  const ops = readOps(call, namespacesOf(call));
  for (const namespace of new Set(ops.filter((op) => op.makesCollection).map((op) => op.namespace)))
    await ensureCollection(call, namespace);
  const { results, writeErrors } = await runBatch(call, ops.length, (position) => ops[position]!.begin());
  const entries = entriesOf(ops, results, writeErrors).filter(({ isError }) => isError || !errorsOnly);
  const source = new ResultSource(entries.map(({ entry }) => encode(entry)).values(), false);
  return openCursor(call, 'admin.$cmd.bulkWrite', source, { batchSize, fields: sums(results, writeErrors.length) });
}

function namespacesOf({ args }: Call): string[] {
  const list = args.get('nsInfo');
  if (!isArray(list)) throw new MongoError(40414, "BSON field 'bulkWrite.nsInfo' is missing but a required field");
  return list.map((value) => {
    const info = document(value, 'nsInfo');
    for (const field of info.keys())
      if (field !== 'ns') throw new MongoError(40415, `BSON field 'bulkWrite.nsInfo.${field}' is an unknown field.`);
    return partsOf(required(info, 'ns', string)).namespace;
  });
}

interface Entry {
  entry: Doc;
  isError: boolean;
}

/** What is told of each operation that ran, by its position. */
function entriesOf(ops: BulkOp[], results: (BulkOutcome | undefined)[], writeErrors: Doc[]): Entry[] {
  const errors = new Map(writeErrors.map((error) => [Number(error.get('index')), error]));
  return results.map((result, idx) => {
    const error = errors.get(idx);
    if (!error) return { entry: toDoc({ ok: 1, idx: int(idx), ...counts(result!) }), isError: false };
    const { index: _index, ...fields } = Object.fromEntries(error);
    const none = { n: int(0), ...(ops[idx]!.kind === 'update' && { nModified: int(0) }) };
    return { entry: toDoc({ ok: 0, idx: int(idx), ...fields, ...none }), isError: true };
  });
}

function counts(result: BulkOutcome): Record<string, unknown> {
  if (result.kind === 'insert') return { n: int(1) };
  if (result.kind === 'delete') return { n: int(result.count) };
  const { matched, modified, upsertedId } = result;
  if (upsertedId === undefined) return { n: int(matched), nModified: int(modified) };
  return { n: int(1), nModified: int(0), upserted: toDoc({ _id: upsertedId }) };
}

function sums(results: (BulkOutcome | undefined)[], nErrors: number): Doc {
  let [nInserted, nMatched, nModified, nUpserted, nDeleted] = [0, 0, 0, 0, 0];
  for (const result of results) {
    if (result?.kind === 'insert') nInserted++;
    else if (result?.kind === 'delete') nDeleted += result.count;
    else if (result) {
      nMatched += result.matched;
      nModified += result.modified;
      if (result.upsertedId !== undefined) nUpserted++;
    }
  }
  const all = { nErrors, nInserted, nMatched, nModified, nUpserted, nDeleted };
  return toDoc(Object.fromEntries(Object.entries(all).map(([name, count]) => [name, int(count)])));
}
