import type { Doc } from '../bson/value.js';
import { MongoError } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import type { Collection } from '../storage/collection.js';
import { removeRecord } from '../storage/records.js';
import type { StoredDocument } from '../storage/stored-document.js';
import type { WriteSet } from '../storage/write-set.js';
import { type Call, type Command, readerOf, refuseRetryOfMany, type Reply } from './command.js';
import { checkCollation } from './common-options.js';
import { hint } from './search-options.js';
import { findCollection, namespaceOf, variablesOf } from './namespace.js';
import { select, type Selection } from './select.js';
import { statementsOf } from './statement.js';
import { document, int, integer, optional, required, toDoc } from './values.js';
import { MORE, runBatch } from './write-batch.js';

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
    readDelete(statement, variables),
  );
  const deletions = new Map<number, Deletion>();
  const { results, writeErrors } = await runBatch(call, statements.length, (writes, position) => {
    const collection = findCollection(call, namespace);
    if (!collection) return 0;
    let deletion = deletions.get(position);
    if (!deletion) deletions.set(position, (deletion = new Deletion(call, collection, statements[position]!())));
    return deletion.removeSome(writes);
  });
  const n = results.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return toDoc({ n: int(n), ...(writeErrors.length > 0 && { writeErrors }), ok: 1 });
}

/** Documents removed in one go, so that a large deletion does not hold up the other writes. */
const SLICE = 2000;

/** One statement. Nothing about a document can make its removal fail, so a large one may be done in parts. */
export class Deletion {
  private matching: Iterator<StoredDocument | null>;
  private count = 0;

  constructor(
    private readonly call: Call,
    private readonly collection: Collection,
    private readonly selection: Selection,
  ) {
    if (selection.limit === 0) refuseRetryOfMany(call);
    this.matching = this.start();
  }

  /** May be called again after it had to wait for a lock: what it had found by then is searched for anew. */
  removeSome(writes: WriteSet): number | typeof MORE {
    const found: StoredDocument[] = [];
    try {
      let next = this.matching.next();
      for (; !next.done; next = this.matching.next()) {
        if (next.value) found.push(next.value.forget());
        if (found.length === SLICE) break;
      }
      for (const stored of found) removeRecord(writes, this.collection, stored.forget());
      this.count += found.length;
      return next.done ? this.count : MORE;
    } catch (error) {
      this.matching = this.start();
      throw error;
    }
  }

  private start(): Iterator<StoredDocument | null> {
    // Inside a write transaction the store itself shows what the transaction has written.
    return select(readerOf(this.call), this.collection, this.selection, this.call.budget);
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
