import { existsSync } from 'node:fs';
import { prepareDirectory } from './storage/directory.js';
import { findRunningOwner } from './storage/owner.js';

/**
 * The address of the process that has a directory open, for a second client; undefined when nobody has.
 *
 * @throws DirectoryRefused when others may write to the directory: then `owner.json` could name an address of theirs
 */
export async function findRunningStore(directory: string): Promise<string | undefined> {
  if (!existsSync(directory)) return undefined;
  prepareDirectory(directory);
  return (await findRunningOwner(directory))?.uri;
}
