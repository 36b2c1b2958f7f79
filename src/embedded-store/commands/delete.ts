import type { Doc } from '../bson/value.js';
import { MongoError } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { removeRecord } from '../storage/records.js';
import type { StoredDocument } from '../storage/stored-document.js';
import type { WriteSet } from '../storage/write-set.js';
import { type Call, type Command, readerOf, refuseRetryOfMany, type Reply } from './command.js';
import { checkCollation } from './common-options.js';
import { MAX_DOCUMENTS_AT_ONCE, SLICE_BYTES, SLICE_MS } from './limits.js';
import { hint } from './search-options.js';
import { findCollection, namespaceOf, variablesOf } from './namespace.js';
import { select, type Selection } from './select.js';
import { statementsOf } from './statement.js';
import { document, int, integer, optional, required, toDoc } from './values.js';
import { LATER, MORE, runBatch, type Statement } from './write-batch.js';

const STATEMENT_OPTIONS: ReadonlySet<string> = new Set(['q', 'limit', 'hint', 'collation']);

/** `delete` is a reserved word. */
export const deleteCommand: Command = {
  options: ['deletes', 'ordered', 'let', 'bypassDocumentValidation'],
  inTransaction: true,
  isRetryable: true,
  isWrite: true,
  run,
};

async function run(call: Call): Promise<Reply> {
  const namespace = namespaceOf(call);
  const variables = variablesOf(call.args);
  const statements = statementsOf(call.args, 'deletes', STATEMENT_OPTIONS).map((statement) =>
    readDelete(statement, variables),
  );
  const { results, writeErrors } = await runBatch(
    call,
    statements.length,
    (position) => new Deletion(call, namespace, statements[position]!()),
  );
  const n = results.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return toDoc({ n: int(n), ...(writeErrors.length > 0 && { writeErrors }), ok: 1 });
}

/** So much is done in a slice whatever the clock says, which runs on while others have the processor. */
const LOOK_AT_CLOCK_EVERY = 100;

interface Found {
  found: StoredDocument[];
  state: 'all' | typeof MORE | typeof LATER;
}

/** One statement. Nothing about a document can make its removal fail, so a large one may be done in parts. */
export class Deletion implements Statement<number> {
  private matching: Iterator<StoredDocument | null> | undefined;
  private count = 0;

  constructor(
    private readonly call: Call,
    private readonly namespace: string,
    private readonly selection: Selection,
  ) {
    if (selection.limit === 0) refuseRetryOfMany(call);
  }

  /** Called again after it had to wait for a lock, too: what it had found by then is searched for anew. */
  run(writes: WriteSet): number | typeof MORE | typeof LATER {
    const { call } = this;
    const collection = findCollection(call, this.namespace);
    if (!collection) return this.count;
    if (!call.transaction) call.budget.renew();
    // Inside a write transaction the store itself shows what the transaction has written.
    this.matching ??= select(readerOf(call), collection, this.selection, call.budget);
    try {
      const { found, state } = this.next(this.matching);
      for (const stored of found) removeRecord(writes, collection, stored.forget());
      this.count += found.length;
      return state === 'all' ? this.count : state;
    } catch (error) {
      this.matching = undefined;
      throw error;
    }
  }

  /** Some of what matches, and whether there is more. */
  private next(matching: Iterator<StoredDocument | null>): Found {
    const found: StoredDocument[] = [];
    const end = Date.now() + SLICE_MS / 2;
    let bytes = 0;
    for (;;) {
      const { value, done } = matching.next();
      if (done || value === undefined) return { found, state: 'all' };
      if (value) {
        bytes += value.raw.length;
        found.push(value.forget());
      } else if (!this.call.transaction) return { found, state: LATER };
      const isLong = found.length % LOOK_AT_CLOCK_EVERY === 0 && Date.now() >= end;
      if (found.length === MAX_DOCUMENTS_AT_ONCE || bytes > SLICE_BYTES || isLong) return { found, state: MORE };
    }
  }
}

/** @returns the selection of `{q, limit, …}`; what is wrong in its filter is an error of the statement, not of the command */
export function readDelete(statement: Doc, variables: Doc | undefined): () => Selection {
  const filter = required(statement, 'q', document);
  const limit = required(statement, 'limit', integer);
  if (limit !== 0 && limit !== 1)
    throw new MongoError(9, `The limit field in delete objects must be 0 or 1. Got ${limit}`);
  const collation = statement.get('collation');
  if (collation !== undefined) checkCollation(collation);
  return () => ({ filter: compileFilter(filter, { let: variables }), limit, hint: optional(statement, 'hint', hint) });
}
