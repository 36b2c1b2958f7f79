import { Timestamp } from 'bson';
import { decode } from '../bson/decode.js';
import { encode } from '../bson/encode.js';
import { type Doc, isArray, type Value } from '../bson/value.js';
import { ErrorCodes, MongoError, unsupported } from '../errors.js';
import { MAX_DOCUMENT_BYTES } from '../storage/records.js';
import type { Connection } from '../wire/connection.js';
import type { Request } from '../wire/message.js';
import { cutArray } from '../wire/raw-body.js';
import { Budget } from './budget.js';
import type { Call, Command, Reply, Server } from './command.js';
import { commands, refusedCommands } from './commands.js';
import { checkCommonOptions, checkWriteConcern, COMMON_OPTIONS } from './common-options.js';
import { errorReply } from './error-reply.js';
import { integer, optional } from './values.js';
import type { FailPoints } from './fail-points.js';
import type { Session } from './sessions.js';

/** Answers one request. Whatever fails becomes an error reply. */
export function answer(server: Server, request: Request, connection: Connection): Uint8Array | Promise<Uint8Array> {
  try {
    const reply = server.failPoints
      ? executeFailing(server.failPoints, server, request, connection)
      : execute(server, request, connection);
    if (!(reply instanceof Promise)) return bytesOf(server, reply);
    return reply
      .then((done) => bytesOf(server, done))
      .catch((error: unknown) => bytesOf(server, errorReply(error, server.report)));
  } catch (error) {
    return bytesOf(server, errorReply(error, server.report));
  }
}

async function executeFailing(
  failPoints: FailPoints,
  server: Server,
  request: Request,
  connection: Connection,
): Promise<Reply> {
  const { args, documents } = readArguments(request);
  const list = ['updates', 'deletes', 'ops'].map((name) => args.get(name)).find(isArray);
  const session = args.has('lsid') ? server.sessions.use(args.get('lsid')!) : undefined;
  const { fields, isLost } = await failPoints.meet({
    args,
    connection,
    statements: documents?.length ?? list?.length ?? 1,
    isStream: (id) => server.cursors.isStream(id),
    isDone: session?.write !== undefined && session.write.txnNumber === optional(args, 'txnNumber', transactionNumber),
  });
  const reply = await execute(server, request, connection);
  if (isLost) connection.close();
  if (!fields) return reply;
  return new Map([...(reply instanceof Uint8Array ? decode(reply) : reply), ...fields]);
}

/** A reply may be a little larger than the largest document, which it may hold. */
const MAX_REPLY_BYTES = MAX_DOCUMENT_BYTES + 16 * 1024;

function bytesOf({ engine }: Server, reply: Reply): Uint8Array {
  if (reply instanceof Uint8Array) return reply;
  // A session that reads after it wrote says so with this, also where a command failed.
  reply.set('operationTime', new Timestamp(engine.feed.operationTime));
  const bytes = encode(reply);
  if (bytes.length <= MAX_REPLY_BYTES) return bytes;
  throw new MongoError(
    ErrorCodes.BSONObjectTooLarge,
    `the reply would have ${bytes.length} bytes, more than a document may have`,
  );
}

function execute(server: Server, request: Request, connection: Connection): Reply | Promise<Reply> {
  const { args, documents } = readArguments(request);
  const [name] = args.keys();
  const command = name === undefined ? undefined : commands.get(name);
  if (name !== undefined && refusedCommands.has(name)) throw unsupported(`the command ${name}`);
  if (name === undefined || !command) throw new MongoError(59, `no such command: '${name}'`);
  if (!connection.isAuthenticated && !command.isOpen)
    throw new MongoError(ErrorCodes.Unauthorized, `Command ${name} requires authentication`);
  if (request.namespace !== undefined && command.options !== 'any') {
    throw new MongoError(352, `Unsupported OP_QUERY command: ${name}. The client driver may require an upgrade.`);
  }
  const database = request.namespace?.replace(/\.\$cmd$/, '') ?? args.get('$db');
  if (typeof database !== 'string') throw new MongoError(40414, 'OP_MSG requests require a $db argument');
  refuseUnknown(name, command, args);
  checkCommonOptions(args);
  const lsid = args.get('lsid');
  const session = lsid === undefined ? undefined : server.sessions.use(lsid);
  const budget = new Budget(deadlineOf(name, args));
  const call: Call = { server, connection, database, args, documents, session, transaction: undefined, budget };
  if (args.has('writeConcern') && !isWrite(command, args))
    throw new MongoError(ErrorCodes.InvalidOptions, `Command ${name} does not support writeConcern`);
  const writeConcernError = checkWriteConcern(args);
  const reply = runAs(command, name, call);
  if (!writeConcernError) return reply;
  return (async () => withField(await reply, 'writeConcernError', writeConcernError))();
}

const isWrite = ({ isWrite: is = false }: Command, args: Doc): boolean => (typeof is === 'boolean' ? is : is(args));

/** Also of a reply that is kept for repetitions of the command, and stays as it is. */
function withField(reply: Reply, name: string, value: Value): Doc {
  return new Map([...(reply instanceof Uint8Array ? decode(reply) : reply), [name, value]]);
}

/** Runs a command alone, as a retryable write, or as part of a transaction. */
function runAs(command: Command, name: string, call: Call): Reply | Promise<Reply> {
  const { args, session } = call;
  const txnNumber = optional(args, 'txnNumber', transactionNumber);
  if (txnNumber === undefined) {
    for (const option of ['autocommit', 'startTransaction']) {
      if (args.has(option)) throw new MongoError(72, `'${option}' needs a txnNumber`);
    }
    return command.run(call);
  }
  if (!session) throw new MongoError(72, 'txnNumber needs an lsid');
  if (args.has('autocommit')) return runInTransaction(command, name, call, session, txnNumber);
  if (!command.isRetryable) throw new MongoError(50768, `txnNumber may not be used with ${name}`);
  return session.once(txnNumber, () => command.run(call));
}

function readArguments({ body, sequences }: Request): { args: Doc; documents: readonly Uint8Array[] | undefined } {
  const isInsert = body[4] === 0x02 && body.toString('latin1', 5, 12) === 'insert\0';
  const cut = isInsert ? cutArray(body, 'documents') : undefined;
  const args = decode(cut?.rest ?? body);
  let documents: readonly Uint8Array[] | undefined = cut?.documents;
  for (const [name, list] of sequences ?? []) {
    if (args.has(name) || (documents && name === 'documents')) throw new MongoError(40415, `'${name}' is there twice`);
    if (isInsert && name === 'documents') documents = list;
    else
      args.set(
        name,
        list.map((document) => decode(document)),
      );
  }
  return { args, documents };
}

function refuseUnknown(name: string, command: Command, args: Doc): void {
  if (command.options === 'any') return;
  for (const option of args.keys()) {
    if (option === name || COMMON_OPTIONS.has(option) || command.options.includes(option)) continue;
    throw new MongoError(40415, `BSON field '${name}.${option}' is an unknown field.`);
  }
}

/** On getMore, maxTimeMS is how long to wait for news, not a limit. */
function deadlineOf(name: string, args: Doc): number | undefined {
  const milliseconds = optional(args, 'maxTimeMS', integer);
  if (milliseconds === undefined || milliseconds === 0 || name === 'getMore') return undefined;
  if (milliseconds < 0 || milliseconds > 0x7fffffff)
    throw new MongoError(2, `${milliseconds} value for maxTimeMS is out of range`);
  return Date.now() + milliseconds;
}

function transactionNumber(value: Value, name: string): bigint {
  const number = integer(value, name);
  if (number < 0) throw new MongoError(72, 'txnNumber must not be negative');
  return BigInt(number);
}

async function runInTransaction(
  command: Command,
  name: string,
  call: Call,
  session: Session,
  txnNumber: bigint,
): Promise<Reply> {
  if (call.args.get('autocommit') !== false) throw new MongoError(72, "'autocommit' can only be false");
  if (!command.inTransaction) throw new MongoError(263, `Cannot run '${name}' in a multi-document transaction.`);
  const starts = call.args.get('startTransaction');
  if (starts !== undefined && starts !== true) throw new MongoError(72, "'startTransaction' can only be true");
  if (name === 'commitTransaction' || name === 'abortTransaction') return command.run(call);
  if (call.args.has('writeConcern'))
    throw new MongoError(ErrorCodes.InvalidOptions, 'writeConcern is not allowed within a multi-statement transaction');
  if (!starts && call.args.has('readConcern'))
    throw new MongoError(
      ErrorCodes.InvalidOptions,
      'Only the first command in a transaction may specify a readConcern',
    );
  const transaction = starts ? session.startTransaction(txnNumber) : session.currentTransaction(txnNumber);
  try {
    return await command.run({ ...call, transaction });
  } catch (error) {
    transaction.abort();
    throw error;
  }
}
