import { Binary, deserialize, serialize, UUID } from 'bson';
import { decode } from '../bson/decode.js';
import { encode } from '../bson/encode.js';
import type { Doc } from '../bson/value.js';
import { Collection } from './collection.js';
import { readCounters } from './counters.js';
import { IndexInfo } from './index-info.js';
import type { Reader, Writer } from './key-value.js';
import { after, namedKey, SPACE, spaceKey } from './keys.js';

interface StoredIndex {
  id: number;
  spec: Binary;
  multikey: boolean;
  paths: string[];
  cutKeys: boolean;
}

interface StoredCollection {
  id: number;
  uuid: Binary;
  cutIds: boolean;
  indexes: StoredIndex[];
  /** Indexes that were not filled when this was written. */
  unfinished?: StoredIndex[];
}

/** A range of keys that belongs to nothing any more. */
export interface DroppedRange {
  key: Uint8Array;
  prefix: Uint8Array;
}

/** All collections and their indexes. It is held in memory; changes are written first and shown after their commit. */
export class Catalog {
  private readonly collections = new Map<string, Collection>();
  private lastId = 0;

  load(reader: Reader): void {
    const low = namedKey(SPACE.catalog, '');
    const entries = reader.range(low, after(low), { limit: Infinity });
    for (const { key, value } of entries) {
      const namespace = Buffer.from(key).toString('utf8', 1);
      const collection = read(namespace, value);
      Object.assign(collection, readCounters(reader, collection.id));
      this.collections.set(namespace, collection);
      const ids = [...collection.indexes, ...collection.leftovers].map((index) => index.id);
      this.lastId = Math.max(this.lastId, collection.id, ...ids);
    }
    for (const { key } of this.droppedRanges(reader)) {
      this.lastId = Math.max(this.lastId, Buffer.from(key).readUInt32BE(2));
    }
  }

  find(namespace: string): Collection | undefined {
    return this.collections.get(namespace);
  }

  all(): Collection[] {
    return [...this.collections.values()];
  }

  inDatabase(database: string): Collection[] {
    return this.all().filter((collection) => collection.database === database);
  }

  newCollection(namespace: string): Collection {
    return new Collection(++this.lastId, namespace, new UUID().toBinary());
  }

  newIndex(spec: Doc): IndexInfo {
    return new IndexInfo(++this.lastId, spec, { multikey: false, multikeyPaths: new Set(), hasCutKeys: false });
  }

  /** Shows a collection that is on disk now. */
  add(collection: Collection): void {
    this.collections.set(collection.namespace, collection);
  }

  forget(collection: Collection): void {
    collection.isDropped = true;
    this.collections.delete(collection.namespace);
  }

  /** @param changed what the collection is to have, where that is not what it has in memory */
  write(
    writer: Writer,
    collection: Collection,
    changed: Partial<Pick<Collection, 'indexes' | 'building' | 'leftovers'>> = {},
  ): void {
    const { id, uuid, flags } = collection;
    const { indexes, building, leftovers } = {
      indexes: collection.indexes,
      building: collection.building,
      leftovers: collection.leftovers,
      ...changed,
    };
    const unfinished = [...building, ...leftovers].map(toStored);
    const stored: StoredCollection = {
      id,
      uuid,
      cutIds: flags.hasCutIds,
      indexes: indexes.map(toStored),
      ...(unfinished.length > 0 && { unfinished }),
    };
    writer.put(namedKey(SPACE.catalog, collection.namespace), serialize(stored));
  }

  /** Takes the name of a collection off the disk. */
  removeName(writer: Writer, { namespace }: Collection): void {
    writer.remove(namedKey(SPACE.catalog, namespace));
  }

  /** Takes a collection off the disk; its documents and index entries are emptied later, in small steps. */
  remove(writer: Writer, collection: Collection): void {
    this.removeName(writer, collection);
    writer.remove(spaceKey(SPACE.counters, collection.id));
    writer.put(droppedKey(SPACE.documents, collection.id), Buffer.of(1));
    for (const index of [...collection.maintained, ...collection.leftovers]) this.removeIndex(writer, index);
  }

  removeIndex(writer: Writer, index: IndexInfo): void {
    writer.put(droppedKey(SPACE.indexes, index.id), Buffer.of(1));
  }

  droppedRanges(reader: Reader): DroppedRange[] {
    const low = Buffer.of(SPACE.dropped);
    return reader.range(low, after(low), { limit: Infinity }).map(({ key }) => {
      return { key, prefix: spaceKey(key[1]!, Buffer.from(key).readUInt32BE(2)) };
    });
  }

  /** @returns what to do once the flags are on disk */
  writeDirtyFlags(writer: Writer, collections: Iterable<Collection>): () => void {
    const written: { isDirty: boolean }[] = [];
    for (const collection of collections) {
      const dirty = [collection, ...collection.indexes].filter((each) => each.isDirty);
      if (dirty.length === 0 || collection.isDropped) continue;
      this.write(writer, collection);
      written.push(...dirty);
    }
    return () => {
      for (const each of written) each.isDirty = false;
    };
  }
}

function droppedKey(space: number, id: number): Uint8Array {
  return Buffer.concat([Buffer.of(SPACE.dropped), spaceKey(space, id)]);
}

function toStored({ id, spec, flags }: IndexInfo): StoredIndex {
  const { multikey, multikeyPaths, hasCutKeys } = flags;
  return { id, spec: new Binary(encode(spec)), multikey, paths: [...multikeyPaths], cutKeys: hasCutKeys };
}

function read(namespace: string, value: Uint8Array): Collection {
  const stored = deserialize(value) as StoredCollection;
  const collection = new Collection(stored.id, namespace, stored.uuid, { hasCutIds: stored.cutIds });
  collection.indexes = stored.indexes.map(fromStored);
  // Whoever was filling them is gone.
  collection.leftovers = (stored.unfinished ?? []).map(fromStored);
  return collection;
}

function fromStored({ id, spec, multikey, paths, cutKeys }: StoredIndex): IndexInfo {
  return new IndexInfo(id, decode(spec.buffer), { multikey, multikeyPaths: new Set(paths), hasCutKeys: cutKeys });
}
