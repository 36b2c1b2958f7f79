import type { Doc } from '../bson/value.js';
import type { Collection } from './collection.js';
import type { Engine } from './engine.js';
import type { Group } from './group-commit.js';
import { fillAll, IndexBuild } from './index-build.js';
import type { IndexInfo } from './index-info.js';
import { Locked } from './locks.js';
import { waitForTransactions } from './schema.js';

/** An index over more documents than this is filled in slices, with turns for others in between. */
const MAX_DOCUMENTS_AT_ONCE = 5000;

/**
 * Adds indexes and fills them from the documents, all or none.
 *
 * @param choose decides, with the catalog standing still, which indexes are new; it may throw
 * @throws MongoError 11000 and 171
 */
export async function addIndexes(
  engine: Engine,
  collection: Collection,
  choose: () => Doc[],
): Promise<{ before: number; after: number }> {
  await endOfBuild(collection);
  const { before, added, build } = await engine.change((group) => {
    waitForOthers(engine, collection);
    const before = collection.indexes.length;
    const added = choose().map((spec) => engine.catalog.newIndex(spec));
    if (added.length > 0 && collection.count > MAX_DOCUMENTS_AT_ONCE) {
      const build = new IndexBuild(engine, collection, added);
      build.begin(group);
      return { before, added, build };
    }
    // When it throws, the transaction is undone as a whole.
    for (const index of added) fillAll(group.writer, collection, index);
    if (added.length > 0) replaceIndexes(engine, group, collection, [...collection.indexes, ...added]);
    return { before, added, build: undefined };
  });
  await build?.run();
  return { before, after: before + added.length };
}

export async function removeIndexes(
  engine: Engine,
  collection: Collection,
  choose: () => IndexInfo[],
): Promise<number> {
  await endOfBuild(collection);
  return engine.change((group) => {
    waitForOthers(engine, collection);
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
  engine.catalog.write(group.writer, collection, { indexes });
  group.afterCommit(() => {
    collection.indexes = indexes;
    collection.changedAt = ++engine.commits;
  });
}

export async function endOfBuild(collection: Collection): Promise<void> {
  while (collection.build) await collection.build;
}

/** @throws Locked while an index is being filled, or an open transaction has written to the collection */
export function waitForOthers(engine: Engine, collection: Collection): void {
  if (collection.build) throw new Locked({ ended: collection.build });
  waitForTransactions(engine, collection);
}
