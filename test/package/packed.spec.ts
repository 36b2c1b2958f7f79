import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { App as RealmApp, Credentials } from 'realm-web';
import ts from 'typescript';
import { BuiltServer } from '../support/built-server.js';
import { ApiClient, type Answer } from '../support/client.js';
import { expectError } from '../support/expect-answer.js';
import { waitUntil } from '../support/wait.js';

const run = promisify(execFile);
const LIMIT_MS = 240_000;

interface Manifest {
  bin: { latchkey: string };
  dependencies: Record<string, string>;
}

/** As `npm install` leaves it: the unpacked package, and beside it what it depends on and nothing else. */
let folder: string;
let packed: Manifest;
let tarball: string;
let latchkey: string;

async function install(name: string, from: string): Promise<void> {
  const place = join(folder, 'node_modules', name);
  await mkdir(dirname(place), { recursive: true });
  await symlink(await realpath(from), place);
}

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'latchkey-package-')));
  await run('npm', ['run', '--silent', 'build:types']);
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--offline', '--pack-destination', folder], {
    maxBuffer: 1e7,
  });
  tarball = join(folder, stdout.trim().split('\n').at(-1)!);
  const place = join(folder, 'node_modules', 'latchkey');
  await mkdir(place, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', place, '--strip-components=1']);
  packed = JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as Manifest;
  for (const name of Object.keys(packed.dependencies)) await install(name, join('node_modules', name));
  await install('@types/node', 'node_modules/@types/node');
  latchkey = join(place, packed.bin.latchkey);
}, LIMIT_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the package', () => {
  const { ModuleKind, ModuleResolutionKind } = ts;

  it.each([
    ['node16', { module: ModuleKind.Node16, moduleResolution: ModuleResolutionKind.Node16 }],
    ['nodenext', { module: ModuleKind.NodeNext, moduleResolution: ModuleResolutionKind.NodeNext }],
    ['bundler', { module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Bundler }],
    ['node10', { module: ModuleKind.CommonJS, moduleResolution: ModuleResolutionKind.Node10 }],
  ])('has types for the module resolution %s', (_name, options) => {
    const importing = join(folder, 'index.mts');
    const found = ['latchkey', 'latchkey/verifier', 'latchkey/verifier/nest'].map(
      (name) => ts.resolveModuleName(name, importing, options, ts.sys).resolvedModule?.resolvedFileName,
    );
    const at = join(folder, 'node_modules/latchkey/dist/src');
    expect(found).toEqual([`${at}/index.d.ts`, `${at}/verifier/index.d.ts`, `${at}/verifier/nest.d.ts`]);
  });

  it('holds the server and its documents, and neither tests nor benchmarks', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball], { maxBuffer: 1e7 });
    const files = stdout.split('\n');
    for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/configuration.md', 'dist/bundle/src/main.js']) {
      expect(files).toContain(`package/${file}`);
    }
    expect(files.filter((file) => /\/(test|bench|node_modules|scripts)\/|\.map$|\.tgz$/.test(file))).toEqual([]);
  });

  it('gives createServer to whoever imports it', async () => {
    const code =
      "import('latchkey').then(({ createServer, firstRun }) => console.log(typeof createServer, typeof firstRun))";
    const { stdout } = await run(process.execPath, ['-e', code], { cwd: folder });
    expect(stdout).toBe('function function\n');
  });

  it('has the command, which starts the server and says what it refuses', async () => {
    const { stdout } = await run(process.execPath, [latchkey, '--help']);
    expect(stdout).toContain('start the server');
    const server = await BuiltServer.start(join(folder, 'plain-data'), {}, [latchkey, 'start']);
    expect((await server.client().login('anon-user')).status).toBe(200);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    const refused = run(process.execPath, [latchkey, 'start'], { env: { ...process.env, PORT: 'x' } });
    await expect(refused).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('PORT: expected') });
  }, 90_000);
});

describe('examples/own-server', () => {
  let server: BuiltServer | undefined;
  let app: ApiClient;
  let mails: string;

  const post = (path: string, body: object, token?: string): Promise<Answer> =>
    app.request('POST', `/api/admin/v3.0${path}`, { body, token });

  beforeAll(async () => {
    const place = join(folder, 'own-server');
    await cp('examples/own-server', place, { recursive: true, filter: (file) => !/node_modules|dist/.test(file) });
    await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', place]);
    const dataDir = join(folder, 'data');
    const creating = run(process.execPath, [latchkey, 'admin', 'create', 'ada@shop.example'], {
      env: { ...process.env, MONGODB_URI: undefined, LATCHKEY_DATA_DIR: dataDir, LATCHKEY_BCRYPT_COST: '4' },
    });
    creating.child.stdin?.end('admin password\n');
    await creating;
    mails = join(folder, 'mails.jsonl');
    server = await BuiltServer.start(dataDir, { MAIL_FILE: mails }, [join(place, 'dist/main.js')]);
    app = server.client();
    const login = await post('/auth/providers/local-userpass/login', {
      username: 'ada@shop.example',
      password: 'admin password',
    });
    const token = login.body.access_token;
    const groups = await app.request('GET', '/api/admin/v3.0/auth/profile', { token });
    const { group_id: group } = (groups.body['roles'] as { group_id: string }[])[0]!;
    const made = await post(`/groups/${group}/apps`, { name: 'shop' }, token);
    const at = `/groups/${group}/apps/${String(made.body['_id'])}`;
    app = server.client(String(made.body['client_app_id']));
    const config = { autoConfirm: false, emailConfirmationUrl: 'https://shop.example/confirm' };
    for (const [path, body] of [
      ['secrets', { name: 'badges', value: 'what signs badges' }],
      ['auth_providers', { type: 'badge', secret_config: { signingKey: 'badges' } }],
      ['auth_providers', { type: 'custom-function', config: { authFunctionName: 'memberLogin' } }],
      [
        'auth_providers',
        { type: 'local-userpass', config: { ...config, resetPasswordUrl: 'https://shop.example/reset' } },
      ],
    ] as const) {
      const { status, text } = await post(`${at}/${path}`, body, token);
      if (status !== 201) throw new Error(`${path}: ${status} ${text}`);
    }
  }, LIMIT_MS);
  afterAll(async () => {
    await server?.stop();
  });

  it('logs in with its own provider', async () => {
    const badge = (number: string, key = 'what signs badges') =>
      `${number}.${createHmac('sha256', key).update(number).digest('hex')}`;
    const { accessToken, userId } = app.tokens(await app.login('badge', { badge: badge('42') }));
    expect((await app.profile(accessToken)).body).toMatchObject({
      data: { name: 'Badge 42' },
      identities: [{ id: '42', provider_type: 'badge' }],
    });
    expect(app.tokens(await app.login('badge', { badge: badge('42') })).userId).toBe(userId);
    expectError(await app.login('badge', { badge: badge('42', 'x') }), { status: 401, error: 'invalid badge' });
    expectError(await app.login('badge', {}), { status: 400, code: 'MissingParameter' });
  });

  it('logs in with its own function', async () => {
    const realm = new RealmApp({ id: app.clientAppId, baseUrl: app.baseUrl });
    const user = await realm.logIn(Credentials.function({ member: '4711', pin: '1234' }));
    expect(user.profile).toEqual({ name: 'Ada' });
    const refused = await app.login('custom-function', { member: '4711', pin: '1' });
    expectError(refused, { status: 401, code: 'AuthError', error: 'no such member' });
  });

  it('asks its hook, and sends by its mailer', async () => {
    const stranger = await app.register({ email: 'eve@elsewhere.example', password: 'secret1' });
    expectError(stranger, { status: 403, code: 'AuthError', error: 'only for the staff of the shop' });
    expect((await app.register({ email: 'bob@shop.example', password: 'secret1' })).status).toBe(201);
    await waitUntil(async () => (await readFile(mails, 'utf8').catch(() => '')).includes('\n'));
    const [line] = (await readFile(mails, 'utf8')).split('\n');
    expect(JSON.parse(line!)).toMatchObject({
      to: 'bob@shop.example',
      text: expect.stringContaining('https://shop.example/confirm?token='),
    });
  });
});
