import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Db, MongoClient } from 'mongodb';
import { type EmbeddedStore, startEmbeddedStore, StoreCopy } from '../../../src/embedded-store/index.js';
import { temporaryDirectory } from '../../store/support.js';

/** `CRASH_ROUNDS=100 npm test -- power-cut` for a long run. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 4) * 8;
/** Which of the pages that a commit wrote had reached the disk when the power failed. */
const CUTS: ((page: number) => boolean)[] = [
  () => false,
  () => true,
  () => Math.random() < 0.5,
  () => Math.random() < 0.1,
  (page) => page % 2 === 0,
];
const META_PAGES = 2;
const [PAGE_SIZE_AT, TRANSACTION_AT] = [48, 152];

const directory = temporaryDirectory();
const cutDirectory = temporaryDirectory();
let store: EmbeddedStore;
let client: MongoClient;
let db: Db;

beforeAll(async () => {
  store = await startEmbeddedStore({ directory, sameThread: true });
  client = await MongoClient.connect(store.uri);
  db = client.db('power');
  await db.collection('docs').createIndex({ key: 1 }, { unique: true });
  await db.collection('docs').createIndex({ tags: 1 });
  await db.collection('other').createIndex({ n: 1 });
});
afterAll(async () => {
  await client.close();
  await store.close();
  for (const path of [directory, cutDirectory]) rmSync(path, { recursive: true, force: true });
});

const docs = () => db.collection<{ key: string; n?: number; tags?: string[]; text?: string }>('docs');

/** Each ends in one commit. */
const WRITES: ((round: number) => Promise<unknown>)[] = [
  (round) =>
    docs().insertMany(
      Array.from({ length: 40 }, (_, i) => ({
        key: `${round}-${i}`,
        tags: [`t${i % 5}`, `r${round}`],
        text: 'x'.repeat(i * 60),
      })),
    ),
  (round) => docs().updateMany({ tags: 't1' }, { $inc: { n: 1 }, $push: { tags: `u${round}` } }),
  () => docs().deleteMany({ tags: 't3' }),
  (round) =>
    client.withSession((session) =>
      session.withTransaction(async () => {
        await docs().insertOne({ key: `pair ${round}` }, { session });
        await db.collection('other').insertOne({ n: round }, { session });
      }),
    ),
];

const bytesOnDisk = () => readFileSync(join(directory, 'data.mdb'));

/** Of the two pages that say what was committed last, the newer one's number. */
function commitOf(bytes: Buffer): number {
  const second = bytes.readUInt32LE(PAGE_SIZE_AT);
  return Math.max(...[0, second].map((at) => Number(bytes.readBigUInt64LE(at + TRANSACTION_AT))));
}

/** The file as it was before a commit, with some of the pages that the commit writes before it says that it is done. */
function cut(before: Buffer, after: Buffer, reached: (page: number) => boolean): Buffer {
  const pageSize = before.readUInt32LE(PAGE_SIZE_AT);
  const file = Buffer.alloc(Math.max(before.length, after.length));
  before.copy(file);
  for (let page = META_PAGES; page * pageSize < after.length; page++) {
    const [start, end] = [page * pageSize, Math.min((page + 1) * pageSize, after.length)];
    const isWritten = !after.subarray(start, end).equals(before.subarray(start, Math.min(end, before.length)));
    if (isWritten && reached(page)) after.copy(file, start, start, end);
  }
  return file;
}

/** Every document and every entry of every index is read. */
async function inventoryOf(bytes: Buffer) {
  for (const name of ['data.mdb', 'lock.mdb']) rmSync(join(cutDirectory, name), { force: true });
  writeFileSync(join(cutDirectory, 'data.mdb'), bytes, { mode: 0o600 });
  const copy = await StoreCopy.open(cutDirectory);
  try {
    return copy.inventory();
  } finally {
    await copy.close();
  }
}

it(
  'has the last commit whole when the power fails in the middle of the next one',
  async () => {
    let before = bytesOnDisk();
    let cuts = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await WRITES[round % WRITES.length]!(round);
      const after = bytesOnDisk();
      if (commitOf(after) === commitOf(before) + 1) {
        const wanted = await inventoryOf(before);
        for (const reached of CUTS) expect(await inventoryOf(cut(before, after, reached))).toEqual(wanted);
        expect(await inventoryOf(after)).not.toEqual(wanted);
        cuts++;
      }
      before = after;
    }
    expect(cuts).toBeGreaterThan(ROUNDS / 2);
  },
  60_000 + ROUNDS * 1000,
);
