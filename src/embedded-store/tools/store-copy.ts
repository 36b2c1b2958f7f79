import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Doc } from '../bson/value.js';
import { Catalog } from '../storage/catalog.js';
import type { Collection } from '../storage/collection.js';
import { checkFormat } from '../storage/format.js';
import { after } from '../storage/keys.js';
import { DATA_FILE, LmdbStore } from '../storage/lmdb-store.js';
import { scanDocuments } from '../storage/scan.js';
import { checkCollection } from './check-collection.js';

/** One collection of a copy, as its documents and indexes tell. */
export interface CollectionInventory {
  database: string;
  name: string;
  count: number;
  /** Of its documents, as `DocumentDigest` makes it. */
  hash: string;
  /** As listIndexes shows them, but for the one on `_id`. */
  indexes: Doc[];
}

/** The files of a store that no process serves, to read: nothing is swept, nothing written, and no document expires. */
export class StoreCopy {
  private readonly catalog = new Catalog();

  private constructor(private readonly store: LmdbStore) {
    checkFormat(store);
    this.catalog.load(store);
  }

  /** @throws when the directory holds no files of a store, or broken ones */
  static async open(directory: string): Promise<StoreCopy> {
    if (!existsSync(join(directory, DATA_FILE))) throw new Error(`${directory} holds no ${DATA_FILE}`);
    const store = LmdbStore.open(directory);
    try {
      return new StoreCopy(store);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /**
   * Counts and hashes every document, and checks that each is found by each index and no index finds more.
   *
   * @throws StoreDamaged
   */
  inventory(): CollectionInventory[] {
    return this.catalog.all().map((collection) => {
      const digest = checkCollection(this.store, collection);
      const { database, name, indexes } = collection;
      return { database, name, count: digest.count, hash: digest.hash, indexes: indexes.map(({ spec }) => spec) };
    });
  }

  /** The same without looking at the indexes' entries: names and counts only. */
  collections(): { database: string; name: string; count: number; indexes: Doc[] }[] {
    return this.catalog.all().map(({ database, name, count, indexes }) => {
      return { database, name, count, indexes: indexes.map(({ spec }) => spec) };
    });
  }

  /** The BSON of each document, in the order of `_id`. */
  *documents(database: string, name: string): Generator<Uint8Array> {
    const collection = this.catalog.find(`${database}.${name}`);
    if (collection) for (const { raw } of scanDocuments(this.store, collection, [all(collection)], false)) yield raw;
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

const all = ({ prefix }: Collection) => ({ low: prefix, high: after(prefix) });
