import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../src/database/open-store.js';
import { runCommand, type Ran } from '../support/run-command.js';

const INLINE_SECRET = 'an-inline-client-secret';

/** As the newer command line tools wrote it. */
const CURRENT = {
  'realm_config.json': {
    app_id: 'shop-kqzwe',
    config_version: 20210101,
    name: 'shop',
    location: 'IE',
    deployment_model: 'LOCAL',
    allowed_request_origins: ['https://Shop.example.com', 'https://shop.example.com:443'],
  },
  'auth/providers.json': {
    'anon-user': { name: 'anon-user', type: 'anon-user', disabled: false },
    'api-key': { name: 'api-key', type: 'api-key', disabled: true },
    'local-userpass': {
      name: 'local-userpass',
      type: 'local-userpass',
      disabled: false,
      config: {
        autoConfirm: false,
        emailConfirmationUrl: 'https://shop.example.com/confirm',
        runResetFunction: true,
        resetFunctionName: 'resetFunc',
        resetFunctionId: '5f0000000000000000000001',
      },
    },
    'oauth2-google': {
      name: 'oauth2-google',
      type: 'oauth2-google',
      disabled: true,
      config: { clientId: 'shop.apps.googleusercontent.com', openId: false },
      secret_config: { clientSecret: 'googleClientSecret' },
      metadata_fields: [{ required: true, name: 'email' }],
    },
  },
  'auth/custom_user_data.json': {
    enabled: true,
    mongo_service_name: 'mongodb-atlas',
    database_name: 'shop',
    collection_name: 'profiles',
    user_id_field: 'uid',
  },
  'functions/config.json': [{ name: 'resetFunc', private: false }, { name: 'addToCart' }],
  'functions/resetFunc.js': 'exports = () => ({ status: "success" });',
  'triggers/onSignUp.json': { name: 'onSignUp', type: 'AUTHENTICATION' },
  'environments/no-environment.json': { values: {} },
  'http_endpoints/config.json': [],
};

const LEGACY = {
  'stitch.json': {
    app_id: 'forum-abcde',
    config_version: 20180301,
    name: 'forum',
    security: { allowed_request_origins: ['http://localhost:8080'] },
    custom_user_data_config: { enabled: false },
    hosting: { enabled: false },
  },
  'auth_providers/anon-user.json': {
    id: '5c0000000000000000000001',
    name: 'anon-user',
    type: 'anon-user',
    disabled: true,
  },
  'auth_providers/oauth2-google.json': {
    id: '5c0000000000000000000002',
    name: 'oauth2-google',
    type: 'oauth2-google',
    config: { clientId: 'forum.apps.googleusercontent.com', clientSecret: INLINE_SECRET },
    disabled: true,
  },
  'auth_providers/mongodb-cloud.json': { name: 'mongodb-cloud', type: 'mongodb-cloud', disabled: false, config: {} },
  'functions/hello/config.json': { name: 'hello', private: false },
  'services/mongodb-atlas/config.json': { name: 'mongodb-atlas', type: 'mongodb-atlas' },
};

interface Result {
  client_app_id: string | null;
  applied: boolean;
  lines: { status: string; what: string; detail: string }[];
}

let dir: string;
let store: Store;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'latchkey-cli-import-'));
  store = await openStore({ mongodbUri: undefined, dataDir: join(dir, 'data') }, { sameThread: true });
  env = { MONGODB_URI: store.uri, LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64') };
});

afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

const latchkey = (line: string): Promise<Ran> => runCommand(line, env);

function folder(name: string, files: Record<string, unknown>): string {
  for (const [file, content] of Object.entries(files)) {
    const path = join(dir, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return join(dir, name);
}

async function imported(line: string): Promise<Result> {
  const { code, out, err } = await latchkey(`app import ${line} --json`);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Result;
}

/** Without the lines on providers that this version keeps only. */
const statuses = ({ lines }: Result) =>
  lines.filter(({ detail }) => !detail.startsWith('kept, but')).map(({ status, what }) => `${status}: ${what}`);
const apps = async () => JSON.parse((await latchkey('app list --json')).out) as Record<string, unknown>[];

describe('latchkey app import', () => {
  it('says what a folder of the newer layout becomes, and writes nothing', async () => {
    const result = await imported(folder('current', CURRENT));
    expect(result).toMatchObject({ client_app_id: null, applied: false });
    expect(statuses(result)).toEqual([
      'new: app shop',
      'new: function resetFunc',
      'left out: functions that logging in does not call: 1',
      'new: provider anon-user',
      'new: provider api-key, disabled',
      'new: provider local-userpass',
      'new: provider oauth2-google, disabled',
      'note: provider oauth2-google',
      'note: secret googleClientSecret',
      'new: allowed request origins',
      'new: custom user data',
      'note: custom user data',
      'left out: triggers',
      'note: users',
    ]);
    const redirect = result.lines.find(({ detail }) => detail.includes('/api/client/v2.0/auth/callback'));
    expect(redirect).toMatchObject({ status: 'note', what: 'provider oauth2-google' });
    expect(await apps()).toEqual([]);

    const words = await latchkey(`app import ${join(dir, 'current')}`);
    expect(words.out).toMatch(/\nnew +function resetFunc +its JavaScript is not run here/);
    expect(words.err).toBe('Nothing was written: --apply does it.\n');
  });

  it('makes the app with the id that its clients have, and may be done again', async () => {
    const result = await imported(`${join(dir, 'current')} --apply`);
    expect(result).toMatchObject({ client_app_id: 'shop-kqzwe', applied: true });
    const after = await apps();
    expect(after).toMatchObject([
      {
        name: 'shop',
        client_app_id: 'shop-kqzwe',
        allowed_request_origins: ['https://shop.example.com'],
        providers: [
          { type: 'anon-user', disabled: false },
          { type: 'api-key', disabled: true },
          { type: 'local-userpass', disabled: false },
          { type: 'oauth2-google', disabled: true },
        ],
      },
    ]);
    const again = await imported(`${join(dir, 'current')} --apply`);
    expect(new Set(again.lines.map(({ status }) => status))).toEqual(new Set(['same', 'note', 'left out']));
    expect(await apps()).toEqual(after);
  });

  it('names what a changed export changes, and takes nothing away', async () => {
    const { 'anon-user': _, ...rest } = CURRENT['auth/providers.json'];
    const userpass = { ...rest['local-userpass'], config: { autoConfirm: true } };
    const providers = { ...rest, 'local-userpass': userpass, 'api-key': { ...rest['api-key'], disabled: false } };
    const path = folder('changed', { ...CURRENT, 'auth/providers.json': providers });
    const { lines } = await imported(`${path} --apply`);
    expect(lines.filter(({ status }) => status === 'new' || status === 'changed')).toEqual([
      { status: 'changed', what: 'provider api-key', detail: 'disabled' },
      { status: 'changed', what: 'provider local-userpass', detail: 'config.autoConfirm' },
    ]);
    const [app] = await apps();
    expect(app!['providers']).toHaveLength(4);
  });

  it('takes the older layout, and moves a secret out of the configuration without showing it', async () => {
    const path = folder('legacy', LEGACY);
    const planned = await latchkey(`app import ${path}`);
    expect(planned.out).toMatch(/left out +provider mongodb-cloud +this server has no such provider/);
    expect(planned.out).toMatch(/left out +services/);
    expect(planned.out).not.toMatch(/hosting/);
    expect(planned.out + planned.err).not.toContain(INLINE_SECRET);
    expect((await imported(`${path} --apply`)).client_app_id).toBe('forum-abcde');
    const again = await imported(path);
    expect(again.lines.filter(({ status }) => status === 'new' || status === 'changed')).toEqual([]);

    const google = { ...LEGACY['auth_providers/oauth2-google.json'] };
    google.config = { ...google.config, clientSecret: 'another-client-secret' };
    const changed = await imported(folder('legacy', { 'auth_providers/oauth2-google.json': google }));
    expect(changed.lines.filter(({ status }) => status === 'changed')).toEqual([
      { status: 'changed', what: 'provider oauth2-google, disabled', detail: 'secret oauth2-google-clientSecret' },
    ]);
  });

  it('goes into another app where one is named', async () => {
    await latchkey('app create third --client-app-id third-main');
    const result = await imported(`${join(dir, 'legacy')} --app third-main --apply`);
    expect(result).toMatchObject({ client_app_id: 'third-main', applied: true });
    const unknown = await latchkey(`app import ${join(dir, 'legacy')} --app nothing-here`);
    expect([unknown.code, unknown.out, unknown.err]).toEqual([1, '', expect.stringContaining("'nothing-here'")]);
  });

  it.each([
    ['nothing', {}, 'there is no such folder'],
    ['empty', { 'README.md': '' }, 'no exported app is there'],
    ['broken', { 'realm_config.json': '{"name": hush' }, 'realm_config.json: is not JSON'],
    ['list', { 'realm_config.json': [] }, 'realm_config.json: is not an object'],
    ['nameless', { 'realm_config.json': { config_version: 20210101 } }, 'neither a name nor an app id'],
    ['bad-id', { 'realm_config.json': { name: 'shop', app_id: 'a/b' } }, "app_id: 'a/b' is not valid"],
    [
      'bad-providers',
      {
        'realm_config.json': { name: 'bad', app_id: 'bad-abcde' },
        'auth/providers.json': { a: 1, b: { name: 'b' } },
      },
      "auth provider 'a': not an object; auth provider 'b': 'type' is a required string",
    ],
    [
      'bad-settings',
      {
        'realm_config.json': { name: 'bad', app_id: 'bad-abcde', allowed_request_origins: ['shop'] },
        'auth/providers.json': { 'local-userpass': { type: 'local-userpass' }, 'anon-user': { type: 'anon-user' } },
      },
      'provider local-userpass: ',
    ],
  ])('refuses the folder %j with words, and writes nothing', async (name, files, words) => {
    const before = await apps();
    const path = folder(name, files);
    const ran = await latchkey(`app import ${path} --apply`);
    expect([ran.code, ran.out]).toEqual([1, '']);
    expect(ran.err).toContain(words);
    expect(ran.err).not.toContain('hush');
    expect(await apps()).toEqual(before);
  });
});
