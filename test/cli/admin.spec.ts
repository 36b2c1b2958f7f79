import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { run } from '../../src/cli/program.js';
import { openStore, type Store } from '../../src/database/open-store.js';
import { BUILT_COMMAND } from '../support/built-command.js';

const LATCHKEY_MASTER_KEY = randomBytes(32).toString('base64');

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

async function latchkey(
  line: string,
  password = 'a long password',
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run(line.split(' '), {
    env: { MONGODB_URI: store.uri, LATCHKEY_MASTER_KEY, LATCHKEY_BCRYPT_COST: '4', PORT: '8399' },
    out: (text) => (out += text),
    err: (text) => (err += text),
    newPassword: async () => password,
  });
  return { code, out, err };
}

/** The built command in a process of its own, with something on its standard input. */
function latchkeyProcess(args: string[], input: string): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const env = { LATCHKEY_DATA_DIR: join(dir, 'piped'), LATCHKEY_BCRYPT_COST: '4' };
    const child = spawn(process.execPath, [BUILT_COMMAND, ...args], { env });
    let [out, err] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.end(input);
  });
}

describe('latchkey admin', () => {
  it('prints a setup link until there is an administrator, and makes one', async () => {
    const link = await latchkey('admin setup-link');
    expect(link).toMatchObject({ code: 0, err: '' });
    expect(link.out).toMatch(/^http:\/\/localhost:8399\/console\/setup\?token=[\w-]{43}\n$/);
    const asJson = JSON.parse((await latchkey('admin setup-link --json')).out) as { link: string };
    expect(asJson.link).not.toBe(link.out.trim());

    expect(await latchkey('admin create ada@example.com')).toEqual({
      code: 0,
      out: 'The administrator ada@example.com was made.\n',
      err: '',
    });
    const late = await latchkey('admin setup-link');
    expect([late.code, late.out]).toEqual([1, '']);
    expect(late.err).toContain('there is an administrator already');
  });

  it('makes more of them, each address once', async () => {
    const made = await latchkey('admin create bob@example.com --name Bob --json');
    expect(JSON.parse(made.out)).toEqual({
      _id: expect.stringMatching(/^[0-9a-f]{24}$/),
      email: 'bob@example.com',
      role_name: 'GROUP_OWNER',
    });
    const again = await latchkey('admin create Bob@Example.com');
    expect([again.code, again.out, again.err]).toEqual([1, '', 'latchkey: name already in use\n']);
  });

  it('resets a second factor, and ends the sessions', async () => {
    expect(await latchkey('admin reset-second-factor ada@example.com')).toEqual({
      code: 1,
      out: '',
      err: 'latchkey: there is no second factor\n',
    });
    expect((await latchkey('admin reset-second-factor eve@example.com')).err).toBe(
      'latchkey: no administrator has the address eve@example.com\n',
    );
    const client = await MongoClient.connect(store.uri);
    try {
      const db = client.db('latchkey');
      const administrators = db.collection('administrators');
      const ada = await administrators.findOne({ emailKey: 'ada@example.com' });
      const totp = { sealedSecret: Buffer.alloc(40), lastStep: 0, recoveryHashes: [], enabledAt: new Date() };
      await administrators.updateOne({ _id: ada!._id }, { $set: { totp } });
      await db.collection('admin_sessions').insertOne({ owner: ada!._id, refreshTokenHash: Buffer.alloc(32) });
      const reset = await latchkey('admin reset-second-factor Ada@Example.com');
      expect([reset.code, reset.err]).toEqual([0, '']);
      expect(reset.out).toContain('The second factor of ada@example.com is reset');
      const after = await administrators.findOne({ _id: ada!._id });
      expect([after!['totp'], after!['epoch']]).toEqual([undefined, Number(ada!['epoch']) + 1]);
      expect(await db.collection('admin_sessions').countDocuments({ owner: ada!._id })).toBe(0);
      expect((await latchkey('audit list --type administrator.second_factor_reset')).out).toContain('reset');
    } finally {
      await client.close();
    }
  });

  it('refuses a weak password and what is no address', async () => {
    const weak = await latchkey('admin create eve@example.com', 'short');
    expect([weak.code, weak.err]).toEqual([1, expect.stringContaining('at least 8 characters')]);
    const noAddress = await latchkey('admin create nobody');
    expect([noAddress.code, noAddress.err]).toEqual([1, 'latchkey: email invalid\n']);
  });

  it('reads the password that a program pipes in', async () => {
    const made = await latchkeyProcess(['admin', 'create', 'ada@example.com'], 'a long password\nmore\n');
    expect([made.code, made.out]).toEqual([0, 'The administrator ada@example.com was made.\n']);
    const nothing = await latchkeyProcess(['admin', 'create', 'bob@example.com'], '');
    expect([nothing.code, nothing.out]).toEqual([1, '']);
    expect(nothing.err).toContain('no password was given');
  }, 60_000);
});
