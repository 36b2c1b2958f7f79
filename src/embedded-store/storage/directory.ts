import { chmodSync, mkdirSync, readdirSync, statfsSync, statSync } from 'node:fs';

/** File systems whose locks and syncs cannot be relied on, by the magic number of statfs(2). */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'CephFS'],
  [0x564c, 'NCP'],
  [0x73757245, 'Coda'],
]);

/** A data directory that the store will not use; the message is for the operator. */
export class DirectoryRefused extends Error {}

/**
 * Makes the directory (0700), or checks one that is there: ours, private, on a local disk.
 *
 * @throws DirectoryRefused
 */
export function prepareDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  refuseNetwork(directory);
  const { uid, mode } = statSync(directory);
  if (process.getuid && uid !== process.getuid())
    throw new DirectoryRefused(`${directory} belongs to another user (${uid})`);
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  // An empty directory was made for us with a common umask (a mounted volume, mkdir): close it. One with files may be shared on purpose.
  if (readdirSync(directory).length > 0) {
    const shown = (mode & 0o777).toString(8);
    throw new DirectoryRefused(
      `${directory} may be entered by other users (mode ${shown}); run: chmod 700 ${directory}`,
    );
  }
  chmodSync(directory, 0o700);
}

function refuseNetwork(directory: string): void {
  const name = NETWORK_FILE_SYSTEMS.get(statfsSync(directory).type >>> 0);
  if (name)
    throw new DirectoryRefused(
      `${directory} is on a network file system (${name}); the embedded store needs a local disk`,
    );
}
