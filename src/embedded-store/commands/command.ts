import type { Doc } from '../bson/value.js';
import { MongoError } from '../errors.js';
import type { Connection } from '../wire/connection.js';
import type { Engine } from '../storage/engine.js';
import type { Reader } from '../storage/key-value.js';
import type { WriteSet } from '../storage/write-set.js';
import type { Transaction } from '../storage/transaction.js';
import type { Cursors } from './cursors.js';
import type { FailPoints } from './fail-points.js';
import type { ScramCredentials } from './scram.js';
import type { Session, Sessions } from './sessions.js';
import type { Budget } from './budget.js';

/** What commands work on; one per running store. */
export interface Server {
  engine: Engine;
  sessions: Sessions;
  cursors: Cursors;
  /** Where its files are. */
  directory: string;
  /** What clients that come over a port have to prove; undefined when there is no port. */
  credentials: ScramCredentials | undefined;
  /** Only where tests asked for them. */
  failPoints: FailPoints | undefined;
  /** A fault of ours, for the log of the process. */
  report: (error: unknown) => void;
}

/** One command on its way. */
export interface Call {
  server: Server;
  connection: Connection;
  database: string;
  /** The whole command document. */
  args: Doc;
  /** insert only: the documents as they came. */
  documents: readonly Uint8Array[] | undefined;
  session: Session | undefined;
  transaction: Transaction | undefined;
  budget: Budget;
}

/** A whole reply with `ok`, as document or as BSON. */
export type Reply = Doc | Uint8Array;

export interface Command {
  /** Fields of the command; every other one is refused (40415), but for those that all commands may have. Only the
   * handshake takes any: in it, clients tell what they can do, and newer ones tell more. */
  options: readonly string[] | 'any';
  /** Also answered to clients that have not proved who they are. */
  isOpen?: boolean;
  /** May run inside a transaction. */
  inTransaction?: boolean;
  /** Writes: a repeated txnNumber is answered with the first reply. */
  isRetryable?: boolean;
  /** Takes a `writeConcern`; others are refused with one (72). */
  isWrite?: boolean | ((args: Doc) => boolean);
  run(call: Call): Reply | Promise<Reply>;
}

/** @throws MongoError 72 for a write of many documents that is to be repeatable: a part of it may have been done */
export function refuseRetryOfMany({ args, transaction }: Call): void {
  if (args.has('txnNumber') && !transaction)
    throw new MongoError(72, 'Cannot use (or request) retryable writes with multi=true or limit=0');
}

/** Committed data, or the snapshot and writes of the call's transaction. */
export function readerOf({ server, transaction }: Call): Reader {
  return transaction ? transaction.writes : server.engine.reader;
}

/** Runs one statement: at once in the call's transaction, else durably with the other writes of this turn. */
export async function runStatement<T>(call: Call, work: (writes: WriteSet) => T): Promise<T> {
  if (call.transaction) return work(call.transaction.writes);
  return call.server.engine.write((writing) => writing.statement(work), {
    deadline: call.budget.deadline,
    from: call.connection,
  });
}
