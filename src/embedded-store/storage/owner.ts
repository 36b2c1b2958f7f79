import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { SOCKET_DIRECTORY, SOCKET_NAME } from '../wire/listener.js';

/** Who has a data directory open: `owner.json` in it. */
export interface Owner {
  pid: number;
  /** Connection string of the running store. */
  uri: string;
  socket: string;
  /** Tells one start from another. */
  start: string;
}

/** Another process has the directory open. */
export class DirectoryInUse extends Error {
  constructor(
    directory: string,
    readonly owner: Owner | undefined,
    pid = owner?.pid,
  ) {
    super(`${directory} is in use by process ${pid ?? 'unknown'}; one process at a time can open a data directory`);
  }
}

const fileIn = (directory: string): string => join(directory, 'owner.json');

export function readOwner(directory: string): Owner | undefined {
  return parse(fileIn(directory));
}

/** The owner whose socket answers, or undefined when nobody has the directory open. */
export async function findRunningOwner(directory: string): Promise<Owner | undefined> {
  const owner = readOwner(directory);
  return owner && (await answers(owner.socket)) ? owner : undefined;
}

/**
 * Takes the directory for this process. The socket must be bound already: a file whose socket does not answer was left by a process
 * that was killed, and may be taken over.
 *
 * @throws DirectoryInUse
 */
export async function claimDirectory(directory: string, uri: string, socket: string): Promise<Owner> {
  const owner: Owner = { pid: process.pid, uri, socket, start: randomUUID() };
  for (let attempt = 0; attempt < 5; attempt++) {
    if (create(directory, owner)) return owner;
    const other = readOwner(directory);
    if (other && (await answers(other.socket))) throw new DirectoryInUse(directory, other);
    setAside(directory, other);
  }
  throw new DirectoryInUse(directory, readOwner(directory));
}

/** @throws DirectoryInUse when somebody else took the directory in the meantime */
export function confirmOwner(directory: string, owner: Owner): void {
  const now = readOwner(directory);
  if (now?.start !== owner.start) throw new DirectoryInUse(directory, now);
}

export function releaseDirectory(directory: string, owner: Owner): void {
  if (readOwner(directory)?.start === owner.start) rmSync(fileIn(directory), { force: true });
}

/** The file appears whole or not at all, and only when there is none. */
function create(directory: string, owner: Owner): boolean {
  const draft = `${fileIn(directory)}.${owner.start}`;
  writeFileSync(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    linkSync(draft, fileIn(directory));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves a stale file away; puts it back when it turns out to be the fresh one of a third process. */
function setAside(directory: string, stale: Owner | undefined): void {
  const aside = `${fileIn(directory)}.${randomUUID()}`;
  try {
    renameSync(fileIn(directory), aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    if (parse(aside)?.start !== stale?.start) linkSync(aside, fileIn(directory));
    else if (stale) removeSocket(stale.socket);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** The socket and its directory, which a killed process left; nothing that does not look like ours. */
function removeSocket(socket: string): void {
  const holder = dirname(socket);
  if (basename(socket) !== SOCKET_NAME || !basename(holder).startsWith(SOCKET_DIRECTORY)) return;
  rmSync(socket, { force: true });
  try {
    rmdirSync(holder);
  } catch {
    // It was gone already, or holds what is not ours.
  }
}

function parse(file: string): Owner | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<Owner> | null;
    if (typeof value?.pid !== 'number' || typeof value.socket !== 'string' || typeof value.start !== 'string')
      return undefined;
    return { pid: value.pid, socket: value.socket, start: value.start, uri: String(value.uri) };
  } catch {
    return undefined;
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    const end = (isAlive: boolean) => {
      socket.destroy();
      resolve(isAlive);
    };
    socket.once('connect', () => end(true));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'EAGAIN'));
  });
}
