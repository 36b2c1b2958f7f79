import { ErrorCodes, MongoError } from '../errors.js';
import type { Collection } from './collection.js';
import type { Engine } from './engine.js';
import type { Group } from './group-commit.js';
import { Locked } from './locks.js';

/** The collection of that name, made when there is none, or none that others than a transaction know of. */
export function createCollection(
  engine: Engine,
  namespace: string,
  { isProvisional = false } = {},
): Promise<{ collection: Collection; isNew: boolean }> {
  return engine.change((group) => {
    const existing = engine.catalog.find(namespace);
    if (existing) {
      const isNew = existing.isProvisional;
      existing.isProvisional = false;
      return { collection: existing, isNew };
    }
    const collection = engine.catalog.newCollection(namespace);
    collection.isProvisional = isProvisional;
    addNow(engine, group, collection);
    return { collection, isNew: true };
  });
}

/** Ends the time of a collection that was made for a transaction: it stays when the transaction was committed, or when others use it. */
export async function settleCollection(engine: Engine, collection: Collection, isCommitted: boolean): Promise<void> {
  if (isCommitted) collection.isProvisional = false;
  if (!collection.isProvisional) return;
  await engine.change((group) => {
    if (!collection.isProvisional || collection.isDropped) return;
    engine.catalog.remove(group.writer, collection);
    group.afterCommit(() => {
      engine.catalog.forget(collection);
      engine.onDropped();
    });
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

/**
 * @param dropsTarget what has the new name already is dropped
 * @throws MongoError 26 when there is nothing of that name, 48 when the new one is taken
 */
export function renameCollection(engine: Engine, from: string, to: string, dropsTarget: boolean): Promise<void> {
  return engine.change((group) => {
    const { catalog } = engine;
    const [collection, target] = [catalog.find(from), catalog.find(to)];
    if (!collection) throw new MongoError(ErrorCodes.NamespaceNotFound, `Source collection ${from} does not exist`);
    if (target && !dropsTarget) throw new MongoError(ErrorCodes.NamespaceExists, 'target namespace exists');
    for (const each of target ? [collection, target] : [collection]) {
      if (each.build) throw new Locked({ ended: each.build });
      waitForTransactions(engine, each);
    }
    const renamed = collection.renamed(to);
    if (target) dropNow(engine, group, target);
    catalog.removeName(group.writer, collection);
    group.afterCommit(() => catalog.forget(collection));
    addNow(engine, group, renamed);
    group.afterCommit(() => engine.feed.appendCatalog('rename', from, to));
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

/** Puts a collection into the catalog, as part of a change. */
export function addNow(engine: Engine, group: Group, collection: Collection): void {
  engine.catalog.write(group.writer, collection);
  group.afterCommit(() => {
    engine.catalog.add(collection);
    collection.changedAt = ++engine.commits;
  });
}

/** Takes a collection out of the catalog, as part of a change. */
export function dropNow(engine: Engine, group: Group, collection: Collection): void {
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
