import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { IndexDescription } from 'mongodb';
import type { Connection } from 'mongoose';
import { isDuplicateKey } from './database.js';
import type { Migration } from './migrations/migration.js';

interface MigrationRecord {
  /** The name of a migration that is done, or `lock`. */
  _id: string;
  doneAt?: Date;
  owner?: string;
  until?: Date;
}

const LOCK_SECONDS = 60;
const RENEW_MS = 15_000;
const RETRY_MS = 500;

/**
 * Runs what has not run yet, in order, on one instance at a time; others wait. The lock ends by itself a minute after its
 * holder last renewed it, so an instance that died does not keep the next one out.
 */
export async function migrate(connection: Connection, migrations: readonly Migration[]): Promise<string[]> {
  const records = connection.db!.collection<MigrationRecord>('migrations');
  const owner = randomUUID();
  const ran: string[] = [];
  const until = (): Date => new Date(Date.now() + LOCK_SECONDS * 1_000);

  for (;;) {
    try {
      const now = new Date();
      await records.updateOne(
        { _id: 'lock', $or: [{ until: { $lte: now } }, { owner }] },
        { $set: { owner, until: until() } },
        { upsert: true },
      );
      break;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      await sleep(RETRY_MS);
    }
  }
  const renewal = setInterval(
    () => void records.updateOne({ _id: 'lock', owner }, { $set: { until: until() } }).catch(() => {}),
    RENEW_MS,
  );
  try {
    for (const migration of migrations) {
      if (await records.findOne({ _id: migration.name })) continue;
      await migration.up(connection);
      await records.updateOne({ _id: migration.name }, { $set: { doneAt: new Date() } }, { upsert: true });
      ran.push(migration.name);
    }
  } finally {
    clearInterval(renewal);
    await records.deleteOne({ _id: 'lock', owner });
  }
  return ran;
}

/** Makes every collection and index that a model declares and the database lacks: a command for the indexes of a collection. */
export async function ensureIndexes(connection: Connection): Promise<void> {
  const found = await connection.db!.listCollections({}, { nameOnly: true }).toArray();
  const existing = new Set(found.map(({ name }) => name));
  for (const model of Object.values(connection.models)) {
    if (!existing.has(model.collection.collectionName)) await model.createCollection();
    const indexes = model.schema.indexes().map(([key, options]) => ({ ...options, key }) as IndexDescription);
    if (indexes.length > 0) await model.collection.createIndexes(indexes);
  }
}
