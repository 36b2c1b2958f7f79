import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { run } from '../../src/cli/program.js';
import { openStore, type Store } from '../../src/database/open-store.js';
import { BUILT_COMMAND } from '../support/built-command.js';

const LATCHKEY_MASTER_KEY = randomBytes(32).toString('base64');

interface Ran {
  code: number;
  out: string;
  err: string;
}

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

/** Runs a command in this process, on the store of this file as if it were a replica set. */
async function latchkey(line: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  let [out, err] = ['', ''];
  const code = await run(line.split(' '), {
    env: { MONGODB_URI: store.uri, LATCHKEY_MASTER_KEY, ...env },
    out: (text) => (out += text),
    err: (text) => (err += text),
    newPassword: () => Promise.reject(new Error('not asked for here')),
  });
  return { code, out, err };
}

/** Runs the built command in a process of its own. */
function latchkeyProcess(line: string, env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BUILT_COMMAND, ...line.split(' ')], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err });
    });
  });
}

describe('latchkey', () => {
  it('says what there is', async () => {
    expect(await latchkey('--help')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('app') });
    expect((await latchkey('app create --help')).out).toContain('--provider <type>');
  });

  it.each([
    'ap',
    'app',
    'app make shop',
    'app create',
    'app list --jsn',
    'app create shop --origin shop.example.com',
    'app create shop --origin https://shop.example.com/path',
    'app create shop --access-token-seconds 1e3',
  ])('does not understand %j: 2, on stderr', async (line) => {
    const ran = await latchkey(line);
    expect([ran.code, ran.out]).toEqual([2, '']);
    expect(ran.err).not.toBe('');
  });

  it('reports wrong settings as the server does', async () => {
    const ran = await latchkey('app list', { PORT: 'x', LATCHKEY_DATADIR: '/y' });
    expect([ran.code, ran.out]).toEqual([1, '']);
    expect(ran.err).toContain('PORT: expected a whole number from 0 to 65535, got "x"');
    expect(ran.err).toContain('did you mean LATCHKEY_DATA_DIR?');
  });
});

describe('latchkey app', () => {
  it('makes apps and lists them, and no default app beside', async () => {
    const made = await latchkey('app create shop --provider anon-user --provider local-userpass');
    expect([made.code, made.err]).toEqual([0, '']);
    expect(made.out).toMatch(/Client app id {3}shop-[a-z]{5}\n {2}Providers {7}anon-user, local-userpass\n/);

    const options =
      '--json --client-app-id forum-main --origin https://forum.example.com --origin http://localhost:8080';
    const second = await latchkey(
      `app create forum ${options} --access-token-seconds 120 --refresh-token-seconds 1800`,
    );
    expect(JSON.parse(second.out)).toMatchObject({
      client_app_id: 'forum-main',
      name: 'forum',
      allowed_request_origins: ['https://forum.example.com', 'http://localhost:8080'],
      access_token_seconds: 120,
      refresh_token_seconds: 1800,
      providers: [],
    });

    const listed = await latchkey('app list --json');
    expect(JSON.parse(listed.out)).toMatchObject([
      { name: 'forum', client_app_id: 'forum-main' },
      { name: 'shop', providers: [{ type: 'anon-user', disabled: false }, { type: 'local-userpass' }] },
    ]);
    expect(listed.out).not.toMatch(/sealed|secret/i);

    const shown = await latchkey('app list');
    expect(shown.out).toMatch(/^NAME +CLIENT APP ID +PROVIDERS +ID\nforum +forum-main +- +[\da-f]{24}\nshop /);
  });

  it.each([
    ['app create 1st', "app name '1st' is not valid"],
    ['app create shop --provider oauth2-gogle', "provider type 'oauth2-gogle' is unknown"],
    ['app create shop --access-token-seconds 59', 'access token lifetime'],
    ['app create forum --client-app-id forum-main', 'exists already'],
  ])('refuses %j with words, and makes nothing', async (line, words) => {
    const ran = await latchkey(line);
    expect([ran.code, ran.out]).toEqual([1, '']);
    expect(ran.err).toMatch(/^latchkey: /);
    expect(ran.err).toContain(words);
    expect(JSON.parse((await latchkey('app list --json')).out)).toHaveLength(2);
  });

  it('says what is wrong with the database, without stack or secret', async () => {
    const other = await latchkey('app list', { LATCHKEY_MASTER_KEY: randomBytes(32).toString('hex') });
    expect([other.code, other.out]).toEqual([1, '']);
    expect(other.err).toMatch(/^latchkey: LATCHKEY_MASTER_KEY: does not fit this database[^\n]*\n$/);

    const nobody = await latchkey('app list', { MONGODB_URI: 'mongodb://ada:hush@127.0.0.1:9/' });
    expect([nobody.code, nobody.out]).toEqual([1, '']);
    expect(nobody.err).toMatch(/^latchkey: MONGODB_URI: no replica set answers there [^\n]*\n$/);
    expect(nobody.err).not.toContain('hush');
  });
});

describe('the built command', () => {
  it('works on the data directory of a stopped server', async () => {
    const LATCHKEY_DATA_DIR = join(dir, 'stopped');
    const made = await latchkeyProcess('app create shop --provider anon-user', { LATCHKEY_DATA_DIR });
    expect([made.code, made.err]).toEqual([0, '']);
    const listed = await latchkeyProcess('app list --json', { LATCHKEY_DATA_DIR });
    expect(JSON.parse(listed.out)).toMatchObject([{ name: 'shop' }]);
  }, 60_000);

  it('works beside the server that runs on it', async () => {
    const LATCHKEY_DATA_DIR = join(dir, 'data');
    const made = await latchkeyProcess('app create beside --provider anon-user', {
      LATCHKEY_DATA_DIR,
      LATCHKEY_MASTER_KEY,
    });
    expect([made.code, made.err]).toEqual([0, '']);
    // What it made is in the database that this process has open, and that goes on.
    const listed = JSON.parse((await latchkey('app list --json')).out) as { name: string }[];
    expect(listed.map(({ name }) => name)).toContain('beside');
  }, 60_000);
});
