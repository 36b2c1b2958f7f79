import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EmbeddedStore, StoreOptions } from './embedded-store.js';
import { startInWorker } from './worker-client.js';

export type { EmbeddedStore, StoreHealth, StoreOptions } from './embedded-store.js';
export { DocumentDigest } from './tools/document-digest.js';
export { StoreDamaged } from './tools/check-collection.js';
export { type CollectionInventory, StoreCopy } from './tools/store-copy.js';
export { findRunningStore } from './join.js';
export { decode as decodeBson } from './bson/decode.js';
export type { Doc } from './bson/value.js';
export { DirectoryRefused, prepareDirectory } from './storage/directory.js';
export { DirectoryInUse, findRunningOwner, type Owner } from './storage/owner.js';

export interface StartOptions extends StoreOptions {
  /** Runs on the calling thread, for tests. In a worker, which is the default, the caller never waits for a sync of the disk. */
  sameThread?: boolean;
}

/**
 * Opens a data directory and serves it on a private socket.
 *
 * @throws DirectoryRefused when the directory is not ours to use
 * @throws DirectoryInUse when another process has it open
 */
export async function startEmbeddedStore({ sameThread, ...options }: StartOptions): Promise<EmbeddedStore> {
  const worker = fileURLToPath(new URL('./worker.js', import.meta.url));
  // Run from TypeScript there is no compiled worker beside this file.
  if (!(sameThread ?? !existsSync(worker))) return startInWorker(worker, options);
  const { openStore } = await import('./open-store.js');
  return openStore(options);
}
