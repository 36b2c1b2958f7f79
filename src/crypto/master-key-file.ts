import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { MasterKey } from './sealing.js';

/** 32 bytes in base64 and a line end: what may be copied into LATCHKEY_MASTER_KEY as it is. */
const FORM = /^[A-Za-z\d+/]{43}=\n?$/;
const MOST_BYTES = 64;

/** The file cannot be trusted or read; the message is for the operator. */
export class MasterKeyFileRefused extends Error {
  override readonly name = 'MasterKeyFileRefused';
}

/**
 * Reads the master key of the embedded store, or makes one at first start.
 *
 * @param path its directory exists
 * @returns `created` so that the operator can be told to back it up
 * @throws MasterKeyFileRefused when others may read it, it is somebody else's, or it does not hold a key
 */
export function loadOrCreateMasterKey(path: string): { key: MasterKey; created: boolean } {
  const existing = findMasterKey(path);
  if (existing) return { key: existing, created: false };
  const created = create(path);
  const key = findMasterKey(path);
  if (!key) throw new MasterKeyFileRefused(`${path}: disappeared while it was being made`);
  return { key, created };
}

/** Complete under another name first, then linked: the name never stands for half a key, and the first of two wins. */
function create(path: string): boolean {
  const unfinished = `${path}.${randomBytes(6).toString('hex')}.new`;
  const file = openSync(unfinished, 'wx', 0o600);
  try {
    writeSync(file, `${randomBytes(32).toString('base64')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(unfinished, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    unlinkSync(unfinished);
    syncDirectory(dirname(path));
  }
}

/** @returns undefined where there is none @throws MasterKeyFileRefused */
export function findMasterKey(path: string): MasterKey | undefined {
  let file: number;
  try {
    // Without O_NONBLOCK, opening a pipe would wait for its other end for ever.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (hasCode(error, 'EACCES'))
      throw new MasterKeyFileRefused(`${path}: may not be read by this user`, { cause: error });
    throw error;
  }
  try {
    refuseUntrusted(path, file);
    return parse(path, file);
  } finally {
    closeSync(file);
  }
}

/** Where the key is made that will take the place of the one at `path`. */
export function nextKeyFile(path: string): string {
  return `${path}.new`;
}

/**
 * Puts the next key in the place of the one at `path`, which goes on under a name with the date: copies of the data from
 * before need it. At each moment there is a whole key at `path`.
 *
 * @returns where the old one is
 */
export function adoptNextMasterKey(path: string, now: Date): string {
  const old = `${path}.until-${now.toISOString().replace(/[-:.]/g, '')}`;
  linkSync(path, old);
  renameSync(nextKeyFile(path), path);
  syncDirectory(dirname(path));
  return old;
}

function refuseUntrusted(path: string, file: number): void {
  const { mode, uid, size } = fstatSync(file);
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new MasterKeyFileRefused(`${path}: is not a file`);
  // Windows has neither owner numbers nor these mode bits.
  const me = process.getuid?.();
  if (me !== undefined && uid !== me) {
    throw new MasterKeyFileRefused(`${path}: belongs to user ${uid}, not to the user that runs the server (${me})`);
  }
  if (me !== undefined && (mode & 0o077) !== 0) {
    const bits = (mode & 0o777).toString(8).padStart(4, '0');
    throw new MasterKeyFileRefused(`${path}: others may use it (mode ${bits}); run: chmod 600 "${path}"`);
  }
  if (size > MOST_BYTES) throw new MasterKeyFileRefused(`${path}: holds ${size} bytes, which is no master key`);
}

function parse(path: string, file: number): MasterKey {
  const buffer = Buffer.alloc(MOST_BYTES);
  const text = buffer.toString('latin1', 0, readSync(file, buffer, 0, MOST_BYTES, 0));
  if (!FORM.test(text)) {
    throw new MasterKeyFileRefused(
      `${path}: does not hold a master key (32 bytes in base64); restore it from your backup`,
    );
  }
  return new MasterKey(Buffer.from(text, 'base64'));
}

/** Makes the new name last over a power failure. Windows cannot open a directory. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
