import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { CollectionFacts } from './facts.js';

/*
 * A backup: this line, a line of JSON, and the bytes of data.mdb.
 */
const MAGIC = 'latchkey backup 1\n';
const MOST_MANIFEST_BYTES = 64 << 20;
const CHUNK_BYTES = 1 << 20;

export interface Manifest {
  created: string;
  /** Of the data; the store checks it as well. */
  format: 'data.mdb';
  collections: CollectionFacts[];
  /** Bytes of the data. */
  size: number;
  /** Of the data, in hexadecimal. */
  sha256: string;
}

/** A file that is no backup, or no whole one. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}

export async function writeHeader(file: FileHandle, manifest: Manifest): Promise<void> {
  await file.writeFile(`${MAGIC}${JSON.stringify(manifest)}\n`);
}

/**
 * Reads both lines, and checks that as much data follows as it should.
 *
 * @returns where the data begins
 * @throws BackupRefused
 */
export async function readHeader(path: string, file: FileHandle): Promise<{ manifest: Manifest; dataAt: number }> {
  const { size } = await file.stat();
  const magic = Buffer.alloc(MAGIC.length);
  await file.read(magic, 0, MAGIC.length, 0);
  if (magic.toString('latin1') !== MAGIC) {
    throw new BackupRefused(
      magic.toString('latin1').startsWith('latchkey backup ')
        ? `${path}: was made by another version of Latchkey`
        : `${path}: is no backup of Latchkey`,
    );
  }
  const line = await readLine(file, MAGIC.length);
  if (line === undefined) throw new BackupRefused(`${path}: is cut off, it ends within its first lines`);
  const manifest = parse(line.toString('utf8'));
  if (!manifest) throw new BackupRefused(`${path}: is damaged, its second line cannot be understood`);
  const dataAt = MAGIC.length + line.length + 1;
  if (size < dataAt + manifest.size) {
    throw new BackupRefused(`${path}: is cut off, ${dataAt + manifest.size - size} bytes are missing at its end`);
  }
  if (size > dataAt + manifest.size)
    throw new BackupRefused(`${path}: is damaged, there is more in it than was written`);
  return { manifest, dataAt };
}

/** The bytes up to the next line feed. */
async function readLine(file: FileHandle, from: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  for (let at = from; at < from + MOST_MANIFEST_BYTES;) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return undefined;
    const read = chunk.subarray(0, bytesRead);
    const end = read.indexOf('\n');
    chunks.push(end < 0 ? read : read.subarray(0, end));
    if (end >= 0) return Buffer.concat(chunks);
    at += bytesRead;
  }
  return undefined;
}

function parse(text: string): Manifest | undefined {
  try {
    const value = JSON.parse(text) as Partial<Manifest> | null;
    const isWhole =
      value?.format === 'data.mdb' &&
      Number.isSafeInteger(value.size) &&
      value.size! >= 0 &&
      /^[\da-f]{64}$/.test(String(value.sha256)) &&
      typeof value.created === 'string' &&
      Array.isArray(value.collections);
    return isWhole ? (value as Manifest) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads a file from `at` to its end.
 *
 * @param to where the bytes go too
 * @returns the SHA-256 of them, in hexadecimal
 */
export async function pour(from: FileHandle, at: number, to?: FileHandle): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let size = 0;
  for (;;) {
    const { bytesRead } = await from.read(chunk, 0, CHUNK_BYTES, at + size);
    if (bytesRead === 0) return { sha256: hash.digest('hex'), size };
    const read = chunk.subarray(0, bytesRead);
    hash.update(read);
    // writeFile on a handle goes on from where it is, and writes all of it.
    await to?.writeFile(read);
    size += bytesRead;
  }
}

/** Opens a file for the time of `work`. */
export async function withFile<T>(
  path: string,
  { flags, mode }: { flags: string; mode?: number },
  work: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, flags, mode);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
