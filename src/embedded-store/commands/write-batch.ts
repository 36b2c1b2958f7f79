import type { Doc } from '../bson/value.js';
import { ErrorCodes, MongoError } from '../errors.js';
import { Continue } from '../storage/group-commit.js';
import type { WriteSet } from '../storage/write-set.js';
import type { Call } from './command.js';
import { errorFields, isTransient } from './error-reply.js';
import { MAX_STATEMENTS, SLICE_MS } from './limits.js';
import { int, optional, boolean } from './values.js';

export interface BatchResult<T> {
  /** By statement, as far as it came. */
  results: (T | undefined)[];
  writeErrors: Doc[];
}

/** Returned by a statement that has done a part, which is kept, and is to be called again. */
export const MORE = Symbol('more');
/** The same, but not before others had a turn and what was written until now is on disk. */
export const LATER = Symbol('later');

/** One statement on its way. */
export interface Statement<T> {
  run(writes: WriteSet): T | typeof MORE | typeof LATER;
  /** Called when it is over, however it ended. */
  close?(): void;
}

/** An error that ends one statement; others end the command, or make it wait. */
const isOfStatement = (error: unknown): error is MongoError =>
  error instanceof MongoError && error.code !== ErrorCodes.MaxTimeMSExpired && !isTransient(error);

/**
 * Runs the statements of a write command in order, each whole or not at all, but for those that are done in slices. When ordered, the first error ends it; when not, the others
 * go on. Inside a transaction an error also ends the transaction.
 */
export async function runBatch<T>(
  call: Call,
  count: number,
  begin: (position: number) => Statement<T>,
): Promise<BatchResult<T>> {
  if (count < 1 || count > MAX_STATEMENTS) {
    throw new MongoError(16, `Write batch sizes must be between 1 and ${MAX_STATEMENTS}. Got ${count} operations.`);
  }
  const ordered = optional(call.args, 'ordered', boolean) ?? true;
  const results: (T | undefined)[] = [];
  const writeErrors: Doc[] = [];
  let statement: Statement<T> | undefined;
  const end = (result: T | undefined) => {
    statement?.close?.();
    statement = undefined;
    results.push(result);
  };
  type Step = T | typeof MORE | typeof LATER;
  /** @returns false when the batch ends here */
  const runNext = (run: (work: (writes: WriteSet) => Step) => Step): boolean => {
    const position = results.length;
    try {
      const result = run((writes) => (statement ??= begin(position)).run(writes));
      if (result === LATER) throw new Continue();
      if (result !== MORE) end(result);
      return true;
    } catch (error) {
      if (!isOfStatement(error)) throw error;
      end(undefined);
      writeErrors.push(new Map([['index', int(position)], ...errorFields(error)]));
      return !ordered;
    }
  };
  const { transaction } = call;
  try {
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
      { deadline: call.budget.deadline, from: call.connection },
    );
    return { results, writeErrors };
  } finally {
    statement?.close?.();
  }
}
