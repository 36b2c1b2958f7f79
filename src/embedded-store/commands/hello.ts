import { ObjectId } from 'bson';
import { isDoc, type Value } from '../bson/value.js';
import { MAX_DOCUMENT_BYTES } from '../storage/records.js';
import { MAX_MESSAGE_BYTES } from '../wire/message.js';
import type { Call, Command } from './command.js';
import { MAX_STATEMENTS } from './limits.js';
import { SCRAM_MECHANISM } from './scram.js';
import { SESSION_MINUTES } from './sessions.js';
import { toDoc } from './values.js';

/** Name of the one-member replica set that the store presents itself as. */
export const REPLICA_SET = 'latchkey';
/** MongoDB 8.0. */
export const MAX_WIRE_VERSION = 25;

/** The handshake; `isMaster` is its name before MongoDB 5, which drivers still begin with. */
export const hello: Command = {
  options: 'any',
  isOpen: true,
  run: (call) => describe(call, 'isWritablePrimary'),
};
export const isMaster: Command = { options: 'any', isOpen: true, run: (call) => describe(call, 'ismaster') };

/** The name that the client gives its application, once for each connection. */
function noteClient(connection: Call['connection'], client: Value | undefined): void {
  const application = isDoc(client) ? client.get('application') : undefined;
  const name = isDoc(application) ? application.get('name') : undefined;
  if (typeof name === 'string') connection.appName ??= name;
}

const electionId = new ObjectId('7fffffff0000000000000001');

function describe({ connection, args }: Call, primaryField: string) {
  const me = connection.address;
  noteClient(connection, args.get('client'));
  return toDoc({
    ...(args.get('helloOk') === true && { helloOk: true }),
    [primaryField]: true,
    secondary: false,
    setName: REPLICA_SET,
    setVersion: 1,
    hosts: [me],
    primary: me,
    me,
    electionId,
    lastWrite: { lastWriteDate: new Date(), majorityWriteDate: new Date() },
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: MAX_STATEMENTS,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: SESSION_MINUTES,
    connectionId: connection.id,
    minWireVersion: 0,
    maxWireVersion: MAX_WIRE_VERSION,
    readOnly: false,
    // Asked about one user, answered alike for all.
    ...(args.has('saslSupportedMechs') && { saslSupportedMechs: [SCRAM_MECHANISM] }),
    ok: 1,
  });
}
