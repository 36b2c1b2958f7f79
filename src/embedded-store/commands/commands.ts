import * as admin from './admin-commands.js';
import { aggregate } from './aggregate.js';
import { collMod } from './coll-mod.js';
import { collStats } from './coll-stats.js';
import { bulkWrite } from './bulk-write.js';
import type { Command } from './command.js';
import { count } from './count.js';
import { create } from './create.js';
import { createIndexes } from './create-indexes.js';
import { deleteCommand } from './delete.js';
import { distinct } from './distinct.js';
import { dropDatabase } from './drop-database.js';
import { dropIndexes } from './drop-indexes.js';
import { drop } from './drop.js';
import { explain } from './explain.js';
import { findAndModify } from './find-and-modify.js';
import { configureFailPoint } from './fail-points.js';
import { find } from './find.js';
import { getMore } from './get-more.js';
import { hello, isMaster } from './hello.js';
import { insert } from './insert.js';
import { killCursors } from './kill-cursors.js';
import { latchkeyCopy } from './latchkey-copy.js';
import { listCollections } from './list-collections.js';
import { listDatabases } from './list-databases.js';
import { listIndexes } from './list-indexes.js';
import { renameCollection } from './rename-collection.js';
import { saslContinue, saslStart } from './sasl-commands.js';
import { endSessions, killAllSessions, killSessions, refreshSessions } from './session-commands.js';
import { abortTransaction, commitTransaction } from './transaction-commands.js';
import { update } from './update.js';

/** Every command that there is, by the name clients use. */
export const commands: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    hello,
    isMaster,
    ismaster: isMaster,
    ping: admin.ping,
    buildInfo: admin.buildInfo,
    buildinfo: admin.buildInfo,
    configureFailPoint,
    connectionStatus: admin.connectionStatus,
    getParameter: admin.getParameter,
    dbStats: admin.dbStats,
    collStats,
    saslStart,
    saslContinue,
    latchkeyCopy,
    endSessions,
    killSessions,
    killAllSessions,
    refreshSessions,
    commitTransaction,
    abortTransaction,
    bulkWrite,
    insert,
    update,
    delete: deleteCommand,
    findAndModify,
    findandmodify: findAndModify,
    find,
    getMore,
    killCursors,
    aggregate,
    count,
    distinct,
    explain,
    create,
    drop,
    dropDatabase,
    renameCollection,
    collMod,
    createIndexes,
    dropIndexes,
    listIndexes,
    listCollections,
    listDatabases,
  }),
);

/** Commands over data that only a replica set has; what else there is not is unknown (59), as to a server of another version. */
export const refusedCommands: ReadonlySet<string> = new Set([
  'analyze',
  'cloneCollectionAsCapped',
  'convertToCapped',
  'createSearchIndexes',
  'createUser',
  'filemd5',
  'listSearchIndexes',
  'mapReduce',
  'mapreduce',
]);
