import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import {
  Binary,
  type Db,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  MongoClient,
  ObjectId,
  Timestamp,
} from 'mongodb';
import { run } from '../../../src/cli/program.js';
import { MasterKey } from '../../../src/crypto/sealing.js';
import { type EmbeddedStore, startEmbeddedStore } from '../../../src/embedded-store/index.js';
import { temporaryDirectory } from '../../store/support.js';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export const KEY = randomBytes(32);
export const LATCHKEY_MASTER_KEY = KEY.toString('base64');

const cleanUp: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

/** A directory for the files of one test. */
export function directory(): string {
  const path = temporaryDirectory();
  cleanUp.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export interface OpenStore {
  store: EmbeddedStore;
  client: MongoClient;
  dataDir: string;
  close(): Promise<void>;
}

export async function openAt(dataDir: string): Promise<OpenStore> {
  const store = await startEmbeddedStore({ directory: dataDir, sameThread: true });
  const client = await MongoClient.connect(store.uri);
  const close = async () => {
    await client.close();
    await store.close();
  };
  cleanUp.push(close);
  return { store, client, dataDir, close };
}

export async function latchkey(args: string[], dataDir: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  let [out, err] = ['', ''];
  const code = await run(args, {
    env: { LATCHKEY_DATA_DIR: dataDir, LATCHKEY_MASTER_KEY, ...env },
    out: (text) => (out += text),
    err: (text) => (err += text),
    newPassword: () => Promise.reject(new Error('not asked for here')),
  });
  return { code, out, err };
}

/** All BSON types, and field names whose order JavaScript objects would not keep. */
export const HARD = new Map<string, unknown>([
  ['_id', new ObjectId()],
  ['10', 'ten'],
  ['2', 'two'],
  ['__proto__', 1],
  [
    'constructor',
    new Map([
      ['7', 1],
      ['1', 2],
    ]),
  ],
  ['int', new Int32(1)],
  ['double', new Double(1)],
  ['long', Long.fromString('9007199254740993')],
  ['decimal', Decimal128.fromString('1.10')],
  ['nan', NaN],
  ['minusZero', new Double(-0)],
  ['before', new Date(-1)],
  ['bytes', new Binary(Buffer.of(0, 1), 4)],
  ['oldBytes', new Binary(Buffer.of(0, 1), 2)],
  ['stamp', new Timestamp({ t: 1, i: 2 })],
  ['noStamp', new Timestamp({ t: 0, i: 0 })],
  ['regex', /a+/i],
  ['min', new MinKey()],
  ['max', new MaxKey()],
  ['nul', 'a\0b'],
  ['list', [null, [], new Map()]],
]);

/** What a server would leave: the record of its key, indexes of every kind, and documents that should have expired. */
export async function fill(db: Db, key: Buffer = KEY): Promise<void> {
  const checkValue = new MasterKey(key).checkValue();
  await db.collection<{ _id: string; checkValue: string }>('setup').insertOne({ _id: 'master-key', checkValue });
  const users = db.collection('users');
  await users.createIndex({ email: 1 }, { unique: true, partialFilterExpression: { email: { $exists: true } } });
  await users.createIndexes([{ key: { tags: -1, n: 1 } }, { key: { maybe: 1 }, sparse: true }]);
  await users.insertMany(
    Array.from({ length: 2500 }, (_, n) => ({ n, email: `u${n}@example.com`, tags: ['a', `t${n}`] })),
  );
  await users.insertOne(HARD);
  const sessions = db.collection('sessions');
  await sessions.insertMany([{ until: new Date(0) }, { until: new Date(Date.now() + 1e9) }]);
  await sessions.createIndex({ until: 1 }, { expireAfterSeconds: 0 });
  await db.createCollection('empty');
}

/** Every document and index of a database, as bytes and extended JSON. */
export async function everything(db: Db): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const { name } of await db.listCollections().toArray()) {
    const raw = (await db
      .collection(name)
      .find({}, { raw: true, sort: { _id: 1 } })
      .toArray()) as unknown as Uint8Array[];
    const indexes = await db.collection(name).listIndexes().toArray();
    all[name] = {
      documents: raw.map((bytes) => Buffer.from(bytes).toString('base64')),
      indexes: indexes.map((index) => JSON.stringify(index)).sort(),
    };
  }
  return all;
}

export const fileIn = (path: string, name = 'backup.latchkey'): string => join(path, name);
