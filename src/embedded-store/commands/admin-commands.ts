import { ErrorCodes, MongoError } from '../errors.js';
import type { Command, Reply } from './command.js';
import { SCRAM_MECHANISM, SCRAM_USER } from './scram.js';
import { integer, long, optional, toDoc } from './values.js';
import { MAX_DOCUMENT_BYTES } from '../storage/records.js';
import { TRANSACTION_LIFETIME_MS } from '../storage/transaction.js';

/** The MongoDB whose behaviour the store keeps to. */
const VERSION = [8, 0, 0, 0];

export const ping: Command = { options: [], isOpen: true, run: () => toDoc({ ok: 1 }) };

export const buildInfo: Command = {
  options: [],
  isOpen: true,
  run: () =>
    toDoc({
      version: VERSION.slice(0, 3).join('.'),
      versionArray: VERSION,
      gitVersion: 'latchkey-embedded-store',
      modules: [],
      storageEngines: ['lmdb'],
      javascriptEngine: 'none',
      bits: 64,
      debug: false,
      maxBsonObjectSize: MAX_DOCUMENT_BYTES,
      ok: 1,
    }),
};

/** What drivers and tools ask for. */
export const getParameter: Command = {
  options: [
    'featureCompatibilityVersion',
    'authenticationMechanisms',
    'transactionLifetimeLimitSeconds',
    'enableTestCommands',
  ],
  run({ args, server }): Reply {
    const parameters = new Map<string, unknown>([
      ['featureCompatibilityVersion', { version: '8.0' }],
      ['authenticationMechanisms', server.credentials ? [SCRAM_MECHANISM] : []],
      ['transactionLifetimeLimitSeconds', TRANSACTION_LIFETIME_MS / 1000],
      ['enableTestCommands', server.failPoints !== undefined],
    ]);
    const all = args.get('getParameter') === '*';
    const found = [...parameters].filter(([name]) => all || args.has(name));
    if (found.length === 0) throw new MongoError(ErrorCodes.InvalidOptions, 'no option found to get');
    return toDoc({ ...Object.fromEntries(found), ok: 1 });
  },
};

export const connectionStatus: Command = {
  options: ['showPrivileges'],
  isOpen: true,
  run: ({ args, connection }) => {
    const isUser = connection.isAuthenticated && !connection.isPrivate;
    const users = isUser ? [{ user: SCRAM_USER, db: 'admin' }] : [];
    const privileges = args.get('showPrivileges') === true ? { authenticatedUserPrivileges: [] } : {};
    return toDoc({ authInfo: { authenticatedUsers: users, authenticatedUserRoles: [], ...privileges }, ok: 1 });
  },
};

export const dbStats: Command = {
  options: ['scale', 'freeStorage'],
  run({ args, database, server }): Reply {
    const scale = optional(args, 'scale', integer) ?? 1;
    const collections = server.engine.catalog.inDatabase(database);
    const objects = collections.reduce((sum, { count }) => sum + count, 0);
    const bytes = collections.reduce((sum, each) => sum + each.bytes, 0);
    const indexes = collections.reduce((sum, each) => sum + each.indexes.length + 1, 0);
    return toDoc({
      db: database,
      collections: collections.length,
      views: 0,
      objects: long(objects),
      avgObjSize: objects > 0 ? bytes / objects : 0,
      dataSize: bytes / scale,
      storageSize: server.engine.store.usedBytes() / scale,
      indexes,
      scaleFactor: scale,
      ok: 1,
    });
  },
};
