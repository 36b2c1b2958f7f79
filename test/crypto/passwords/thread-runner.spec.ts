import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { transformFileSync } from '@swc/core';
import { PasswordHasher } from '../../../src/crypto/passwords/password-hasher.js';
import { ThreadRunner } from '../../../src/crypto/passwords/thread-runner.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let dir: string;
let script: URL;

/** The thread's script as the build makes it: under jest only the TypeScript is there. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'latchkey-worker-'));
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  const source = join(root, 'src/crypto/passwords/hash-worker.ts');
  writeFileSync(join(dir, 'hash-worker.mjs'), transformFileSync(source, { configFile: join(root, '.swcrc') }).code);
  script = pathToFileURL(join(dir, 'hash-worker.mjs'));
});

afterAll(() => rmSync(dir, { recursive: true }));

const bytes = Buffer.from('correct horse');

/** How many threads of this process have nice 10: field 19 of stat(5), counted behind the name in parentheses. */
function lowThreads(): number {
  const nices = readdirSync('/proc/self/task').flatMap((thread) => {
    const file = `/proc/self/task/${thread}/stat`;
    const stat = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });
  return nices.filter((nice) => nice === 10).length;
}

it('hashes and compares in a thread', async () => {
  const runner = new ThreadRunner(script);
  const hash = String(await runner.run({ kind: 'hash', bytes, cost: 4 }));
  expect(await runner.run({ kind: 'compare', bytes, hash })).toBe(true);
  expect(await runner.run({ kind: 'compare', bytes: Buffer.from('wrong'), hash })).toBe(false);
  await runner.close();
});

it('tells what went wrong and goes on', async () => {
  const runner = new ThreadRunner(script);
  await expect(runner.run({ kind: 'hash', bytes, cost: '4' as unknown as number })).rejects.toThrow('salt');
  expect(await runner.run({ kind: 'hash', bytes, cost: 4 })).toMatch(/^\$2b\$04\$/);
  await runner.close();
});

it('replaces a thread that cannot start or dies', async () => {
  writeFileSync(
    join(dir, 'dies.mjs'),
    `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(1));`,
  );
  const runner = new ThreadRunner(pathToFileURL(join(dir, 'dies.mjs')));
  await expect(runner.run({ kind: 'hash', bytes, cost: 4 })).rejects.toThrow('a hashing thread ended');
  await expect(runner.run({ kind: 'hash', bytes, cost: 4 })).rejects.toThrow('a hashing thread ended');
  await runner.close();
  const absent = new ThreadRunner(pathToFileURL(join(dir, 'absent.mjs')));
  await expect(absent.run({ kind: 'hash', bytes, cost: 4 })).rejects.toThrow('a hashing thread failed');
});

it('starts no thread before the first password, as many as it may under load, and lowers their priority alone', async () => {
  const hasher = new PasswordHasher({ cost: 4, threads: 2, patienceSeconds: 60, workerScript: script });
  const onLinux = process.platform === 'linux';
  if (onLinux) expect(lowThreads()).toBe(0);
  const hashes = await Promise.all(Array.from({ length: 10 }, () => hasher.hash('correct horse')));
  expect(new Set(hashes).size).toBe(10);
  if (onLinux) expect(lowThreads()).toBe(2);
  await hasher.close();
});
