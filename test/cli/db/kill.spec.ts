import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import type { Db } from 'mongodb';
import { BUILT_COMMAND } from '../../support/built-command.js';
import { sleep, waitUntil } from '../../support/wait.js';
import { directory, everything, fileIn, fill, latchkey, LATCHKEY_MASTER_KEY, openAt } from './support.js';

const KILLS = process.env['LATCHKEY_LONG'] === '1' ? 20 : 1;
/** Somewhere in what follows the first sign of work. */
const LONGEST_MS = 100;

beforeAll(() => {
  if (!existsSync(BUILT_COMMAND)) throw new Error(`${BUILT_COMMAND} is missing: npm run build`);
});

/** Starts the command line, and kills it some time after it has begun to work. */
async function killIn(args: string[], dataDir: string, hasBegun: () => Promise<boolean> | boolean): Promise<void> {
  const env = { ...process.env, LATCHKEY_DATA_DIR: dataDir, LATCHKEY_MASTER_KEY, MONGODB_URI: '' };
  const child: ChildProcess = spawn(process.execPath, [BUILT_COMMAND, ...args], { env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  await waitUntil(async () => child.exitCode !== null || (await hasBegun()));
  await sleep(Math.random() * LONGEST_MS);
  child.kill('SIGKILL');
  await ended;
}

async function filled(dataDir: string) {
  const open = await openAt(dataDir);
  const db = open.client.db('latchkey');
  await fill(db);
  const text = 'x'.repeat(500);
  await db.collection('more').insertMany(Array.from({ length: 4000 }, (_, n) => ({ n, text })));
  await db.collection('more').createIndex({ n: 1 });
  return { ...open, db, before: await everything(db) };
}

const named = (path: string, start: string) =>
  existsSync(path) ? readdirSync(path).filter((name) => name.startsWith(start)) : [];
const contents = async (dataDir: string): Promise<unknown> => {
  const opened = await openAt(dataDir);
  const found = await everything(opened.client.db('latchkey'));
  await opened.close();
  return found;
};

it('a backup that is killed has no name, leaves no copy of the data, and can be repeated', async () => {
  const { dataDir, before } = await filled(join(directory(), 'data'));
  const files = directory();
  for (let round = 0; round < KILLS; round++) {
    const file = fileIn(files, `backup${round}`);
    await killIn(['db', 'backup', file], dataDir, () => named(dataDir, 'copy-').length > 0);
    await waitUntil(() => Promise.resolve(named(dataDir, 'copy-').length === 0));
    if (!existsSync(file)) continue;
    // It was just finished.
    const restored = join(directory(), 'data');
    expect(await latchkey(['db', 'restore', file], restored)).toMatchObject({ code: 0 });
  }
  const file = fileIn(files);
  expect(await latchkey(['db', 'backup', file], dataDir)).toMatchObject({ code: 0 });
  const restored = join(directory(), 'data');
  for (let round = 0; round < KILLS; round++) {
    const target = join(directory(), 'data');
    await killIn(['db', 'restore', file], target, () => named(target, 'restore-').length > 0);
    if (named(target, 'data.mdb').length === 0)
      expect(await latchkey(['db', 'restore', file], target)).toMatchObject({ code: 0 });
    expect(await contents(target)).toEqual(before);
  }
  expect(await latchkey(['db', 'restore', file], restored)).toMatchObject({ code: 0 });
  expect(await contents(restored)).toEqual(before);
}, 120_000);

it('a copy to MongoDB that is killed is marked as such, and starts over when it is repeated', async () => {
  const { dataDir, before } = await filled(join(directory(), 'data'));
  const mongo = await openAt(join(directory(), 'mongo'));
  for (let round = 0; round < KILLS; round++) {
    const address = mongo.store.uri.replace('/?', `/round${round}?`);
    const target: Db = mongo.client.db(`round${round}`);
    const names = async () => (await target.listCollections().toArray()).map(({ name }) => name);
    await killIn(['db', 'copy', '--to', address], dataDir, async () => (await names()).length > 0);
    if ((await names()).includes('latchkey_unfinished_copy'))
      expect(await latchkey(['db', 'copy', '--to', address], dataDir)).toMatchObject({ code: 0 });
    expect(await everything(target)).toEqual(before);
  }
  await waitUntil(() => Promise.resolve(named(dataDir, 'copy-').length === 0));
}, 120_000);

it('a copy from MongoDB that is killed leaves no data, and starts over when it is repeated', async () => {
  const { store, before } = await filled(join(directory(), 'data'));
  for (let round = 0; round < KILLS; round++) {
    const target = join(directory(), 'data');
    await killIn(['db', 'copy', '--from', store.uri], target, () => named(target, 'restore-').length > 0);
    if (named(target, 'data.mdb').length === 0)
      expect(await latchkey(['db', 'copy', '--from', store.uri], target)).toMatchObject({ code: 0 });
    expect(readdirSync(target)).toEqual(['data.mdb']);
    expect(await contents(target)).toEqual(before);
  }
}, 120_000);
