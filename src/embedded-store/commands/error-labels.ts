import type { Doc } from '../bson/value.js';
import { RETRYABLE_WRITE, TRANSIENT } from './error-reply.js';
import { integer, optional } from './values.js';

/** HostUnreachable and so on: what MongoDB says may be over when the command is sent again. */
const RETRIABLE: ReadonlySet<number> = new Set([6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);
/** LockTimeout, WriteConflict, SnapshotUnavailable, PreparedTransactionInProgress, and others that only clusters have. */
const CONFLICTS: ReadonlySet<number> = new Set([24, 112, 246, 239, 267]);
const NO_SUCH_TRANSACTION = 251;

/** RetryChangeStream, FailedToSatisfyReadPreference, and what only shards say. */
const RESUMABLE: ReadonlySet<number> = new Set([63, 133, 150, 234, 13388]);

/** The label of an error that ends a change stream, where the driver may resume it. */
export const streamLabelsOf = (code: number): string[] =>
  RETRIABLE.has(code) || RESUMABLE.has(code) ? ['ResumableChangeStreamError'] : [];

/** The labels of an error in waiting for other nodes, after a write that was done: in a transaction only its end is waited for. */
export function waitLabelsOf(error: Doc | undefined, args: Doc): string[] {
  const code = error && optional(error, 'code', integer);
  return labelsOf(code, args).filter((label) => label === RETRYABLE_WRITE);
}

/** The labels that a server puts on an error with that code: in a transaction, or of a write that a driver may repeat. */
export function labelsOf(code: number | undefined, args: Doc): string[] {
  if (code === undefined || !args.has('txnNumber')) return [];
  const isEnd = args.has('commitTransaction') || args.has('abortTransaction');
  const labels: string[] = [];
  const isTransient = CONFLICTS.has(code) || code === NO_SUCH_TRANSACTION || (!isEnd && RETRIABLE.has(code));
  if (args.has('autocommit') && isTransient) labels.push(TRANSIENT);
  if ((!args.has('autocommit') || isEnd) && RETRIABLE.has(code)) labels.push(RETRYABLE_WRITE);
  return labels;
}
