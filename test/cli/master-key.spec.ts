import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../src/database/open-store.js';
import { runCommand } from '../support/run-command.js';

const [OLD, NEW, OTHER] = [1, 2, 3].map(() => randomBytes(32).toString('base64'));

let dir: string;
let store: Store;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'latchkey-cli-'));
  store = await openStore({ mongodbUri: undefined, dataDir: join(dir, 'data') }, { sameThread: true });
});

afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

const latchkey = (line: string, masterKey?: string, newMasterKey?: string) =>
  runCommand(line, {
    MONGODB_URI: store.uri,
    ...(masterKey === undefined ? {} : { LATCHKEY_MASTER_KEY: masterKey }),
    ...(newMasterKey === undefined ? {} : { LATCHKEY_NEW_MASTER_KEY: newMasterKey }),
  });
const rotate = (from?: string, to?: string) => latchkey('master-key rotate --now', from, to);

it('says what it needs, and changes nothing without', async () => {
  expect(await rotate(OLD, NEW)).toMatchObject({
    code: 1,
    err: expect.stringContaining('no server has sealed anything'),
  });
  expect((await latchkey('app create shop --client-app-id shop', OLD)).code).toBe(0);
  expect(await rotate(OLD)).toMatchObject({
    code: 1,
    err: expect.stringContaining('LATCHKEY_NEW_MASTER_KEY: must hold'),
  });
  expect(await rotate(OLD, OLD)).toMatchObject({ code: 1, err: expect.stringContaining('is the same key') });
  expect(await rotate(OTHER, NEW)).toMatchObject({
    code: 1,
    err: expect.stringContaining('does not fit this database'),
  });
  expect(await rotate(OLD, 'short')).toMatchObject({
    code: 1,
    err: expect.stringContaining('LATCHKEY_NEW_MASTER_KEY'),
  });
  expect((await latchkey('app list', OLD)).code).toBe(0);
});

it('changes the key of a MongoDB to the one that is given, shows how far it is, and may be run again', async () => {
  const { code, out, err } = await rotate(OLD, NEW);
  expect([code, err]).toEqual([0, expect.stringContaining('  apps.sealedRefreshSecret: 1 of 1\n')]);
  expect(out).toMatch(
    /^The master key was changed: \d+ values sealed anew\.\nStart the servers with LATCHKEY_MASTER_KEY/,
  );
  for (const key of [OLD!, NEW!]) expect(out + err).not.toContain(key);
  expect(await rotate(OLD, NEW)).toMatchObject({ code: 0, out: expect.stringContaining('changed already') });
  expect((await latchkey('app list', OLD)).err).toContain('whose master key was changed on');
  expect((await latchkey('audit verify', NEW)).code).toBe(0);
});

it('takes no new key from outside where the old one is in the data directory, and makes none where there is none', async () => {
  const dataDir = join(dir, 'file');
  const run = (env: object) => runCommand('master-key rotate', { LATCHKEY_DATA_DIR: dataDir, ...env });
  expect(await run({})).toMatchObject({ code: 1, err: expect.stringContaining('there is no master key to change') });
  writeFileSync(join(dataDir, 'master.key'), `${OLD}\n`, { mode: 0o600 });
  expect(await run({ LATCHKEY_NEW_MASTER_KEY: NEW })).toMatchObject({
    code: 1,
    err: expect.stringContaining('LATCHKEY_NEW_MASTER_KEY: goes with LATCHKEY_MASTER_KEY'),
  });
});
