import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { startEmbeddedStore } from '../../../src/embedded-store/index.js';
import { temporaryDirectory } from '../../store/support.js';

/** Of 512 or 1024 bytes, as the shell counts: room for the reserve and some more. */
const FILE_BLOCKS = 60_000;
const root = process.cwd();
const directory = temporaryDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Told {
  acknowledged: number[];
  failure: unknown;
  health: unknown;
  again: unknown;
  inTransaction: unknown;
  read: number[];
}

/** A limit on the size of files, which anybody may have, lets a write fail where a full disk does: in part or whole, below lmdb. */
async function fill(): Promise<Told> {
  if (!existsSync(join(root, 'dist/src/embedded-store/worker.js'))) throw new Error('build first: npm run build');
  const script = join(root, 'test/embedded-store/crash/filler.mjs');
  const limited = ['-c', `ulimit -f ${FILE_BLOCKS} && exec "$@"`, 'sh', process.execPath, script, root, directory];
  const { stdout } = await promisify(execFile)('sh', limited, { timeout: 60_000, killSignal: 'SIGKILL' });
  return JSON.parse(stdout) as Told;
}

it('refuses writes when there is no room, keeps what was acknowledged, and takes writes again once there is room', async () => {
  const { acknowledged, failure, health, again, inTransaction, read } = await fill();
  const full = { code: 14031, message: expect.stringContaining('no space left on the device') };
  expect(acknowledged.length).toBeGreaterThan(50);
  expect([failure, again, inTransaction]).toEqual([full, full, full]);
  expect(health).toEqual({ isWritable: false, reason: expect.stringContaining('no space left') });
  expect(read).toEqual(acknowledged);

  const store = await startEmbeddedStore({ directory, sameThread: true });
  const client = await MongoClient.connect(store.uri);
  try {
    expect(await store.health()).toEqual({ isWritable: true });
    const docs = client.db('full').collection<{ _id: number; text: string }>('docs');
    expect((await docs.findOne({ _id: 0 }))?.text.length).toBe(200_002);
    expect(await docs.deleteMany({ _id: { $lt: 20 } })).toMatchObject({ deletedCount: 20 });
    await docs.insertOne({ _id: 5000, text: 'again' });
    const kept = [...acknowledged.slice(20), 5000];
    expect(await docs.distinct('_id')).toEqual(kept);
    const byIndex = await docs.find({ text: { $gte: '' } }, { hint: { text: 1 }, projection: { _id: 1 } }).toArray();
    expect(byIndex.map(({ _id }) => _id).sort((a, b) => a - b)).toEqual(kept);
  } finally {
    await client.close();
    await store.close();
  }
}, 90_000);
