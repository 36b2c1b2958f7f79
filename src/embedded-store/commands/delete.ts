import type { Doc } from '../bson/value.js';
import { MongoError } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import type { Collection } from '../storage/collection.js';
import { removeRecord } from '../storage/records.js';
import type { WriteSet } from '../storage/write-set.js';
import { collect } from './collect.js';
import type { Call, Command, Reply } from './command.js';
import { checkCollation } from './common-options.js';
import { hint } from './search-options.js';
import { findCollection, namespaceOf, variablesOf } from './namespace.js';
import type { Selection } from './select.js';
import { statementsOf } from './statement.js';
import { document, int, integer, optional, required, toDoc } from './values.js';
import { runBatch } from './write-batch.js';

const STATEMENT_OPTIONS: ReadonlySet<string> = new Set(['q', 'limit', 'hint', 'collation']);

/** `delete` is a reserved word. */
export const deleteCommand: Command = {
  options: ['deletes', 'ordered', 'let', 'bypassDocumentValidation'],
  inTransaction: true,
  isRetryable: true,
  run,
};

async function run(call: Call): Promise<Reply> {
  const namespace = namespaceOf(call);
  const variables = variablesOf(call.args);
  const statements = statementsOf(call.args, 'deletes', STATEMENT_OPTIONS).map((statement) =>
    read(statement, variables),
  );
  const { results, writeErrors } = await runBatch(call, statements.length, (writes, position) => {
    const collection = findCollection(call, namespace);
    return collection ? remove(call, writes, collection, statements[position]!()) : 0;
  });
  const n = results.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return toDoc({ n: int(n), ...(writeErrors.length > 0 && { writeErrors }), ok: 1 });
}

/** @returns the selection; what is wrong in its filter is an error of the statement, not of the command */
function read(statement: Doc, variables: Doc | undefined): () => Selection {
  const filter = required(statement, 'q', document);
  const limit = required(statement, 'limit', integer);
  if (limit !== 0 && limit !== 1)
    throw new MongoError(9, `The limit field in delete objects must be 0 or 1. Got ${limit}`);
  const collation = statement.get('collation');
  if (collation !== undefined) checkCollation(collation);
  return () => ({ filter: compileFilter(filter, { let: variables }), limit, hint: optional(statement, 'hint', hint) });
}

function remove(call: Call, writes: WriteSet, collection: Collection, selection: Selection): number {
  const found = collect(writes, collection, selection, call.budget);
  for (const stored of found) removeRecord(writes, collection, stored);
  return found.length;
}
