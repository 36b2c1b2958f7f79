import { closeSync, openSync, readSync, statSync, truncateSync } from 'node:fs';
import { decode } from '../bson/decode.js';
import type { Reader } from './key-value.js';
import { SPACE } from './keys.js';
import { portionsOf } from './scan.js';

/*
 * The two meta pages that an lmdb file begins with (`MDB_page_header`, `MDB_meta` in its mdb.c), little-endian on all systems
 * that we run on. lmdb itself crashes on some files that are not its own, so they are looked at before it opens them.
 */
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const AT = { magic: 24, version: 28, pageSize: 48, lastPage: 144, transaction: 152 } as const;
const META_BYTES = 160;
const CHECKED_AT_ONCE = 1000;

export class DataFileRefused extends Error {}

interface Meta {
  pageSize: number;
  lastPage: number;
  transaction: bigint;
}

/** Bytes that the file should have by its own account, and has; undefined for a new, empty file. */
export interface DataFileSize {
  expected: number;
  actual: number;
}

/** @throws DataFileRefused when it is not an lmdb file */
export function readDataFileSize(file: string): DataFileSize | undefined {
  const actual = statSync(file).size;
  if (actual === 0) return undefined;
  const first = readMeta(file, 0);
  const second = first && readMeta(file, first.pageSize);
  if (!first || !second)
    throw new DataFileRefused(`${file} is not a data file of the embedded store (or its beginning is lost)`);
  const newest = second.transaction > first.transaction ? second : first;
  return { expected: (newest.lastPage + 1) * newest.pageSize, actual };
}

function readMeta(file: string, position: number): Meta | undefined {
  const bytes = Buffer.alloc(META_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    if (readSync(descriptor, bytes, 0, META_BYTES, position) < META_BYTES) return undefined;
  } finally {
    closeSync(descriptor);
  }
  if (bytes.readUInt32LE(AT.magic) !== MAGIC || bytes.readUInt32LE(AT.version) !== DATA_VERSION) return undefined;
  const pageSize = bytes.readUInt32LE(AT.pageSize);
  if (pageSize < 512 || pageSize > 0x10000) return undefined;
  const lastPage = Number(bytes.readBigUInt64LE(AT.lastPage));
  return { pageSize, lastPage, transaction: bytes.readBigUInt64LE(AT.transaction) };
}

/**
 * A file may be shorter than its account says: lmdb does not write pages at its end that were given back in the transaction that took them.
 * Or it was truncated. It is made as long as it should be, so that reading it cannot crash, and then read whole to find out.
 *
 * @param open opens the file
 * @throws DataFileRefused when pages are lost; the file is as it was then
 */
export function openChecked<T extends Reader & { close(): unknown }>(file: string, open: () => T): T {
  const size = readDataFileSize(file);
  if (!size || size.actual >= size.expected) return open();
  truncateSync(file, size.expected);
  let store: T | undefined;
  try {
    store = open();
    readAll(store);
    return store;
  } catch (error) {
    store?.close();
    truncateSync(file, size.actual);
    const message = `${file} is truncated: it has ${size.actual} bytes, its header says ${size.expected}, and data is lost`;
    throw new DataFileRefused(message, { cause: error });
  }
}

function readAll(reader: Reader): void {
  const everything = { low: Buffer.of(0), high: Buffer.of(0xff, 0xff) };
  for (const entries of portionsOf(reader, everything, CHECKED_AT_ONCE)) {
    for (const { key, value } of entries) if (key[0] === SPACE.documents) decode(value);
  }
}
