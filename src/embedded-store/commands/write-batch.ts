import type { Doc } from '../bson/value.js';
import { ErrorCodes, MongoError } from '../errors.js';
import type { Statements } from '../storage/engine.js';
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
  const run = new BatchRun(begin, count, optional(call.args, 'ordered', boolean) ?? true);
  const { transaction } = call;
  try {
    if (transaction) {
      const statements = { begin: () => transaction.writes, keep: () => undefined };
      while (run.next(statements)) continue;
      if (run.writeErrors.length > 0) transaction.abort();
    } else {
      const options = { deadline: call.budget.deadline, from: call.connection };
      await call.server.engine.write((statements) => run.slice(statements), options);
    }
    return run;
  } finally {
    run.close();
  }
}

/** A batch on its way. */
class BatchRun<T> implements BatchResult<T> {
  readonly results: (T | undefined)[] = [];
  readonly writeErrors: Doc[] = [];
  private statement: Statement<T> | undefined;

  constructor(
    private readonly begin: (position: number) => Statement<T>,
    private readonly count: number,
    private readonly ordered: boolean,
  ) {}

  /** @throws Continue when others are to have a turn */
  slice(statements: Statements): void {
    const end = Date.now() + SLICE_MS;
    while (this.next(statements)) if (this.results.length < this.count && Date.now() > end) throw new Continue();
  }

  /** @returns false when the batch ends here */
  next(statements: Statements): boolean {
    if (this.results.length >= this.count) return false;
    try {
      this.statement ??= this.begin(this.results.length);
      const writes = statements.begin();
      const result = this.statement.run(writes);
      statements.keep(writes);
      if (result === LATER) throw new Continue();
      if (result !== MORE) this.end(result);
      return true;
    } catch (error) {
      if (!isOfStatement(error)) throw error;
      this.writeErrors.push(new Map([['index', int(this.results.length)], ...errorFields(error)]));
      this.end(undefined);
      return !this.ordered;
    }
  }

  close(): void {
    this.statement?.close?.();
    this.statement = undefined;
  }

  private end(result: T | undefined): void {
    this.close();
    this.results.push(result);
  }
}
