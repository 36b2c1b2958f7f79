import { MongoClient } from 'mongodb';
import { databaseIn, DEFAULT_DATABASE } from '../../config/database-name.js';
import { loadConfig } from '../../config/load-config.js';
import { startEmbeddedStore, StoreCopy } from '../../embedded-store/index.js';
import type { Terminal } from '../terminal.js';
import { copyDatabase } from './copy-database.js';
import { checkValueAt, mongoSource, sourceIn } from './copy-source.js';
import { fillDirectory } from './empty-directory.js';
import { compareFacts, type CollectionFacts, factsOf } from './facts.js';
import { withLiveCopy } from './live-copy.js';
import { checkValueIn, keyWords } from './master-key.js';

/**
 * Copies the data directory to MongoDB. Latchkey's database takes the name that the address gives it; others keep theirs.
 *
 * @throws KeyDoesNotFit, before anything is written; in words when the target is not empty or does not hold what was sent
 */
export async function copyTo(uri: string, terminal: Terminal): Promise<void> {
  const config = loadConfig(terminal.env);
  await withClient(uri, (client) =>
    withLiveCopy(config.dataDir, async (path) => {
      const copy = await StoreCopy.open(path);
      try {
        const words = keyWords(config, checkValueIn(copy));
        copy.inventory(); // a damaged store is not carried on
        let all: CollectionFacts[] = [];
        for (const [from, to] of databaseNames(copy, uri)) {
          all = [...all, ...(await copyDatabase(sourceIn(copy, from), client.db(to), terminal.err))];
        }
        terminal.out(summary(all));
        terminal.err(
          `${words}It is as of the moment when the copy began: with a server still running, stop it and copy again into\n` +
            'another database before you start with MONGODB_URI.\n',
        );
      } finally {
        await copy.close();
      }
    }),
  );
}

/** @throws in words when two databases would become one */
function databaseNames(copy: StoreCopy, uri: string): Map<string, string> {
  const names = new Set(copy.collections().map(({ database }) => database));
  const wanted = databaseIn(uri) ?? DEFAULT_DATABASE;
  if (wanted !== DEFAULT_DATABASE && names.has(wanted)) {
    throw new Error(`the data directory has a database ${wanted} besides Latchkey's; name another one in the address`);
  }
  return new Map([...names].map((name) => [name, name === DEFAULT_DATABASE ? wanted : name]));
}

/**
 * Copies the database that the address names into an empty data directory.
 *
 * @throws as `copyTo`; the directory is as it was then
 */
export async function copyFrom(uri: string, terminal: Terminal): Promise<void> {
  const config = loadConfig(terminal.env);
  await withClient(uri, async (client) => {
    const db = client.db(databaseIn(uri) ?? DEFAULT_DATABASE);
    const words = keyWords(config, await checkValueAt(db));
    let copied: CollectionFacts[] = [];
    await fillDirectory(config.dataDir, async (path) => {
      copied = await client.withSession({ snapshot: true }, async (session) => {
        const source = await mongoSource(db, session);
        if (source.collections.length === 0) throw new Error(`the database ${db.databaseName} is empty`);
        return intoDirectory(path, (target) => copyDatabase(source, target, terminal.err));
      });
      await checkDirectory(path, copied);
    });
    terminal.out(summary(copied));
    terminal.err(words);
  });
}

async function intoDirectory<T>(path: string, work: (target: ReturnType<MongoClient['db']>) => Promise<T>): Promise<T> {
  const store = await startEmbeddedStore({ directory: path, sameThread: true });
  try {
    return await withClient(store.uri, (client) => work(client.db(DEFAULT_DATABASE)));
  } finally {
    await store.close();
  }
}

/** Every index is looked at entry by entry. What has expired since it was compared may be gone already. */
async function checkDirectory(path: string, copied: readonly CollectionFacts[]): Promise<void> {
  const copy = await StoreCopy.open(path);
  try {
    const mayExpire = new Set(copied.filter((each) => each.indexes.some(expires)).map(({ name }) => name));
    const lasting = (each: CollectionFacts) => !mayExpire.has(each.name);
    compareFacts(copied.filter(lasting), copy.inventory().map(factsOf).filter(lasting));
  } finally {
    await copy.close();
  }
}

const expires = (index: string): boolean => index.includes('"expireAfterSeconds"');

async function withClient<T>(uri: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, {
    serverSelectionTimeoutMS: 5_000,
    readPreference: 'primary',
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

function summary(facts: readonly CollectionFacts[]): string {
  const documents = facts.reduce((sum, { count }) => sum + count, 0);
  const indexes = facts.reduce((sum, each) => sum + each.indexes.length, 0);
  return `Copied ${documents} documents in ${facts.length} collections, with ${indexes} indexes; counted, hashed and alike.\n`;
}
