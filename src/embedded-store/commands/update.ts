import type { Doc } from '../bson/value.js';
import type { Call, Command, Reply } from './command.js';
import { ensureCollection, namespaceOf, variablesOf } from './namespace.js';
import { statementsOf } from './statement.js';
import { type UpdateOutcome, UpdateRun } from './update-run.js';
import { readUpdate, updateOptions, type UpdateStatement } from './update-statement.js';
import { int, toDoc } from './values.js';
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
  isWrite: true,
  run,
};

async function run(call: Call): Promise<Reply> {
  const namespace = namespaceOf(call);
  const options = updateOptions(call.args, variablesOf(call.args));
  const statements: UpdateStatement[] = [];
  for (const statement of statementsOf(call.args, 'updates', STATEMENT_OPTIONS))
    statements.push(readUpdate(statement, options));
  if (statements.some((statement) => statement.upsert)) await ensureCollection(call, namespace);
  const { results, writeErrors } = await runBatch(
    call,
    statements.length,
    (position) => new UpdateRun(call, namespace, statements[position]!),
  );
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
