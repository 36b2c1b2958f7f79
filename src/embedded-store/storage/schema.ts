import type { Collection } from './collection.js';
import type { Engine } from './engine.js';
import type { Group } from './group-commit.js';
import { Locked } from './locks.js';

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

/** @throws Locked while an open transaction has written to the collection */
export function waitForTransactions(engine: Engine, collection: Collection): void {
  const owner = engine.locks.ownerIn(collection.id);
  if (owner) throw new Locked(owner);
}
