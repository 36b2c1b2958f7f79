import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';

const ENOUGH_BYTES = 4 << 20;
const ENOSPC = 28;
const EFBIG = 27;
/** EDQUOT, which has another number on each system. */
const QUOTA = process.platform === 'linux' ? 122 : 69;
const MAP_FULL = -30792;
const NUMBERS: readonly unknown[] = [ENOSPC, EFBIG, QUOTA, MAP_FULL];
const WORDS = /ENOSPC|EDQUOT|EFBIG|MAP_FULL|No space left|File too large|quota exceeded/i;

/** Whether an error of node or of lmdb says that a file could not grow: full disk, used up quota, or limit on the size of files. */
export function isOutOfRoom(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  return NUMBERS.includes(code) || WORDS.test(`${String(code)} ${message ?? ''}`);
}

/**
 * Whether a file can grow, which is found out by growing it for a moment: neither quotas nor limits show in what a file system
 * says of its free room.
 */
export function canGrow(file: string): boolean {
  const descriptor = openSync(file, 'r+');
  const { size } = fstatSync(descriptor);
  try {
    const zeros = Buffer.alloc(1 << 20);
    for (let written = 0; written < ENOUGH_BYTES;)
      written += writeSync(descriptor, zeros, 0, zeros.length, size + written);
    return true;
  } catch (error) {
    if (isOutOfRoom(error)) return false;
    throw error;
  } finally {
    ftruncateSync(descriptor, size);
    closeSync(descriptor);
  }
}
