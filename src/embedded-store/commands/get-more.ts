import { badValue, MongoError } from '../errors.js';
import { cursorReply } from '../wire/cursor-reply.js';
import { batchSize, cursorOwner } from './batches.js';
import type { Call, Command, Reply } from './command.js';
import type { Batch, Cursor } from './cursors.js';
import { bigInteger, integer, optional, required, string } from './values.js';

export const getMore: Command = { options: ['collection', 'batchSize'], inTransaction: true, run };

function run(call: Call): Reply | Promise<Reply> {
  const { args, database, server } = call;
  const id = required(args, 'getMore', bigInteger);
  const namespace = `${database}.${required(args, 'collection', string)}`;
  const cursor = server.cursors.get(id);
  check(cursor, namespace, call);
  const size = optional(args, 'batchSize', batchSize);
  const waitMs = optional(args, 'maxTimeMS', integer);
  if (waitMs !== undefined && !cursor.source.waits)
    throw badValue('cannot set maxTimeMS on getMore command for a non-awaitData cursor');
  const request = {
    size: size === 0 ? undefined : size,
    budget: call.budget,
    connection: call.connection,
    waitMs,
  };
  cursor.isBusy = true;
  try {
    const batch = cursor.source.next(request);
    if (!(batch instanceof Promise)) return finish(call, cursor, batch);
    return batch.then(
      (done) => finish(call, cursor, done),
      (error: unknown) => fail(call, cursor, error),
    );
  } catch (error) {
    return fail(call, cursor, error);
  }
}

function check(cursor: Cursor, namespace: string, call: Call): void {
  if (cursor.namespace !== namespace) {
    throw new MongoError(
      13,
      `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
    );
  }
  if (cursor.owner !== cursorOwner(call))
    throw new MongoError(50738, `cursor id ${cursor.id} was opened in another session or transaction`);
  if (cursor.isBusy) throw new MongoError(12051, `cursor id ${cursor.id} is already in use`);
}

function finish({ server }: Call, cursor: Cursor, batch: Batch): Reply {
  cursor.isBusy = false;
  cursor.lastUsed = Date.now();
  if (batch.isLast) server.cursors.close(cursor.id);
  return cursorReply({
    batchName: 'nextBatch',
    documents: batch.documents,
    id: batch.isLast ? 0n : cursor.id,
    namespace: cursor.namespace,
    operationTime: server.engine.feed.operationTime,
    ...batch.stream,
  });
}

function fail({ server }: Call, cursor: Cursor, error: unknown): never {
  server.cursors.close(cursor.id);
  throw error;
}
