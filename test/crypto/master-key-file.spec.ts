import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load-config.js';
import { loadOrCreateMasterKey, MasterKeyFileRefused } from '../../src/crypto/master-key-file.js';
import { MasterKey } from '../../src/crypto/sealing.js';

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'latchkey-key-'));
  path = join(dir, 'master.key');
});

afterEach(() => rmSync(dir, { recursive: true }));

it('makes a key for the owner alone, and finds it again', () => {
  const first = loadOrCreateMasterKey(path);
  const second = loadOrCreateMasterKey(path);
  expect([first.created, second.created]).toEqual([true, false]);
  expect(second.key.fits(first.key.checkValue())).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir)).toEqual(['master.key']);
});

it('makes another key in another place', () => {
  const first = loadOrCreateMasterKey(path);
  expect(loadOrCreateMasterKey(join(dir, 'other.key')).key.fits(first.key.checkValue())).toBe(false);
});

it('writes what LATCHKEY_MASTER_KEY takes as it is', () => {
  const { key } = loadOrCreateMasterKey(path);
  const { masterKey } = loadConfig({ LATCHKEY_MASTER_KEY: readFileSync(path, 'utf8') });
  expect(masterKey && new MasterKey(masterKey).fits(key.checkValue())).toBe(true);
});

it('refuses a key that others may read, and says what to do', () => {
  loadOrCreateMasterKey(path);
  chmodSync(path, 0o640);
  expect(() => loadOrCreateMasterKey(path)).toThrow(`others may use it (mode 0640); run: chmod 600 "${path}"`);
});

it.each([
  ['nothing', ''],
  ['half a key', 'AAAAAAAAAAAAAAAAAAAAAA'],
  ['another text', 'x'.repeat(44)],
  ['too much', 'A'.repeat(5000)],
])('refuses a file that holds %s, does not show it, and leaves it as it is', (_what, text) => {
  writeFileSync(path, text, { mode: 0o600 });
  expect(() => loadOrCreateMasterKey(path)).toThrow(MasterKeyFileRefused);
  expect(() => loadOrCreateMasterKey(path)).not.toThrow(/AAAA|xxxx/);
  expect(readFileSync(path, 'utf8')).toBe(text);
});

it('refuses what is no file', () => {
  mkdirSync(path, { mode: 0o700 });
  expect(() => loadOrCreateMasterKey(path)).toThrow('is not a file');
});
