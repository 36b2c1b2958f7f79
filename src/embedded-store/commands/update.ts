import type { Doc, Value } from '../bson/value.js';
import { MongoError } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import type { CompiledSort } from '../query/types.js';
import { compileUpdate, type UpdateOptions } from '../query/update.js';
import type { Collection } from '../storage/collection.js';
import type { WriteSet } from '../storage/write-set.js';
import { changeOne, upsertOne } from './change.js';
import { collect } from './collect.js';
import { type Call, type Command, refuseRetryOfMany, type Reply } from './command.js';
import { checkCollation } from './common-options.js';
import { hint, sortOrder } from './search-options.js';
import { ensureCollection, findCollection, namespaceOf, variablesOf, wasDropped } from './namespace.js';
import { statementsOf } from './statement.js';
import { boolean, document, int, optional, required, toDoc } from './values.js';
import { runBatch } from './write-batch.js';

const STATEMENT_OPTIONS: ReadonlySet<string> = new Set([
  'q',
  'u',
  'multi',
  'upsert',
  'arrayFilters',
  'hint',
  'sort',
  'collation',
]);

export const update: Command = {
  options: ['updates', 'ordered', 'let', 'bypassDocumentValidation', 'bypassEmptyTsReplacement'],
  inTransaction: true,
  isRetryable: true,
  run,
};

export interface UpdateOutcome {
  matched: number;
  modified: number;
  upsertedId?: Value;
}

async function run(call: Call): Promise<Reply> {
  const namespace = namespaceOf(call);
  const options = updateOptions(call.args, variablesOf(call.args));
  const statements = statementsOf(call.args, 'updates', STATEMENT_OPTIONS).map((statement) =>
    readUpdate(statement, options),
  );
  if (statements.some((statement) => statement.upsert)) await ensureCollection(call, namespace);
  const { results, writeErrors } = await runBatch(call, statements.length, (writes, position) => {
    const collection = findCollection(call, namespace);
    if (collection) return runUpdate(call, writes, collection, statements[position]!);
    if (statements[position]!.upsert) throw wasDropped(namespace);
    return { matched: 0, modified: 0 };
  });
  return summary(results, writeErrors);
}

function summary(results: (UpdateOutcome | undefined)[], writeErrors: Doc[]): Doc {
  let [n, modified] = [0, 0];
  const upserted: Doc[] = [];
  for (const [index, outcome] of results.entries()) {
    if (!outcome) continue;
    n += outcome.matched;
    modified += outcome.modified;
    if (outcome.upsertedId !== undefined) upserted.push(toDoc({ index: int(index), _id: outcome.upsertedId }));
  }
  return toDoc({
    n: int(n + upserted.length),
    nModified: int(modified),
    ...(upserted.length > 0 && { upserted }),
    ...(writeErrors.length > 0 && { writeErrors }),
    ok: 1,
  });
}

export interface UpdateStatement {
  upsert: boolean;
  multi: boolean;
  hint: string | Doc | undefined;
  sort: CompiledSort | undefined;
  /** What is wrong in the filter or the update is an error of the statement, not of the command. */
  compile(): { filter: ReturnType<typeof compileFilter>; update: ReturnType<typeof compileUpdate> };
}

/** One update as commands have it, `{q, u, …}`. */
export function readUpdate(statement: Doc, options: UpdateOptions): UpdateStatement {
  const filter = required(statement, 'q', document);
  const change = statement.get('u');
  if (!(change instanceof Map) && !Array.isArray(change))
    throw new MongoError(9, 'Update argument must be either an object or an array');
  const collation = statement.get('collation');
  if (collation !== undefined) checkCollation(collation);
  const multi = optional(statement, 'multi', boolean) ?? false;
  const sort = optional(statement, 'sort', sortOrder);
  if (multi && sort) throw new MongoError(9, 'Cannot specify sort with multi=true');
  return {
    multi,
    sort,
    upsert: optional(statement, 'upsert', boolean) ?? false,
    hint: optional(statement, 'hint', hint),
    compile: () => {
      const compiled = compileUpdate(change, { ...options, arrayFilters: arrayFilters(statement) });
      if (multi && compiled.kind === 'replacement')
        throw new MongoError(9, 'multi update is not supported for replacement-style update');
      return { filter: compileFilter(filter, { let: options.let }), update: compiled };
    },
  };
}

/** What the statements of a command share, and findAndModify's own array filters. */
export const updateOptions = (args: Doc, variables: Doc | undefined): UpdateOptions => ({
  arrayFilters: arrayFilters(args),
  let: variables,
  keepsEmptyTimestamps: optional(args, 'bypassEmptyTsReplacement', boolean),
});

function arrayFilters(args: Doc): Doc[] | undefined {
  const list = args.get('arrayFilters');
  if (list === undefined) return undefined;
  if (!Array.isArray(list))
    throw new MongoError(14, "BSON field 'arrayFilters' is the wrong type, expected type 'array'");
  return list.map((filter) => document(filter, 'arrayFilters'));
}

/** Runs inside of one statement. */
export function runUpdate(
  call: Call,
  writes: WriteSet,
  collection: Collection,
  statement: UpdateStatement,
): UpdateOutcome {
  if (statement.multi) refuseRetryOfMany(call);
  const compiled = statement.compile();
  const selection = {
    filter: compiled.filter,
    sort: statement.sort,
    hint: statement.hint,
    limit: statement.multi ? 0 : 1,
  };
  const found = collect(writes, collection, selection, call.budget);
  if (found.length === 0 && statement.upsert) {
    return { matched: 0, modified: 0, upsertedId: upsertOne(writes, collection, compiled).get('_id')! };
  }
  let modified = 0;
  for (const stored of found) if (changeOne(writes, collection, stored, compiled).isModified) modified++;
  return { matched: found.length, modified };
}
