import { writeSync } from 'node:fs';
import { answer } from './commands/dispatch.js';
import { Cursors } from './commands/cursors.js';
import { FailPoints } from './commands/fail-points.js';
import { REPLICA_SET } from './commands/hello.js';
import { Sessions } from './commands/sessions.js';
import type { Server } from './commands/command.js';
import { type EmbeddedStore, fatalMessage, type StoreOptions } from './embedded-store.js';
import { Engine } from './storage/engine.js';
import { checkFormat } from './storage/format.js';
import { LmdbStore } from './storage/lmdb-store.js';
import { prepareDirectory } from './storage/directory.js';
import { claimDirectory, confirmOwner, DirectoryInUse, type Owner, releaseDirectory } from './storage/owner.js';
import { Reserve } from './storage/reserve.js';
import { Sweeper } from './storage/sweeper.js';
import { Listener } from './wire/listener.js';

/** How long a stop waits for commands that are running. */
const STOP_GRACE_MS = 5000;

/** Opens the store on this thread. */
export async function openStore(options: StoreOptions): Promise<EmbeddedStore> {
  const { directory } = options;
  prepareDirectory(directory);
  const listener = await Listener.bind();
  try {
    const uri = uriOf(listener.socketPath);
    const owner = await claimDirectory(directory, uri, listener.socketPath);
    try {
      return serve(options, listener, owner);
    } catch (error) {
      releaseDirectory(directory, owner);
      throw error;
    }
  } catch (error) {
    listener.close();
    throw error;
  }
}

function serve(options: StoreOptions, listener: Listener, owner: Owner): EmbeddedStore {
  const { directory } = options;
  const reserve = new Reserve(directory);
  const engine = new Engine(openFiles(directory, owner), {
    onFatal: (error) => {
      listener.close();
      (options.onFatal ?? endProcess(directory))(error instanceof Error ? error : new Error(String(error)));
    },
    onDiskFull: () => reserve.free(),
    hasRoom: () => reserve.restore(),
  });
  const server: Server = {
    engine,
    sessions: new Sessions(engine),
    cursors: new Cursors(),
    address: listener.socketPath,
    failPoints: options.failPoints ? new FailPoints() : undefined,
    report: (error) => writeSync(2, `embedded store: ${error instanceof Error ? error.stack : String(error)}\n`),
  };
  const sweeper = new Sweeper(engine);
  listener.serve((request, connection) => answer(server, request, connection), server.report);
  let closing: Promise<void> | undefined;
  return {
    uri: owner.uri,
    health: async () => healthOf(engine),
    close: () => (closing ??= close(server, listener, sweeper, () => releaseDirectory(directory, owner))),
  };
}

function openFiles(directory: string, owner: Owner): LmdbStore {
  const store = LmdbStore.open(directory);
  try {
    checkFormat(store);
    // Whoever has a reader in the files is alive, whatever owner.json says.
    const other = store.readerPids().find((pid) => pid !== process.pid);
    if (other !== undefined) throw new DirectoryInUse(directory, undefined, other);
    confirmOwner(directory, owner);
  } catch (error) {
    void store.close();
    throw error;
  }
  return store;
}

function healthOf({ isDiskFull }: Engine): { isWritable: boolean; reason?: string } {
  return isDiskFull
    ? { isWritable: false, reason: 'no space left on the device of the data directory' }
    : { isWritable: true };
}

async function close(server: Server, listener: Listener, sweeper: Sweeper, release: () => void): Promise<void> {
  listener.stopAccepting();
  sweeper.close();
  server.cursors.closeAll();
  const graceEnd = Date.now() + STOP_GRACE_MS;
  while ([...listener.connections].some((connection) => connection.isWorking) && Date.now() < graceEnd) {
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
  }
  server.sessions.close();
  listener.close();
  await server.engine.close();
  release();
}

const uriOf = (socketPath: string): string =>
  `mongodb://${encodeURIComponent(socketPath)}/?directConnection=true&replicaSet=${REPLICA_SET}`;

const endProcess = (directory: string) => (error: Error) => {
  writeSync(2, fatalMessage(directory, error));
  process.exit(70);
};
