import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { type Db, type Document, MongoClient, type MongoClientOptions } from 'mongodb';
import { type EmbeddedStore, startEmbeddedStore } from '../../src/embedded-store/index.js';

/** What the tests of one file share: a client, and a database that nobody else uses. */
export interface StoreUnderTest {
  readonly client: MongoClient;
  readonly db: Db;
  readonly uri: string;
  /** A further client, closed after the tests. */
  connect(options?: MongoClientOptions): Promise<MongoClient>;
}

let lastDatabase = 0;

/** The replica set that MONGODB_URI names, or else an embedded store opened for the tests of this file. */
export function useStore(): StoreUnderTest {
  const clients: MongoClient[] = [];
  let embedded: { store: EmbeddedStore; directory: string } | undefined;
  let uri: string;
  let db: Db;
  const connect = async (options: MongoClientOptions = {}) => {
    const client = await MongoClient.connect(uri, options);
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    embedded = process.env['MONGODB_URI'] ? undefined : await openEmbedded();
    uri = process.env['MONGODB_URI'] ?? embedded!.store.uri;
    const client = await connect();
    db = client.db(`latchkey_test_${process.pid}_${Date.now().toString(36)}_${++lastDatabase}`);
  });
  afterAll(async () => {
    await db.dropDatabase();
    for (const client of clients) await client.close();
    await embedded?.store.close();
    if (embedded) rmSync(embedded.directory, { recursive: true, force: true });
  });
  return {
    get client() {
      return clients[0]!;
    },
    get db() {
      return db;
    },
    get uri() {
      return uri;
    },
    connect,
  };
}

async function openEmbedded(): Promise<{ store: EmbeddedStore; directory: string }> {
  const directory = temporaryDirectory();
  return { directory, store: await startEmbeddedStore({ directory, sameThread: true }) };
}

export const temporaryDirectory = (): string => mkdtempSync(join(tmpdir(), 'latchkey-test-'));

/** The error that a command ends in, as plain fields. */
export async function errorOf(work: Promise<unknown>): Promise<Document> {
  try {
    await work;
  } catch (error) {
    const { code, message, keyPattern, keyValue, errorLabels, errorResponse } = error as Document;
    return { code, message, keyPattern, keyValue, errorLabels, errorResponse };
  }
  throw new Error('it did not fail');
}
