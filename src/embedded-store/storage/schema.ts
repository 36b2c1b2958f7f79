import { decode } from '../bson/decode.js';
import type { Doc } from '../bson/value.js';
import type { Collection } from './collection.js';
import { duplicateKey } from './duplicate-key.js';
import type { Engine } from './engine.js';
import type { Group } from './group-commit.js';
import type { IndexInfo } from './index-info.js';
import type { Reader, Writer } from './key-value.js';
import { Locked } from './locks.js';
import { scanDocuments } from './scan.js';
import { after } from './keys.js';

/** The collection of that name, made when there is none. */
export function createCollection(
  engine: Engine,
  namespace: string,
): Promise<{ collection: Collection; isNew: boolean }> {
  return engine.change((group) => {
    const existing = engine.catalog.find(namespace);
    if (existing) return { collection: existing, isNew: false };
    const collection = engine.catalog.newCollection(namespace);
    engine.catalog.write(group.writer, collection);
    group.afterCommit(() => {
      engine.catalog.add(collection);
      collection.changedAt = ++engine.commits;
    });
    return { collection, isNew: true };
  });
}

/** @returns false when it was gone already */
export function dropCollection(engine: Engine, collection: Collection): Promise<boolean> {
  return engine.change((group) => {
    if (collection.isDropped) return false;
    waitForTransactions(engine, collection);
    dropNow(engine, group, collection);
    return true;
  });
}

export function dropDatabase(engine: Engine, database: string): Promise<void> {
  return engine.change((group) => {
    const collections = engine.catalog.inDatabase(database);
    for (const collection of collections) waitForTransactions(engine, collection);
    for (const collection of collections) dropNow(engine, group, collection);
    if (collections.length > 0) group.afterCommit(() => engine.feed.appendCatalog('dropDatabase', database));
  });
}

function dropNow(engine: Engine, group: Group, collection: Collection): void {
  engine.catalog.remove(group.writer, collection);
  group.afterCommit(() => {
    engine.catalog.forget(collection);
    engine.commits++;
    engine.feed.appendCatalog('drop', collection.namespace);
    engine.onDropped();
  });
}

/**
 * Adds indexes and fills them from the documents, all or none.
 *
 * @param choose decides, with the catalog standing still, which indexes are new; it may throw
 * @throws MongoError 11000 and 171
 */
export function addIndexes(
  engine: Engine,
  collection: Collection,
  choose: () => Doc[],
): Promise<{ before: number; after: number }> {
  return engine.change((group) => {
    waitForTransactions(engine, collection);
    const before = collection.indexes.length;
    const added = choose().map((spec) => engine.catalog.newIndex(spec));
    for (const index of added) fill(group.writer, collection, index);
    const indexes = [...collection.indexes, ...added];
    if (added.length > 0) replaceIndexes(engine, group, collection, indexes);
    return { before, after: indexes.length };
  });
}

export function removeIndexes(engine: Engine, collection: Collection, choose: () => IndexInfo[]): Promise<number> {
  return engine.change((group) => {
    waitForTransactions(engine, collection);
    const before = collection.indexes.length;
    const removed = new Set(choose());
    for (const index of removed) engine.catalog.removeIndex(group.writer, index);
    const indexes = collection.indexes.filter((index) => !removed.has(index));
    replaceIndexes(engine, group, collection, indexes);
    group.afterCommit(() => engine.onDropped());
    return before;
  });
}

/** Puts an index with other options in the place of one with the same entries. */
export function respecifyIndex(engine: Engine, collection: Collection, index: IndexInfo, spec: Doc): Promise<void> {
  return engine.change((group) => {
    const changed = index.withSpec(spec);
    const indexes = collection.indexes.map((each) => (each === index ? changed : each));
    replaceIndexes(engine, group, collection, indexes);
  });
}

function replaceIndexes(engine: Engine, group: Group, collection: Collection, indexes: IndexInfo[]): void {
  engine.catalog.write(group.writer, collection, indexes);
  group.afterCommit(() => {
    collection.indexes = indexes;
    collection.changedAt = ++engine.commits;
  });
}

/** When it throws, its transaction is undone as a whole: a failed build leaves nothing. */
function fill(writer: Writer, collection: Collection, index: IndexInfo): void {
  const everything = [{ low: collection.prefix, high: after(collection.prefix) }];
  // The documents stand still, so that what was read ahead stays good while entries are written.
  const documents: Reader = { version: 0, get: (key) => writer.get(key), range: (...range) => writer.range(...range) };
  for (const { recordKey, raw } of scanDocuments(documents, collection, everything, false)) {
    for (const entry of index.entriesOf(decode(raw), recordKey)) {
      if (index.unique && writer.get(entry.key)) throw duplicateKey(collection, index, entry.values);
      writer.put(entry.key, recordKey);
    }
  }
}

function waitForTransactions(engine: Engine, collection: Collection): void {
  const owner = engine.locks.ownerIn(collection.id);
  if (owner) throw new Locked(owner);
}
