import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MongoClient, ObjectId } from 'mongodb';
import { DEFAULT_DATABASE } from '../../src/config/database-name.js';
import { findMasterKey } from '../../src/crypto/master-key-file.js';
import { openStore } from '../../src/database/open-store.js';
import { contextOf } from '../../src/providers/local-userpass/passwords.js';
import { BUILT_COMMAND } from '../support/built-command.js';
import { BuiltServer, SAME_ADDRESS } from '../support/built-server.js';
import { sleep } from '../support/wait.js';

const LONG = process.env.LATCHKEY_LONG === '1';
const USERS = LONG ? 50_000 : 5_000;
const KILLS = LONG ? 10 : 1;

let dataDir: string;
beforeAll(async () => {
  if (!existsSync(BUILT_COMMAND)) throw new Error(`${BUILT_COMMAND} is missing: npm run build`);
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-master-key-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** @param killAt the words on stderr after which it is killed, a little later */
async function rotate(killAt?: { words: string; afterMs: number }): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [BUILT_COMMAND, 'master-key', 'rotate'], {
    env: { PATH: process.env.PATH, LATCHKEY_DATA_DIR: dataDir },
  });
  let text = '';
  let dying = false;
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece) => {
      text += String(piece);
      if (!killAt || dying || !text.includes(killAt.words)) return;
      dying = true;
      void sleep(killAt.afterMs).then(() => child.kill('SIGKILL'));
    });
  }
  return { code: await ended, text };
}

/** Many more users than log in, so that there is something in the middle of which it can die. */
async function fill(): Promise<void> {
  const key = findMasterKey(join(dataDir, 'master.key'))!;
  const store = await openStore({ mongodbUri: undefined, dataDir }, { sameThread: true });
  const client = new MongoClient(store.uri);
  try {
    const users = client.db(DEFAULT_DATABASE).collection('users');
    const one = (await users.findOne({ 'identities.sealedSecret': { $exists: true } }))!;
    const many = Array.from({ length: USERS }, (_, i) => {
      const id = new ObjectId().toHexString();
      const sealedSecret = key.seal('a hash', contextOf({ _id: one['app'] as ObjectId }, id));
      const identity = {
        ...(one['identities'] as object[])[0],
        id,
        key: `local-userpass:many${i}@example.com`,
        sealedSecret,
      };
      return { ...one, _id: new ObjectId(), identities: [identity] };
    });
    await users.insertMany(many);
  } finally {
    await client.close();
    await store.close();
  }
}

const keyFiles = () => readdirSync(dataDir).filter((name) => name.startsWith('master.key'));

it('a change of the master key that is killed again and again is finished by the next run, and nothing is lost', async () => {
  const server = await BuiltServer.start(dataDir, SAME_ADDRESS);
  const { refreshToken } = await server.client().enter('ada@example.com', 'correct horse');
  const beside = await rotate();
  expect(beside).toEqual({ code: 1, text: expect.stringContaining('Stop that process first') });
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  await fill();

  let killed = 0;
  for (let i = 0; i < KILLS; i++) {
    const { code } = await rotate({ words: 'users.identities.sealedSecret: 0 of', afterMs: i * 30 });
    if (code !== null) break;
    killed += 1;
    expect(keyFiles()).toEqual(['master.key', 'master.key.new']);
  }
  await expect(BuiltServer.start(dataDir, SAME_ADDRESS)).rejects.toThrow('run "latchkey master-key rotate" again');
  expect(killed).toBeGreaterThan(0);
  const last = await rotate();
  expect(last).toEqual({ code: 0, text: expect.stringContaining('The master key was changed') });
  expect(last.text).not.toContain('cannot be opened');
  expect(last.text).toContain(`users.identities.sealedSecret: ${USERS + 1} of ${USERS + 1}`);
  expect(keyFiles()).toEqual(['master.key', expect.stringMatching(/^master\.key\.until-\d{8}T\d{9}Z$/)]);
  for (const name of keyFiles()) expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);

  const again = await BuiltServer.start(dataDir, SAME_ADDRESS);
  const client = again.client();
  expect((await client.refresh(refreshToken)).status).toBe(201);
  const login = await client.login('local-userpass', { username: 'ada@example.com', password: 'correct horse' });
  expect(login.status).toBe(200);
  expect(await again.stop()).toEqual({ code: 0, signal: null });
}, 600_000);

it('a running server whose master key is changed under it ends, and says why', async () => {
  const server = await BuiltServer.start(dataDir, { ...SAME_ADDRESS, LOG_LEVEL: 'error' });
  const store = await openStore({ mongodbUri: undefined, dataDir }, { join: true });
  const client = new MongoClient(store.uri);
  try {
    const records = client.db(DEFAULT_DATABASE).collection<{ _id: string }>('setup');
    await records.updateOne({ _id: 'master-key' }, { $set: { next: 'another' } });
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.output).toContain('the master key of this database is being changed');
  } finally {
    await client.close();
    await store.close();
  }
}, 60_000);
