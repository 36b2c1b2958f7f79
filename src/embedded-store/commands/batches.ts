import { encode } from '../bson/encode.js';
import type { Doc } from '../bson/value.js';
import { MongoError } from '../errors.js';
import { cursorReply } from '../wire/cursor-reply.js';
import type { Budget } from './budget.js';
import type { Batch, BatchRequest, Source } from './cursors.js';
import type { Call, Reply } from './command.js';
import { DEFAULT_FIRST_BATCH, MAX_BATCH_BYTES } from './limits.js';
import { document, integer, optional } from './values.js';

/** Documents of a result as BSON; null asks for a turn of the event loop. */
export type Results = Iterator<Uint8Array | null, unknown, undefined>;

/** Cuts results into batches. */
export class ResultSource implements Source {
  isPatient = false;
  /** It did not fit into the last batch. */
  private held: Uint8Array | undefined;
  private budget: Budget | undefined;

  /** @param left at most so many documents are to come */
  constructor(
    private readonly results: Results,
    readonly isSnapshot: boolean,
    private left = Infinity,
  ) {}

  next(request: BatchRequest): Batch | Promise<Batch> {
    const batch: Batch = { documents: [], isLast: false };
    const filling = { batch, bytes: 0, size: request.size ?? Infinity };
    // The results were begun with the budget of the command that opened the cursor, and stay within it.
    const budget = (this.budget ??= request.budget);
    budget.resume();
    if (this.gather(filling)) return paused(budget, batch);
    return (async () => {
      do await budget.breathe();
      while (!this.gather(filling));
      return paused(budget, batch);
    })();
  }

  close(): void {
    this.results.return?.();
  }

  /** @returns false when interrupted, to be called again */
  private gather(filling: { batch: Batch; bytes: number; size: number }): boolean {
    const { batch, size } = filling;
    while (batch.documents.length < size && this.left > 0) {
      const next = this.held ? { done: false, value: this.held } : this.results.next();
      if (next.done) {
        batch.isLast = true;
        return true;
      }
      const document = next.value!;
      if (document === null) return false;
      filling.bytes += document.length;
      if (filling.bytes > MAX_BATCH_BYTES && batch.documents.length > 0) {
        this.held = document;
        return true;
      }
      this.held = undefined;
      batch.documents.push(document);
      this.left--;
    }
    batch.isLast = this.left <= 0;
    return true;
  }
}

function paused(budget: Budget, batch: Batch): Batch {
  budget.pause();
  return batch;
}

/** The session and transaction that a cursor belongs to. */
export function cursorOwner({ session, transaction }: Call): string {
  return session ? `${session.key}${transaction ? `/${session.txnNumber}` : ''}` : '';
}

interface FirstBatchOptions {
  batchSize?: number | undefined;
  isSingle?: boolean;
  /** What the reply has besides the cursor. */
  fields?: Doc;
}

/** First batch of a source, and a cursor when more may come. */
export function openCursor(
  call: Call,
  namespace: string,
  source: Source,
  { batchSize = DEFAULT_FIRST_BATCH, isSingle = false, fields }: FirstBatchOptions = {},
): Reply | Promise<Reply> {
  const request: BatchRequest = { size: batchSize, budget: call.budget, waitMs: 0, connection: call.connection };
  const reply = (batch: Batch): Reply => {
    let id = 0n;
    if (batch.isLast || isSingle) source.close();
    else id = call.server.cursors.open(namespace, source, cursorOwner(call)).id;
    return cursorReply({
      batchName: 'firstBatch',
      documents: batch.documents,
      id,
      namespace,
      operationTime: call.server.engine.feed.operationTime,
      ...batch.stream,
      fields: fields && encode(fields),
    });
  };
  const batch = source.next(request);
  return batch instanceof Promise ? batch.then(reply) : reply(batch);
}

/** Answers with documents that are all there, for commands with a `cursor: {batchSize}` option. */
export function firstBatch(call: Call, namespace: string, results: Results): Reply | Promise<Reply> {
  return openCursor(call, namespace, new ResultSource(results, false), { batchSize: cursorBatchSize(call) });
}

/** `cursor.batchSize` */
export function cursorBatchSize({ args }: Call): number | undefined {
  const cursor = optional(args, 'cursor', document);
  if (!cursor) return undefined;
  for (const option of cursor.keys()) {
    if (option !== 'batchSize') throw new MongoError(40415, `BSON field 'cursor.${option}' is an unknown field.`);
  }
  return optional(cursor, 'batchSize', batchSize);
}

export function batchSize(value: Parameters<typeof integer>[0], name: string): number {
  const size = integer(value, name);
  if (size < 0) throw new MongoError(51024, `BSON field '${name}' value must be >= 0, actual value '${size}'`);
  return size;
}
