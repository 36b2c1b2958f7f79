import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Db, type Document, MongoClient } from 'mongodb';
import { startEmbeddedStore } from '../../../src/embedded-store/index.js';
import { temporaryDirectory } from '../../store/support.js';

/** `CRASH_ROUNDS=100 npm test -- kill` for a long run. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 4);
const root = process.cwd();
const directory = temporaryDirectory();

beforeAll(() => {
  if (!existsSync(join(root, 'dist/src/embedded-store/worker.js'))) throw new Error('build first: npm run build');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Acknowledged {
  inserted: Set<string>;
  /** Asked for, and perhaps done. */
  deleting: Set<string>;
  deleted: Set<string>;
  pairs: Set<string>;
  count: number;
}

/** Runs the writer and kills it after so many acknowledged writes. */
async function runAndKill(round: string, writes: number): Promise<Acknowledged> {
  const told: Acknowledged = {
    inserted: new Set(),
    deleting: new Set(),
    deleted: new Set(),
    pairs: new Set(),
    count: 0,
  };
  const child = spawn(process.execPath, [join(root, 'test/embedded-store/crash/writer.mjs'), root, directory, round], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  let lines = 0;
  for await (const line of createInterface(child.stdout)) {
    note(told, line);
    if (++lines === writes) child.kill('SIGKILL');
  }
  expect(await ended).toBe('SIGKILL');
  return told;
}

function note(told: Acknowledged, line: string): void {
  const [what, value = ''] = line.split(' ');
  if (what === 'insert') told.inserted.add(value);
  else if (what === 'deleting') told.deleting.add(value);
  else if (what === 'delete') told.deleted.add(value);
  else if (what === 'pair') told.pairs.add(value);
  else if (what === 'count') told.count = Number(value);
}

async function check(db: Db, round: string, told: Acknowledged): Promise<void> {
  const keys = new Set((await db.collection('inserts').find().toArray()).map(({ key }) => key as string));
  expect([...told.inserted].filter((key) => !keys.has(key) && !told.deleting.has(key))).toEqual([]);
  expect([...told.deleted].filter((key) => keys.has(key))).toEqual([]);
  const counter = await db.collection<Document & { _id: string }>('counters').findOne({ _id: round });
  expect(counter?.['n']).toBeGreaterThanOrEqual(told.count);
  expect(counter?.['n']).toBeLessThanOrEqual(told.count + 1);
  const [left, right] = await Promise.all(['left', 'right'].map((name) => db.collection(name).distinct('_id')));
  expect(left).toEqual(right);
  expect([...told.pairs].filter((id) => !left!.map(String).includes(id))).toEqual([]);
}

/** What an index leads to is what reading everything leads to. */
async function checkIndexes(db: Db): Promise<void> {
  const docs = db.collection('inserts');
  expect(await docs.estimatedDocumentCount()).toBe(await docs.countDocuments({}, { hint: { $natural: 1 } }));
  const ids = async (filter: Document, hint: Document) =>
    (await docs.find(filter, { hint, projection: { _id: 1 } }).toArray()).map(({ _id }) => _id.toString()).sort();
  for (const [filter, hint] of [
    [{ key: { $gte: '' } }, { key: 1 }],
    [{ tags: 't3' }, { tags: 1 }],
    [{ tags: 'u1' }, { tags: 1 }],
  ] as [Document, Document][]) {
    expect(await ids(filter, hint)).toEqual(await ids(filter, { $natural: 1 }));
  }
}

it('keeps what was acknowledged when the process is killed', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const told = await runAndKill(String(round), 100 + Math.floor(Math.random() * 400));
    const store = await startEmbeddedStore({ directory, sameThread: true });
    const client = await MongoClient.connect(store.uri);
    try {
      await check(client.db('crash'), String(round), told);
      await checkIndexes(client.db('crash'));
    } finally {
      await client.close();
      await store.close();
    }
  }
}, 120_000);
