import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { findRunningStore, startEmbeddedStore } from '../../embedded-store/index.js';

/**
 * Makes a consistent copy of the data beside it, by the server that runs on it or by opening it, and removes it afterwards.
 *
 * @param work gets the directory of the copy, which nobody else uses
 * @throws DirectoryRefused, and whatever keeps the store from opening
 */
export async function withLiveCopy<T>(dataDir: string, work: (path: string) => Promise<T>): Promise<T> {
  if (!existsSync(join(dataDir, 'data.mdb'))) {
    throw new Error(`${dataDir}: holds no data of an embedded store (LATCHKEY_DATA_DIR names the directory)`);
  }
  const running = await findRunningStore(dataDir);
  if (running !== undefined) return withCopyFrom(running, work);
  // A server that started meanwhile would remove the copy.
  const store = await startEmbeddedStore({ directory: dataDir, sameThread: true });
  try {
    return await withCopyFrom(store.uri, work);
  } finally {
    await store.close();
  }
}

/** The copy lives as long as the connection that asked for it. */
async function withCopyFrom<T>(uri: string, work: (path: string) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri);
  try {
    const { path } = await client.db('admin').command({ latchkeyCopy: 1 });
    try {
      return await work(String(path));
    } finally {
      rmSync(String(path), { recursive: true, force: true });
    }
  } finally {
    await client.close();
  }
}
