import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../src/database/open-store.js';
import { BuiltServer } from '../support/built-server.js';
import { runCommand, type Ran } from '../support/run-command.js';

const HEX_24 = /^[0-9a-f]{24}$/;
const NOBODY = '0123456789abcdef01234567';

interface UserJson {
  _id: string;
  disabled: boolean;
  data: { email?: string };
}

let dir: string;
let store: Store;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'latchkey-cli-users-'));
  store = await openStore({ mongodbUri: undefined, dataDir: join(dir, 'data') }, { sameThread: true });
  const LATCHKEY_MASTER_KEY = randomBytes(32).toString('base64');
  env = { MONGODB_URI: store.uri, LATCHKEY_MASTER_KEY, LATCHKEY_BCRYPT_COST: '4' };
});

afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

const latchkey = (line: string, password?: string): Promise<Ran> => runCommand(line, env, password);
const usersIn = ({ out }: Ran): UserJson[] => JSON.parse(out) as UserJson[];

describe('latchkey users', () => {
  it('says which app is meant, or that it must be said', async () => {
    const none = await latchkey('users list');
    expect([none.code, none.out, none.err]).toEqual([1, '', expect.stringContaining('there is no app yet')]);

    await latchkey('app create shop --client-app-id shop-main --provider local-userpass');
    expect(await latchkey('users list')).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^ID +NAME/) });

    await latchkey('app create forum --client-app-id forum-main --provider local-userpass');
    const two = await latchkey('users list');
    expect([two.code, two.out]).toEqual([1, '']);
    expect(two.err).toContain('there are 2 apps: say which with --app (forum-main, shop-main)');
    const unknown = await latchkey('users list --app nothing-here');
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining("'nothing-here'")]);
  });

  it('makes users with the password that is typed, each address once', async () => {
    const made = await latchkey('users create Ada@Example.com --app shop-main', 'a long password');
    expect([made.code, made.err]).toEqual([0, '']);
    expect(made.out).toMatch(/^The user Ada@Example.com was made, with the id [0-9a-f]{24}\.\n$/);
    const second = await latchkey('users create bob@example.com --app shop-main --json', 'a long password');
    expect(JSON.parse(second.out)).toMatchObject({
      _id: expect.stringMatching(HEX_24),
      type: 'normal',
      disabled: false,
      data: { email: 'bob@example.com' },
      identities: [{ provider_type: 'local-userpass' }],
    });
    expect(second.out).not.toMatch(/sealed|password"|hash/i);

    const again = await latchkey('users create ada@example.com --app shop-main', 'a long password');
    expect([again.code, again.out, again.err]).toEqual([1, '', 'latchkey: name already in use\n']);
    const weak = await latchkey('users create eve@example.com --app shop-main', 'short');
    expect([weak.code, weak.out]).toEqual([1, '']);
    expect(weak.err).toMatch(/^latchkey: password /);
    const noAddress = await latchkey('users create nobody --app shop-main', 'a long password');
    expect([noAddress.code, noAddress.err]).toEqual([1, 'latchkey: email invalid\n']);
    const noPassword = await latchkey('users create eve@example.com --app shop-main');
    expect([noPassword.code, noPassword.out]).toEqual([1, '']);
  });

  it('of two that make the same user at once one does', async () => {
    const both = await Promise.all(
      [1, 2].map(() => latchkey('users create once@example.com --app forum-main', 'a long password')),
    );
    expect(both.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(usersIn(await latchkey('users list --app forum-main --json'))).toHaveLength(1);
  });

  it('lists them, and finds them by words', async () => {
    const all = usersIn(await latchkey('users list --app shop-main --json'));
    expect(all.map(({ data }) => data.email)).toEqual(['Ada@Example.com', 'bob@example.com']);

    const first = await latchkey('users list --app shop-main --limit 1');
    expect(first.out.trimEnd().split('\n')).toHaveLength(2);
    expect(first.out).toMatch(/[0-9a-f]{24} {2}Ada@Example.com {2}local-userpass {2}enabled +\d{4}-.+Z +never\n$/);
    expect(first.err).toBe('There are more: --limit or --all shows them.\n');
    const whole = await latchkey('users list --app shop-main --all');
    expect([whole.out.trimEnd().split('\n').length, whole.err]).toEqual([3, '']);

    const found = usersIn(await latchkey('users search bob --app shop-main --json'));
    expect(found.map(({ data }) => data.email)).toEqual(['bob@example.com']);
    const byId = usersIn(await latchkey(`users search ${all[0]!._id} --app shop-main --json`));
    expect(byId).toEqual([all[0]]);
    expect(usersIn(await latchkey('users search zoe --app shop-main --json'))).toEqual([]);
    expect(usersIn(await latchkey('users search bob --app forum-main --json'))).toEqual([]);
    expect(usersIn(await latchkey('users list --app shop-main --provider anon-user --json'))).toEqual([]);
  });

  it('shows one by its id or its address, in any case', async () => {
    const [ada] = usersIn(await latchkey('users search ada --app shop-main --json'));
    const byAddress = await latchkey('users show ADA@example.com --app shop-main --json');
    expect(JSON.parse(byAddress.out)).toEqual(ada);
    const inWords = await latchkey(`users show ${ada!._id} --app shop-main`);
    expect(inWords.out).toContain(`Id           ${ada!._id}\nType         normal\nStatus       enabled\n`);
    expect(inWords.out).toContain('Profile      {"email":"Ada@Example.com"}\n');
    expect(inWords.out).toMatch(/\nIDENTITY +ID +ADDED\nlocal-userpass +[0-9a-f]{24} +\d{4}-/);
  });

  it('disables, enables and deletes', async () => {
    const status = async () => usersIn(await latchkey('users list --app shop-main --status disabled --json'));
    const disabled = await latchkey('users disable bob@example.com --app shop-main');
    expect(disabled).toEqual({ code: 0, out: 'The user bob@example.com is disabled.\n', err: '' });
    expect((await status()).map(({ data }) => data.email)).toEqual(['bob@example.com']);
    const enabled = await latchkey('users enable bob@example.com --app shop-main --json');
    expect(JSON.parse(enabled.out)).toMatchObject({ data: { email: 'bob@example.com' }, disabled: false });
    expect(await status()).toEqual([]);
    expect((await latchkey('users delete bob@example.com --app shop-main')).out).toContain('was deleted');
    const again = await latchkey('users delete bob@example.com --app shop-main');
    expect([again.code, again.out, again.err]).toEqual([
      1,
      '',
      "latchkey: the app shop-main has no user 'bob@example.com'\n",
    ]);
  });

  it.each(['show', 'disable', 'enable', 'revoke', 'delete'])(
    '%s does not know the users of another app',
    async (verb) => {
      const [ada] = usersIn(await latchkey('users search ada --app shop-main --json'));
      for (const user of [ada!._id, 'ada@example.com', NOBODY]) {
        const ran = await latchkey(`users ${verb} ${user} --app forum-main`);
        expect([ran.code, ran.out, ran.err]).toEqual([1, '', `latchkey: the app forum-main has no user '${user}'\n`]);
      }
      expect(usersIn(await latchkey('users search ada --app shop-main --json'))).toEqual([ada]);
    },
  );

  it.each(['users', 'users show', 'users list --status off', 'users list --limit 0', 'users create', 'users drop x'])(
    'does not understand %j: 2, on stderr',
    async (line) => {
      const ran = await latchkey(line);
      expect([ran.code, ran.out]).toEqual([2, '']);
      expect(ran.err).not.toBe('');
    },
  );
});

describe('latchkey keys', () => {
  it('needs the provider', async () => {
    const ran = await latchkey('keys create worker --app shop-main');
    expect([ran.code, ran.out, ran.err]).toEqual([1, '', expect.stringContaining("'api-key' auth provider")]);
  });

  it('makes a key that is shown once, and lists it', async () => {
    await latchkey('app create jobs --client-app-id jobs-main --provider api-key');
    const made = await latchkey('keys create worker --app jobs-main');
    expect(made.code).toBe(0);
    expect(made.out).toMatch(/^[A-Za-z0-9]{64}\n$/);
    expect(made.err).toContain('It is not shown again');
    const second = await latchkey('keys create mailer --app jobs-main --json');
    expect(JSON.parse(second.out)).toEqual({
      _id: expect.stringMatching(HEX_24),
      name: 'mailer',
      disabled: false,
      key: expect.stringMatching(/^[A-Za-z0-9]{64}$/),
    });

    const listed = await latchkey('keys list --app jobs-main');
    expect(listed.out).toMatch(/^NAME +STATUS +ID\nmailer +enabled +[0-9a-f]{24}\nworker +enabled +[0-9a-f]{24}\n$/);
    expect(listed.out).not.toContain(made.out.trim());
    expect(JSON.parse((await latchkey('keys list --app shop-main --json')).out)).toEqual([]);

    const taken = await latchkey('keys create worker --app jobs-main');
    expect([taken.code, taken.out, taken.err]).toEqual([1, '', 'latchkey: API key with name already exists\n']);
    const bad = await latchkey('keys create wörker --app jobs-main');
    expect([bad.code, bad.err]).toEqual([1, expect.stringContaining('ASCII letters')]);
  });

  it('disables, enables and deletes by name or id, in its own app only', async () => {
    const list = async () => {
      const { out } = await latchkey('keys list --app jobs-main --json');
      return JSON.parse(out) as { _id: string; name: string; disabled: boolean }[];
    };
    const { _id } = (await list()).find(({ name }) => name === 'worker')!;
    expect((await latchkey('keys disable worker --app jobs-main')).out).toBe('The key worker is disabled.\n');
    expect((await list()).filter(({ disabled }) => disabled)).toMatchObject([{ name: 'worker' }]);
    expect((await latchkey(`keys enable ${_id} --app jobs-main`)).code).toBe(0);
    expect((await list()).filter(({ disabled }) => disabled)).toEqual([]);

    for (const verb of ['disable', 'enable', 'delete']) {
      const foreign = await latchkey(`keys ${verb} ${_id} --app shop-main`);
      expect([foreign.code, foreign.err]).toEqual([1, `latchkey: the app shop-main has no key '${_id}'\n`]);
    }
    const off = await latchkey('keys disable worker --app jobs-main --json');
    expect(JSON.parse(off.out)).toEqual({ _id, name: 'worker', disabled: true });
    const gone = await latchkey('keys delete worker --app jobs-main --json');
    expect(JSON.parse(gone.out)).toEqual({ _id, deleted: true });
    expect((await list()).map(({ name }) => name)).toEqual(['mailer']);
  });
});

describe('beside a running server', () => {
  it('what is revoked, disabled or deleted is refused by it within a second', async () => {
    const server = await BuiltServer.start(join(dir, 'running'));
    const beside = { LATCHKEY_DATA_DIR: join(dir, 'running'), LATCHKEY_BCRYPT_COST: '4' };
    try {
      const client = server.client();
      const status = async (token: string) => (await client.profile(token)).status;
      const made = await runCommand('users create ada@example.com', beside, 'a long password');
      expect([made.code, made.err]).toEqual([0, '']);
      const login = { username: 'ada@example.com', password: 'a long password' };
      for (const verb of ['revoke', 'disable']) {
        const { accessToken } = client.tokens(await client.login('local-userpass', login));
        expect(await status(accessToken)).toBe(200);
        expect((await runCommand(`users ${verb} ada@example.com`, beside)).code).toBe(0);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        expect(await status(accessToken)).toBe(401);
      }
      expect((await client.login('local-userpass', login)).status).toBe(401);
      await runCommand('users delete ada@example.com', beside);
      const registered = await client.register({ email: login.username, password: login.password });
      expect(registered.status).toBe(201);
    } finally {
      await server.kill();
    }
  }, 60_000);
});
