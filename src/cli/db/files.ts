import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Gives a finished file its name, and never takes the name of another.
 *
 * @throws in words when the name is taken
 */
export function giveName(unfinished: string, path: string): void {
  try {
    linkSync(unfinished, path);
    unlinkSync(unfinished);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new Error(`${path}: is there already, and is not overwritten`, { cause: error });
    // Some file systems (FAT, for one) know no links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code ?? '')) throw error;
    if (existsSync(path)) throw new Error(`${path}: is there already, and is not overwritten`, { cause: error });
    renameSync(unfinished, path);
  }
  syncDirectory(dirname(path));
}

/** Makes new names in it outlast a power cut. Windows cannot open a directory. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
