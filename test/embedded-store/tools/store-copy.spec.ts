import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Db, MongoClient } from 'mongodb';
import { type EmbeddedStore, startEmbeddedStore, StoreCopy } from '../../../src/embedded-store/index.js';
import { LmdbStore } from '../../../src/embedded-store/storage/lmdb-store.js';
import { SPACE } from '../../../src/embedded-store/storage/keys.js';
import { temporaryDirectory } from '../../store/support.js';

let directory: string;
let store: EmbeddedStore;
let client: MongoClient;
let db: Db;

beforeEach(async () => {
  directory = temporaryDirectory();
  store = await startEmbeddedStore({ directory, sameThread: true });
  client = await MongoClient.connect(store.uri);
  db = client.db('shop');
});

afterEach(async () => {
  await client.close();
  await store.close();
  rmSync(directory, { recursive: true });
});

interface Thing {
  _id: number;
  n: number;
  tags: string[];
}

const things = () => db.collection<Thing>('a');

const copy = async (): Promise<string> => (await client.db('admin').command({ latchkeyCopy: 1 }))['path'] as string;

async function inventoryAt(path: string) {
  const opened = await StoreCopy.open(path);
  try {
    return opened.inventory();
  } finally {
    await opened.close();
  }
}

describe('StoreCopy', () => {
  it('counts and hashes what was there, whatever the order', async () => {
    await db.collection('a').createIndex({ n: 1 }, { unique: true });
    await db.collection('a').createIndex({ tags: 1 });
    await things().insertMany([
      { _id: 2, n: 1, tags: ['x', 'y'] },
      { _id: 1, n: 2, tags: [] },
    ]);
    const [first] = await inventoryAt(await copy());
    expect(first).toMatchObject({ database: 'shop', name: 'a', count: 2 });
    expect(first!.indexes.map((spec) => spec.get('name'))).toEqual(['n_1', 'tags_1']);
    await things().deleteOne({ _id: 2 });
    await things().insertOne({ _id: 2, n: 1, tags: ['x', 'y'] });
    expect((await inventoryAt(await copy()))[0]).toEqual(first);
    await things().updateOne({ _id: 2 }, { $set: { n: 3 } });
    expect((await inventoryAt(await copy()))[0]!.hash).not.toBe(first!.hash);
  });

  it('holds one state while writes of two documents at a time go on', async () => {
    const [a, b] = [db.collection<{ n: number }>('a'), db.collection<{ n: number }>('b')];
    await a.createIndex({ n: 1 }, { unique: true });
    const end = new AbortController();
    const writer = (async () => {
      for (let n = 0; !end.signal.aborted; n++) {
        await client.withSession((session) =>
          session.withTransaction(async () => {
            await a.insertOne({ n }, { session });
            await b.insertOne({ n }, { session });
          }),
        );
      }
    })();
    const paths: string[] = [];
    for (let i = 0; i < 5; i++) paths.push(await copy());
    end.abort();
    await writer;
    for (const path of paths) {
      const inventory = await inventoryAt(path);
      const count = (name: string) => inventory.find((each) => each.name === name)?.count ?? 0;
      expect(count('a')).toBe(count('b'));
    }
  });

  it('is removed at the next start when nobody else did', async () => {
    const path = await copy();
    await client.close();
    await store.close();
    store = await startEmbeddedStore({ directory, sameThread: true });
    client = await MongoClient.connect(store.uri);
    await expect(StoreCopy.open(path)).rejects.toThrow('holds no data.mdb');
  });

  it('is finished before its store closes', async () => {
    const [from, to] = [temporaryDirectory(), temporaryDirectory()];
    const files = LmdbStore.open(from);
    files.transaction((writer) => writer.put(Buffer.of(9), Buffer.alloc(1 << 20)));
    const copying = files.copyTo(`${to}/copy`);
    await files.close();
    await copying;
    const copied = LmdbStore.open(`${to}/copy`);
    expect(copied.get(Buffer.of(9))).toHaveLength(1 << 20);
    await copied.close();
    for (const path of [from, to]) rmSync(path, { recursive: true });
  });

  it.each([
    ['loses an index entry', SPACE.indexes, 'does not know a document'],
    ['has an entry too many', undefined, 'entries, not'],
    ['loses a document', SPACE.documents, /does not know|its counter says|entries, not/],
  ])('notices when the file %s', async (_, space, words) => {
    await db.collection('a').createIndex({ n: 1 });
    await db.collection('a').insertMany([{ n: 1 }, { n: 2 }]);
    const path = await copy();
    const files = LmdbStore.open(path);
    files.transaction((writer) => {
      const [entry] = writer.range(Buffer.of(space ?? SPACE.indexes), Buffer.of((space ?? SPACE.indexes) + 1), {
        limit: 1,
      });
      if (space === undefined) writer.put(Buffer.concat([entry!.key, Buffer.of(1)]), entry!.value);
      else writer.remove(entry!.key);
    });
    await files.close();
    await expect(inventoryAt(path)).rejects.toThrow(words);
  });
});
