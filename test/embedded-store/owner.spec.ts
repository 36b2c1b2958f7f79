import { spawn } from 'node:child_process';
import {
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
} from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import {
  DirectoryInUse,
  DirectoryRefused,
  type EmbeddedStore,
  findRunningOwner,
  startEmbeddedStore,
} from '../../src/embedded-store/index.js';
import { LmdbStore } from '../../src/embedded-store/storage/lmdb-store.js';
import { temporaryDirectory } from '../store/support.js';

const stores: EmbeddedStore[] = [];
const directories: string[] = [];

function directory(): string {
  const made = temporaryDirectory();
  directories.push(made);
  return made;
}

async function start(at: string): Promise<EmbeddedStore> {
  const store = await startEmbeddedStore({ directory: at, sameThread: true });
  stores.push(store);
  return store;
}

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const made of directories.splice(0)) rmSync(made, { recursive: true, force: true });
});

describe('a data directory', () => {
  it('is private, as are its files and its socket', async () => {
    const at = join(directory(), 'data');
    const store = await start(at);
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect(mode(at)).toBe('700');
    for (const file of readdirSync(at)) expect([file, mode(join(at, file))]).toEqual([file, '600']);
    const socket = decodeURIComponent(store.uri.slice('mongodb://'.length, store.uri.indexOf('/?')));
    expect([mode(socket), mode(join(socket, '..'))]).toEqual(['600', '700']);
  });

  it('is refused when others may enter it', async () => {
    const at = join(directory(), 'open');
    mkdirSync(at);
    writeFileSync(join(at, 'file'), '');
    chmodSync(at, 0o755);
    await expect(start(at)).rejects.toThrow(DirectoryRefused);
  });

  it('is refused a second time, naming the owner, and free after a clean stop', async () => {
    const at = directory();
    const first = await start(at);
    await expect(start(at)).rejects.toMatchObject({ owner: { pid: process.pid, uri: first.uri } });
    expect(await findRunningOwner(at)).toMatchObject({ uri: first.uri });
    await first.close();
    expect(existsSync(join(at, 'owner.json'))).toBe(false);
    expect(await findRunningOwner(at)).toBeUndefined();
    await start(at);
  });

  it('goes to one of many that start at once', async () => {
    const at = directory();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => start(at)));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(DirectoryInUse);
  });

  it('is taken over from an owner that was killed', async () => {
    const at = directory();
    const stale = { pid: process.pid, socket: '/tmp/nothing-here/store.sock', start: 'old', uri: 'mongodb://nothing' };
    writeFileSync(join(at, 'owner.json'), JSON.stringify(stale));
    await start(at);
    expect(JSON.parse(readFileSync(join(at, 'owner.json'), 'utf8'))).toMatchObject({ pid: process.pid });
    expect(readdirSync(at).filter((file) => file.startsWith('owner.json'))).toEqual(['owner.json']);
  });

  it('is refused while another process reads the files without owning them', async () => {
    const at = directory();
    await (await start(at)).close();
    stores.length = 0;
    const script = `const {open}=require('lmdb');const d=open(${JSON.stringify(at)},{noSubdir:false,keyEncoding:'binary',encoding:'binary'});
      d.get(Buffer.of(1));const t=d.useReadTransaction();console.log('open');setInterval(()=>t,1000)`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      await expect(start(at)).rejects.toThrow(new RegExp(`in use by process ${child.pid}`));
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await start(at);
  });
});

describe('files', () => {
  it('are refused when they are no store', async () => {
    const at = directory();
    writeFileSync(join(at, 'data.mdb'), Buffer.alloc(10_000, 'not lmdb'), { mode: 0o600 });
    await expect(start(at)).rejects.toThrow('not a data file');
    expect(readFileSync(join(at, 'data.mdb')).subarray(0, 8).toString()).toBe('not lmdb');
    expect(existsSync(join(at, 'owner.json'))).toBe(false);
  });

  it('are refused when lmdb made them for somebody else', async () => {
    const at = directory();
    const other = LmdbStore.open(at);
    other.transaction((writer) => writer.put(Buffer.from('key'), Buffer.from('value')));
    await other.close();
    await expect(start(at)).rejects.toThrow('not made by Latchkey');
  });

  it('are refused when they are truncated', async () => {
    const at = directory();
    const store = await start(at);
    const client = await MongoClient.connect(store.uri);
    await client
      .db('d')
      .collection('c')
      .insertMany(Array.from({ length: 500 }, () => ({ text: 'x'.repeat(1000) })));
    await client.close();
    await store.close();
    stores.length = 0;
    truncateSync(join(at, 'data.mdb'), 100_000);
    await expect(start(at)).rejects.toThrow('truncated');
  });
});
