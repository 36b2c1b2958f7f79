import type { Doc } from '../bson/value.js';
import { MongoError } from '../errors.js';
import { Continue } from '../storage/group-commit.js';
import { Locked } from '../storage/locks.js';
import type { WriteSet } from '../storage/write-set.js';
import type { Call } from './command.js';
import { errorFields, isTransient } from './error-reply.js';
import { MAX_STATEMENTS } from './limits.js';
import { int, optional, boolean } from './values.js';

/** How long one command may hold up the other writes of its group. */
const SLICE_MS = 20;

export interface BatchResult<T> {
  /** By statement, as far as it came. */
  results: (T | undefined)[];
  writeErrors: Doc[];
}

/**
 * Runs the statements of a write command in order, each whole or not at all. When ordered, the first error ends it; when not, the others
 * go on. Inside a transaction an error also ends the transaction.
 */
export async function runBatch<T>(
  call: Call,
  count: number,
  statement: (writes: WriteSet, position: number) => T,
): Promise<BatchResult<T>> {
  if (count < 1 || count > MAX_STATEMENTS) {
    throw new MongoError(16, `Write batch sizes must be between 1 and ${MAX_STATEMENTS}. Got ${count} operations.`);
  }
  const ordered = optional(call.args, 'ordered', boolean) ?? true;
  const results: (T | undefined)[] = [];
  const writeErrors: Doc[] = [];
  /** @returns false when the batch ends here */
  const runNext = (run: (work: (writes: WriteSet) => T) => T): boolean => {
    const position = results.length;
    try {
      results.push(run((writes) => statement(writes, position)));
      return true;
    } catch (error) {
      if (error instanceof Locked || isTransient(error) || !(error instanceof MongoError)) throw error;
      results.push(undefined);
      writeErrors.push(new Map([['index', int(position)], ...errorFields(error)]));
      return !ordered;
    }
  };
  const { transaction } = call;
  if (transaction) {
    while (results.length < count && runNext((work) => work(transaction.writes))) continue;
    if (writeErrors.length > 0) transaction.abort();
    return { results, writeErrors };
  }
  await call.server.engine.write(
    (writing) => {
      const sliceEnd = Date.now() + SLICE_MS;
      while (results.length < count && runNext((work) => writing.statement(work))) {
        if (results.length < count && Date.now() > sliceEnd) throw new Continue();
      }
    },
    { deadline: call.budget.deadline },
  );
  return { results, writeErrors };
}
