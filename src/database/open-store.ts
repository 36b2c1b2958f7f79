import { DirectoryInUse, findRunningStore, startEmbeddedStore, type StoreHealth } from '../embedded-store/index.js';

/** Where the data is. `close` ends what was started for it. */
export interface Store {
  uri: string;
  /** What keeps it from taking writes, as far as this process can know; a server elsewhere says so in its answers. */
  health(): Promise<StoreHealth>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Tests run from TypeScript, where the store's worker has no compiled file to start from. */
  sameThread?: boolean;
  /** Becomes a second client where a server has the data directory open, which goes on when this `Store` is closed. */
  join?: boolean;
}

/**
 * The database that `mongodbUri` names, or else the embedded store in `dataDir`. The one place that knows the difference:
 * everything else talks to a MongoDB.
 */
export async function openStore(
  where: { mongodbUri: string | undefined; dataDir: string },
  { join = false, ...options }: OpenOptions = {},
): Promise<Store> {
  const open = () => startEmbeddedStore({ directory: where.dataDir, ...options });
  if (where.mongodbUri !== undefined) return clientOf(where.mongodbUri);
  if (!join) return open();
  const running = await findRunningStore(where.dataDir);
  if (running !== undefined) return clientOf(running);
  try {
    return await open();
  } catch (error) {
    // A server that started in between.
    const started = error instanceof DirectoryInUse ? await findRunningStore(where.dataDir) : undefined;
    if (started === undefined) throw error;
    return clientOf(started);
  }
}

const clientOf = (uri: string): Store => ({
  uri,
  health: async () => ({ isWritable: true }),
  close: async () => {},
});
