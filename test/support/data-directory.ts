import { statfsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const IN_MEMORY = '/dev/shm';
const ROOM_BYTES = 2 * 1024 ** 3;

/** For the store of a test server: in memory where there is room, since waiting for the disk is a good part of a run. */
export function newDataDirectory(): Promise<string> {
  return mkdtemp(join(hasRoom(IN_MEMORY) ? IN_MEMORY : tmpdir(), 'latchkey-test-'));
}

function hasRoom(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize > ROOM_BYTES;
  } catch {
    return false;
  }
}
