import { startEmbeddedStore } from '../embedded-store/index.js';

/** Where the data is. `close` ends what was started for it. */
export interface Store {
  uri: string;
  close(): Promise<void>;
}

/**
 * The database that `mongodbUri` names, or else the embedded store in `dataDir`. The one place that knows the difference:
 * everything else talks to a MongoDB.
 *
 * @param sameThread tests run from TypeScript, where the store's worker has no compiled file to start from
 */
export async function openStore(
  where: { mongodbUri: string | undefined; dataDir: string },
  options: { sameThread?: boolean } = {},
): Promise<Store> {
  if (where.mongodbUri !== undefined) return { uri: where.mongodbUri, close: async () => {} };
  return startEmbeddedStore({ directory: where.dataDir, ...options });
}
