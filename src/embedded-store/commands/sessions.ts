import type { Binary } from 'bson';
import { ErrorCodes, MongoError } from '../errors.js';
import { toDoc } from '../bson/convert.js';
import type { Doc, Value } from '../bson/value.js';
import { Transaction } from '../storage/transaction.js';
import type { Engine } from '../storage/engine.js';
import type { Reply } from './command.js';
import { TRANSIENT } from './error-reply.js';

/** MongoDB's localLogicalSessionTimeoutMinutes. */
export const SESSION_MINUTES = 30;
const SWEEP_MS = 60_000;

/** A retryable write that ran, or runs: its repetitions get the same reply. */
interface RetryableWrite {
  txnNumber: bigint;
  reply: Promise<Reply>;
}

/** A logical session: the last retryable write and the last transaction of one client. */
export class Session {
  lastUsed = Date.now();
  readonly key: string;
  write: RetryableWrite | undefined;
  transaction: Transaction | undefined;
  /** The highest number seen; lower ones are too old. */
  txnNumber = -1n;

  constructor(
    readonly lsid: Value,
    private readonly engine: Engine,
  ) {
    this.key = keyOf(lsid);
  }

  /**
   * Begins a retryable write or a transaction with this number, unless it is the current one.
   *
   * @throws MongoError 225 when a higher number was seen
   */
  advance(txnNumber: bigint): void {
    if (txnNumber < this.txnNumber) throw tooOld(txnNumber, this.txnNumber);
    if (txnNumber === this.txnNumber) return;
    this.transaction?.abort();
    this.transaction = undefined;
    this.write = undefined;
    this.txnNumber = txnNumber;
  }

  /** Runs a retryable write once. What failed as a whole did nothing and may run again. */
  once(txnNumber: bigint, run: () => Reply | Promise<Reply>): Promise<Reply> {
    this.advance(txnNumber);
    if (this.transaction)
      throw new MongoError(
        ErrorCodes.NoSuchTransaction,
        `txnNumber ${txnNumber} belongs to a transaction of this session`,
      );
    if (this.write) return this.write.reply;
    const reply = (async () => run())();
    this.write = { txnNumber, reply };
    reply.catch(() => {
      if (this.write?.reply === reply) this.write = undefined;
    });
    return reply;
  }

  startTransaction(txnNumber: bigint): Transaction {
    if (txnNumber === this.txnNumber)
      throw new MongoError(
        ErrorCodes.NoSuchTransaction,
        `a transaction or write with txnNumber ${txnNumber} has already started`,
      );
    this.advance(txnNumber);
    this.transaction = new Transaction(this.engine, { lsid: this.lsid, txnNumber });
    return this.transaction;
  }

  /** @throws MongoError 251 when it ended, was aborted, or never began */
  currentTransaction(txnNumber: bigint): Transaction {
    const transaction = this.transactionOf(txnNumber);
    if (transaction.state === 'committed' || transaction.state === 'committing') throw hasCommitted(txnNumber);
    if (transaction.state === 'aborted') throw noSuchTransaction(txnNumber);
    return transaction;
  }

  /** Commits, or waits for the commit that was asked for before: the driver repeats one whose answer was lost. */
  async commit(txnNumber: bigint): Promise<void> {
    const transaction = this.transactionOf(txnNumber);
    if (transaction.state === 'aborted') throw noSuchTransaction(txnNumber);
    await transaction.commit();
  }

  abort(txnNumber: bigint): void {
    const transaction = this.transactionOf(txnNumber);
    if (transaction.state === 'aborted') throw noSuchTransaction(txnNumber);
    if (transaction.state !== 'open') throw hasCommitted(txnNumber);
    transaction.abort();
  }

  end(): void {
    this.transaction?.abort();
  }

  private transactionOf(txnNumber: bigint): Transaction {
    if (txnNumber < this.txnNumber) throw tooOld(txnNumber, this.txnNumber);
    if (txnNumber === this.txnNumber && this.transaction) return this.transaction;
    throw noSuchTransaction(txnNumber);
  }
}

function tooOld(txnNumber: bigint, newest: bigint): MongoError {
  return new MongoError(
    ErrorCodes.TransactionTooOld,
    `Retryable write with txnNumber ${txnNumber} is prohibited on session because a newer one with txnNumber ${newest} has already started`,
  );
}

function noSuchTransaction(txnNumber: bigint): MongoError {
  const message = `Given transaction number ${txnNumber} does not match any in-progress transactions.`;
  return new MongoError(ErrorCodes.NoSuchTransaction, message, { labels: [TRANSIENT] });
}

const hasCommitted = (txnNumber: bigint): MongoError =>
  new MongoError(ErrorCodes.TransactionCommitted, `Transaction with { txnNumber: ${txnNumber} } has been committed.`);

/** All sessions that clients have named. They live in memory: a retry cannot reach another process than the one that ran the write. */
export class Sessions {
  private readonly sessions = new Map<string, Session>();
  private readonly sweeper: NodeJS.Timeout;

  constructor(private readonly engine: Engine) {
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS);
    this.sweeper.unref();
  }

  /** The session of an `lsid` document; made when it is new. */
  use(lsid: Value): Session {
    const key = keyOf(lsid);
    let session = this.sessions.get(key);
    if (!session) this.sessions.set(key, (session = new Session(lsid, this.engine)));
    session.lastUsed = Date.now();
    return session;
  }

  /** @returns the key of the session, which its cursors name as their owner */
  end(lsid: Value): string {
    const key = keyOf(lsid);
    this.sessions.get(key)?.end();
    this.sessions.delete(key);
    return key;
  }

  /** @returns the keys of all that there were */
  endAll(): string[] {
    const keys = [...this.sessions.keys()];
    for (const session of this.sessions.values()) session.end();
    this.sessions.clear();
    return keys;
  }

  /** As `$listLocalSessions` shows them. */
  describe(): Doc[] {
    return [...this.sessions.values()].map(({ lsid, lastUsed }) => toDoc({ _id: lsid, lastUse: new Date(lastUsed) }));
  }

  close(): void {
    clearInterval(this.sweeper);
    this.endAll();
  }

  private sweep(): void {
    const oldest = Date.now() - SESSION_MINUTES * 60_000;
    for (const [key, session] of this.sessions) {
      if (session.lastUsed >= oldest) continue;
      session.end();
      this.sessions.delete(key);
    }
  }
}

function keyOf(lsid: Value): string {
  const id = lsid instanceof Map ? lsid.get('id') : undefined;
  const binary = id as Binary | undefined;
  if (binary?._bsontype !== 'Binary' || binary.sub_type !== 4 || binary.length() !== 16) {
    throw new MongoError(ErrorCodes.TypeMismatch, 'lsid must be a document with a UUID in "id"');
  }
  return Buffer.from(binary.buffer).toString('hex', 0, 16);
}
