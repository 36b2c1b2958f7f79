import { Binary } from 'bson';
import type { Doc } from '../bson/value.js';
import { ErrorCodes, MongoError } from '../errors.js';
import type { Connection } from '../wire/connection.js';
import type { Command, Reply } from './command.js';
import { SCRAM_MECHANISM, ScramConversation, ScramRefused } from './scram.js';
import { document, int, integer, optional, required, string, toDoc } from './values.js';

const CONVERSATION_ID = 1;
/** A nonce and a name; what is longer is no message of a client that means well. */
const MOST_BYTES = 1024;

interface Pending {
  scram: ScramConversation;
  skipEmptyExchange: boolean;
  /** The proof was right; what is left is one empty exchange. */
  isProved: boolean;
}

/** What a connection is in the middle of; gone with the connection. */
const pending = new WeakMap<Connection, Pending>();

/** `options.skipEmptyExchange` spares a round; there is no other option. */
export const saslStart: Command = {
  options: ['mechanism', 'payload', 'options', 'autoAuthorize'],
  isOpen: true,
  run({ args, server, connection, database }): Reply {
    pending.delete(connection);
    const mechanism = required(args, 'mechanism', string);
    if (!server.credentials || connection.isPrivate || mechanism !== SCRAM_MECHANISM)
      throw new MongoError(334, `Unsupported authentication mechanism '${mechanism}'`);
    if (database !== 'admin') throw failed();
    const skipEmptyExchange = optional(args, 'options', document)?.get('skipEmptyExchange') === true;
    const scram = orFailed(() => new ScramConversation(server.credentials!, payloadOf(args)));
    pending.set(connection, { scram, skipEmptyExchange, isProved: false });
    return reply(scram.serverFirst, false);
  },
};

export const saslContinue: Command = {
  options: ['conversationId', 'payload'],
  isOpen: true,
  run({ args, connection }): Reply {
    const conversation = pending.get(connection);
    pending.delete(connection);
    if (!conversation || required(args, 'conversationId', integer) !== CONVERSATION_ID)
      throw new MongoError(ErrorCodes.ProtocolError, 'No SASL session state found');
    if (conversation.isProved) {
      if (payloadOf(args) !== '') throw failed();
      connection.isAuthenticated = true;
      return reply('', true);
    }
    const serverFinal = orFailed(() => conversation.scram.finish(payloadOf(args)));
    if (conversation.skipEmptyExchange) connection.isAuthenticated = true;
    else pending.set(connection, { ...conversation, isProved: true });
    return reply(serverFinal, conversation.skipEmptyExchange);
  },
};

function payloadOf(args: Doc): string {
  const payload = args.get('payload');
  if (!(payload instanceof Binary) || payload.length() > MOST_BYTES) throw failed();
  return Buffer.from(payload.value()).toString('utf8');
}

const reply = (payload: string, done: boolean): Reply =>
  toDoc({ conversationId: int(CONVERSATION_ID), done, payload: new Binary(Buffer.from(payload)), ok: 1 });

function orFailed<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw error instanceof ScramRefused ? failed() : error;
  }
}

const failed = (): MongoError => new MongoError(ErrorCodes.AuthenticationFailed, 'Authentication failed.');
