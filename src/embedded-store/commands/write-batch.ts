import type { Doc } from '../bson/value.js';
import { ErrorCodes, MongoError } from '../errors.js';
import { Continue } from '../storage/group-commit.js';
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

/** Returned by a statement that has done a part, which is kept, and is to be called again. */
export const MORE = Symbol('more');

/** An error that ends one statement; others end the command, or make it wait. */
const isOfStatement = (error: unknown): error is MongoError =>
  error instanceof MongoError && error.code !== ErrorCodes.MaxTimeMSExpired && !isTransient(error);

/**
 * Runs the statements of a write command in order, each whole or not at all. When ordered, the first error ends it; when not, the others
 * go on. Inside a transaction an error also ends the transaction.
 */
export async function runBatch<T>(
  call: Call,
  count: number,
  statement: (writes: WriteSet, position: number) => T | typeof MORE,
): Promise<BatchResult<T>> {
  if (count < 1 || count > MAX_STATEMENTS) {
    throw new MongoError(16, `Write batch sizes must be between 1 and ${MAX_STATEMENTS}. Got ${count} operations.`);
  }
  const ordered = optional(call.args, 'ordered', boolean) ?? true;
  const results: (T | undefined)[] = [];
  const writeErrors: Doc[] = [];
  /** @returns false when the batch ends here */
  const runNext = (run: (work: (writes: WriteSet) => T | typeof MORE) => T | typeof MORE): boolean => {
    const position = results.length;
    try {
      const result = run((writes) => statement(writes, position));
      if (result !== MORE) results.push(result);
      return true;
    } catch (error) {
      if (!isOfStatement(error)) throw error;
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
