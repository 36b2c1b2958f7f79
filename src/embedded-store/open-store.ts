import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { answer } from './commands/dispatch.js';
import { Cursors } from './commands/cursors.js';
import { FailPoints } from './commands/fail-points.js';
import { REPLICA_SET } from './commands/hello.js';
import { removeCopies } from './commands/latchkey-copy.js';
import { SCRAM_MECHANISM, SCRAM_USER, scramCredentials } from './commands/scram.js';
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
  const listeners: Listeners = { private: await Listener.bind(), port: undefined };
  try {
    if (options.port !== undefined) listeners.port = await Listener.bindPort(options.port);
    const socket = listeners.private.address;
    const owner = await claimDirectory(directory, uriOf(encodeURIComponent(socket)), socket);
    try {
      return serve(options, listeners, owner);
    } catch (error) {
      releaseDirectory(directory, owner);
      throw error;
    }
  } catch (error) {
    for (const listener of all(listeners)) listener.close();
    throw error;
  }
}

interface Listeners {
  private: Listener;
  port: Listener | undefined;
}

const all = (listeners: Listeners): Listener[] => [listeners.private, ...(listeners.port ? [listeners.port] : [])];

function serve(options: StoreOptions, listeners: Listeners, owner: Owner): EmbeddedStore {
  const { directory } = options;
  removeCopies(directory);
  const reserve = new Reserve(directory);
  const files = openFiles(directory, owner);
  const engine = new Engine(files, {
    onFatal: (error) => {
      for (const listener of all(listeners)) listener.close();
      (options.onFatal ?? endProcess(directory))(error instanceof Error ? error : new Error(String(error)));
    },
    onDiskFull: () => reserve.free(),
    hasRoom: () => files.canGrow() && reserve.restore(),
  });
  const password = listeners.port && randomBytes(32).toString('base64url');
  const server: Server = {
    engine,
    sessions: new Sessions(engine),
    cursors: new Cursors(),
    directory,
    credentials: password === undefined ? undefined : scramCredentials(password),
    failPoints: options.failPoints ? new FailPoints() : undefined,
    report: (error) => writeSync(2, `embedded store: ${error instanceof Error ? error.stack : String(error)}\n`),
  };
  const sweeper = new Sweeper(engine);
  for (const listener of all(listeners))
    listener.serve((request, connection) => answer(server, request, connection), server.report);
  let closing: Promise<void> | undefined;
  return {
    uri: owner.uri,
    ...(listeners.port && { portUri: portUriOf(listeners.port.address, password!) }),
    health: async () => healthOf(engine),
    close: () => (closing ??= close(server, all(listeners), sweeper, () => releaseDirectory(directory, owner))),
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

/** Whoever waits for health before sending writes would wait for ever if only a write looked for room. */
function healthOf(engine: Engine): { isWritable: boolean; reason?: string } {
  engine.lookForRoom();
  return engine.isDiskFull
    ? { isWritable: false, reason: 'no space left on the device of the data directory' }
    : { isWritable: true };
}

async function close(server: Server, listeners: Listener[], sweeper: Sweeper, release: () => void): Promise<void> {
  for (const listener of listeners) listener.stopAccepting();
  sweeper.close();
  server.cursors.closeAll();
  const graceEnd = Date.now() + STOP_GRACE_MS;
  const isWorking = () => listeners.some(({ connections }) => [...connections].some((each) => each.isWorking));
  while (isWorking() && Date.now() < graceEnd) {
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
  }
  server.sessions.close();
  for (const listener of listeners) listener.close();
  await server.engine.close();
  release();
}

const uriOf = (host: string): string => `mongodb://${host}/?directConnection=true&replicaSet=${REPLICA_SET}`;

const portUriOf = (address: string, password: string): string =>
  `${uriOf(`${SCRAM_USER}:${password}@${address}`)}&authMechanism=${SCRAM_MECHANISM}`;

const endProcess = (directory: string) => (error: Error) => {
  writeSync(2, fatalMessage(directory, error));
  process.exit(70);
};
