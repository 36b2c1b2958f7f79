import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { BUILT_COMMAND } from '../../support/built-command.js';
import { directory, latchkey, openAt } from './support.js';

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Serving {
  child: ChildProcess;
  address: string;
  words: () => string;
}

async function serve(dataDir: string, ...args: string[]): Promise<Serving> {
  const env = { LATCHKEY_DATA_DIR: dataDir };
  const child = spawn(process.execPath, [BUILT_COMMAND, 'db', 'serve', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
  const [address] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return { child, address: address.trimEnd(), words: () => words };
}

async function insertAt(address: string): Promise<number> {
  const client = await MongoClient.connect(address);
  await client.db('latchkey').collection('things').insertOne({});
  const count = await client.db('latchkey').collection('things').countDocuments();
  await client.close();
  return count;
}

describe('latchkey db serve', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('serves a private socket until %s, and closes cleanly', async (signal) => {
    const dataDir = join(directory(), 'data');
    const { child, address, words } = await serve(dataDir);
    expect(address).toMatch(/^mongodb:\/\/%2F[^@]*\?directConnection=true&replicaSet=latchkey$/);
    expect(await insertAt(address)).toBe(1);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(words()).toContain('Ctrl-C stops it');
    expect(existsSync(join(dataDir, 'owner.json'))).toBe(false);
    const { client } = await openAt(dataDir);
    expect(await client.db('latchkey').collection('things').countDocuments()).toBe(1);
  });

  it('serves a port with a password of its own', async () => {
    const { address } = await serve(join(directory(), 'data'), '--port', '0');
    expect(address).toMatch(/^mongodb:\/\/latchkey:[\w-]{43}@127\.0\.0\.1:\d+\/\?.*authMechanism=SCRAM-SHA-256$/);
    expect(await insertAt(address)).toBe(1);
  });

  it('is joined by other commands', async () => {
    const dataDir = join(directory(), 'data');
    const { address } = await serve(dataDir);
    await insertAt(address);
    expect(await latchkey(['db', 'backup', join(directory(), 'file')], dataDir)).toMatchObject({ code: 0 });
  });

  it('refuses a directory that is open already', async () => {
    const dataDir = join(directory(), 'data');
    await openAt(dataDir);
    const ran = await latchkey(['db', 'serve'], dataDir);
    expect([ran.code, ran.out, ran.err]).toEqual([1, '', expect.stringContaining('is in use by process')]);
  });

  it.each(['70000', '-1', 'x', '1e3'])('does not understand the port %s', async (port) => {
    expect(await latchkey(['db', 'serve', `--port=${port}`], directory())).toMatchObject({ code: 2, out: '' });
  });
});
