import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { int32 } from '../../../src/embedded-store/bson/value.js';
import { toDoc } from '../../../src/embedded-store/bson/convert.js';
import { encode } from '../../../src/embedded-store/bson/encode.js';
import type { Collection } from '../../../src/embedded-store/storage/collection.js';
import { Engine } from '../../../src/embedded-store/storage/engine.js';
import { DiskFull, type KeyValueStore, type Writer } from '../../../src/embedded-store/storage/key-value.js';
import { after } from '../../../src/embedded-store/storage/keys.js';
import { LmdbStore } from '../../../src/embedded-store/storage/lmdb-store.js';
import { insertRecord, removeRecord } from '../../../src/embedded-store/storage/records.js';
import { addIndexes } from '../../../src/embedded-store/storage/index-schema.js';
import { createCollection, dropCollection } from '../../../src/embedded-store/storage/schema.js';
import { StoredDocument } from '../../../src/embedded-store/storage/stored-document.js';
import { Sweeper } from '../../../src/embedded-store/storage/sweeper.js';
import type { WriteSet } from '../../../src/embedded-store/storage/write-set.js';
import { sweepExpired } from '../../../src/embedded-store/storage/ttl.js';
import { temporaryDirectory } from '../../store/support.js';

/** A real store whose commits fail, or take their time, when told to. */
class FailingStore implements KeyValueStore {
  failure: Error | undefined;
  syncMs = 0;
  transactions = 0;

  constructor(private readonly store: LmdbStore) {}

  get version(): number {
    return this.store.version;
  }

  get = (key: Uint8Array) => this.store.get(key);
  range = (...range: Parameters<LmdbStore['range']>) => this.store.range(...range);
  snapshot = () => this.store.snapshot();
  copyTo = (path: string) => this.store.copyTo(path);
  usedBytes = () => this.store.usedBytes();
  close = () => this.store.close();

  transaction<T>(work: (writer: Writer) => T): T {
    this.transactions++;
    return this.store.transaction((writer) => {
      const result = work(writer);
      if (this.failure) throw this.failure;
      if (this.syncMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, this.syncMs);
      return result;
    });
  }
}

let directory: string;
let store: FailingStore;
let engine: Engine;
let told: string[];
let hasRoom = true;

function open(): void {
  store = new FailingStore(LmdbStore.open(directory));
  told = [];
  engine = new Engine(store, {
    onFatal: (error) => told.push(`fatal: ${(error as Error).message}`),
    onDiskFull: () => told.push('disk full'),
    hasRoom: () => hasRoom,
  });
}

beforeEach(() => {
  directory = temporaryDirectory();
  open();
});
afterEach(async () => {
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

const make = async (name = 'd.c'): Promise<Collection> => (await createCollection(engine, name)).collection;

function insert(collection: Collection, fields: object, from?: object): Promise<void> {
  const doc = toDoc(fields);
  const work = (writes: WriteSet) => insertRecord(writes, collection, doc, encode(doc));
  return engine.write((writing) => writing.statement(work), { from });
}

function countKeys(prefix: Uint8Array): number {
  return engine.reader.range(prefix, after(prefix), { limit: 100_000 }).length;
}

describe('writes', () => {
  it('of one turn share a transaction', async () => {
    const collection = await make();
    store.transactions = 0;
    await Promise.all(Array.from({ length: 50 }, (_, i) => insert(collection, { _id: i })));
    expect([store.transactions, collection.count]).toEqual([1, 50]);
  });

  it('wait for those who wrote of late, where syncs take long, but not for ever', async () => {
    const collection = await make();
    const [one, other] = [{}, {}];
    store.syncMs = 20;
    await Promise.all([insert(collection, { _id: 1 }, one), insert(collection, { _id: 2 }, other)]);
    store.transactions = 0;
    const first = insert(collection, { _id: 3 }, one);
    const second = new Promise((resolve) => setImmediate(() => resolve(insert(collection, { _id: 4 }, other))));
    await Promise.all([first, second]);
    expect(store.transactions).toBe(1);
    await insert(collection, { _id: 5 }, one);
    expect([store.transactions, collection.count]).toEqual([2, 5]);
  });

  it('that fail leave nothing behind for the others of their turn', async () => {
    const collection = await make();
    await addIndexes(engine, collection, () => [toDoc({ v: 2, key: { a: 1 }, name: 'a_1', unique: true })]);
    const results = await Promise.allSettled([
      insert(collection, { _id: 1, a: 1 }),
      insert(collection, { _id: 2, a: 1 }),
      insert(collection, { _id: 3, a: 3 }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([countKeys(collection.prefix), countKeys(collection.indexes[0]!.prefix), collection.count]).toEqual([
      2, 2, 2,
    ]);
  });

  it('fail with 14031 while the disk is full, and reads go on', async () => {
    const collection = await make();
    await insert(collection, { _id: 1 });
    store.failure = new DiskFull('no space');
    await expect(insert(collection, { _id: 2 })).rejects.toMatchObject({ code: 14031 });
    expect([engine.isDiskFull, countKeys(collection.prefix), collection.count, engine.feed.newest]).toEqual([
      true,
      1,
      1,
      1,
    ]);
    store.failure = undefined;
    hasRoom = false;
    await expect(insert(collection, { _id: 2 })).rejects.toMatchObject({ code: 14031 });
    const stored = new StoredDocument(collection.recordKey(int32(1)), encode(toDoc({ _id: 1 })));
    await engine.write((writing) => writing.statement((writes) => removeRecord(writes, collection, stored)));
    expect([engine.isDiskFull, collection.count, told]).toEqual([true, 0, ['disk full']]);
  });

  it('need no write to find out that there is room again, and look once a second at most', async () => {
    const collection = await make();
    store.failure = new DiskFull('no space');
    await expect(insert(collection, { _id: 1 })).rejects.toMatchObject({ code: 14031 });
    store.failure = undefined;
    hasRoom = true;
    engine.lookForRoom();
    expect(engine.isDiskFull).toBe(true);
    Object.assign(engine, { nextLookForRoom: 0 });
    engine.lookForRoom();
    expect(engine.isDiskFull).toBe(false);
  });

  it('go on as soon as there is room again', async () => {
    const collection = await make();
    store.failure = new DiskFull('no space');
    await expect(insert(collection, { _id: 1 })).rejects.toMatchObject({ code: 14031 });
    store.failure = undefined;
    hasRoom = true;
    const tryAgain = async (): Promise<void> => {
      for (;;) {
        const done = await insert(collection, { _id: 1 }).then(
          () => true,
          () => false,
        );
        if (done) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await tryAgain();
    expect([engine.isDiskFull, collection.count]).toEqual([false, 1]);
  });

  it('report any other failed commit as fatal', async () => {
    const collection = await make();
    store.failure = new Error('Input/output error');
    await expect(insert(collection, { _id: 1 })).rejects.toMatchObject({ code: 1 });
    store.failure = undefined;
    expect(told).toEqual(['fatal: Input/output error']);
  });
});

describe('what is remembered', () => {
  it('of a collection is there again after opening: numbers, array indexes, long keys', async () => {
    const collection = await make();
    await addIndexes(engine, collection, () => [toDoc({ v: 2, key: { a: 1 }, name: 'a_1' })]);
    await insert(collection, { _id: 1, a: [1, 2] });
    await insert(collection, { _id: 'x'.repeat(3000), a: 'y'.repeat(3000) });
    const { count, bytes } = collection;
    await engine.close();
    open();
    const again = engine.catalog.find('d.c')!;
    expect([again.count, again.bytes, again.flags.hasCutIds]).toEqual([count, bytes, true]);
    expect(again.indexes[0]!.flags).toEqual({ multikey: true, multikeyPaths: new Set(['a']), hasCutKeys: true });
  });

  it('of a commit that failed is written with the next', async () => {
    const collection = await make();
    await addIndexes(engine, collection, () => [toDoc({ v: 2, key: { a: 1 }, name: 'a_1' })]);
    store.failure = new Error('failed');
    await expect(insert(collection, { _id: 1, a: [1, 2] })).rejects.toMatchObject({ code: 1 });
    store.failure = undefined;
    await insert(collection, { _id: 2, a: [1, 2] });
    await engine.close();
    open();
    expect(engine.catalog.find('d.c')!.indexes[0]!.flags.multikey).toBe(true);
  });
});

describe('sweeping', () => {
  it('removes documents by the earliest date of a TTL index, and leaves those without', async () => {
    const collection = await make();
    const spec = toDoc({ v: 2, key: { at: -1 }, name: 'at', expireAfterSeconds: 60 });
    await addIndexes(engine, collection, () => [spec]);
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
    const documents = [
      { at: ago(70) },
      { at: ago(50) },
      { at: [ago(10), ago(90)] },
      { at: [ago(10), 'text'] },
      { at: 0 },
      { at: null },
      {},
      { at: new Date(-1e13) },
    ];
    await Promise.all(documents.map((fields, _id) => insert(collection, { _id, ...fields })));
    await Promise.all(Array.from({ length: 250 }, (_, i) => insert(collection, { _id: 100 + i, at: ago(1000) })));
    await sweepExpired(engine, () => false);
    const left = [1, 3, 4, 5, 6].map((id) => collection.documentKey(collection.recordKey(int32(id))));
    expect(left.every((key) => engine.reader.get(key))).toBe(true);
    expect(collection.count).toBe(left.length);
  });

  it('empties what was dropped, also after a restart', async () => {
    const collection = await make();
    await addIndexes(engine, collection, () => [toDoc({ v: 2, key: { a: 1 }, name: 'a_1' })]);
    await Promise.all(Array.from({ length: 3000 }, (_, i) => insert(collection, { _id: i, a: i })));
    await dropCollection(engine, collection);
    expect(countKeys(collection.prefix)).toBe(3000);
    await engine.close();
    open();
    const sweeper = new Sweeper(engine);
    while (engine.catalog.droppedRanges(engine.reader).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    sweeper.close();
    expect(countKeys(collection.prefix)).toBe(0);
    expect((await make('d.next')).id).toBeGreaterThan(0);
  });
});
