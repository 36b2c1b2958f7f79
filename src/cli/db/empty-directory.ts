import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepareDirectory } from '../../embedded-store/index.js';
import { giveName } from './files.js';

/** Where data is put together inside the data directory, until all of it is there and right. */
const UNFINISHED = 'restore-';
/** The master key may have been brought before the data. */
const MAY_BE_THERE = new Set(['master.key']);

/**
 * Fills an empty data directory: all or nothing. What an interrupted run left is removed.
 *
 * @param make puts data.mdb into the directory that it is given, checks it and leaves it closed
 * @throws DirectoryRefused, and in words when there is data already
 */
export async function fillDirectory(dataDir: string, make: (path: string) => Promise<void>): Promise<void> {
  prepareDirectory(dataDir);
  const names = readdirSync(dataDir);
  const other = names.find((name) => !MAY_BE_THERE.has(name) && !name.startsWith(UNFINISHED));
  if (other !== undefined) {
    throw new Error(
      `${dataDir}: is not empty (${other} is there); name a new directory with LATCHKEY_DATA_DIR, or move the old data away`,
    );
  }
  for (const name of names) if (name.startsWith(UNFINISHED)) rmSync(join(dataDir, name), { recursive: true });
  const path = join(dataDir, `${UNFINISHED}${randomUUID()}`);
  mkdirSync(path, { mode: 0o700 });
  try {
    await make(path);
    giveName(join(path, 'data.mdb'), join(dataDir, 'data.mdb'));
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
