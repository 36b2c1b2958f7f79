/**
 * `npm run bench:admin`: what administrators list, search and page, in an app of a thousand users and in one of a million, as CPU
 * per request and their ratio.
 * Options: --users 1000,1000000, --seconds 1 (of a slice), --rounds 5.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MongoClient, ObjectId } from 'mongodb';
import { run } from '../src/cli/program.js';
import { DEFAULT_DATABASE } from '../src/config/database-name.js';
import { openStore } from '../src/database/open-store.js';
import { emailOf, fillUsers, nameOf } from './admin-users.js';
import { Connection, requestBytes } from './connection.js';
import { ServerProcess } from './server-process.js';
import { median } from './table.js';

const ADMIN = { username: 'bench@example.com', password: 'bench password' };
const API = '/api/admin/v3.0';
const MOST = 2;
const SAID_EACH = 100_000;
const OURS = /^(LATCHKEY_.*|MONGODB_URI|PORT|HOST|LOG_LEVEL)$/;

const { values: options } = parseArgs({
  options: {
    users: { type: 'string', default: '1000,1000000' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
  },
});

interface Site {
  users: number;
  server: ServerProcess;
  connection: Connection;
  token: string;
  /** `/api/admin/v3.0/groups/…/apps/…` */
  path: string;
  /** Ids from all over the app, to page behind. */
  ids: string[];
}

/** How many users come back is the same, however many there are. */
interface Question {
  name: string;
  path: (site: Site) => string;
  answered: number;
  /** Of the console; what is answered is rows with a box. */
  isPage?: true;
}

const some = (list: readonly string[]): string => list[Math.floor(Math.random() * list.length)]!;
const someone = ({ users }: Site): number => Math.floor(Math.random() * users);

const QUESTIONS: Question[] = [
  { name: 'first page', path: () => 'users', answered: 50 },
  { name: 'a page from anywhere', path: ({ ids }) => `users?after=${some(ids)}`, answered: 50 },
  {
    name: 'the same, newest first',
    path: ({ ids }) => `users?sort=creation_date&desc=true&after=${some(ids)}`,
    answered: 50,
  },
  { name: 'the disabled', path: () => 'users?status=disabled&limit=10', answered: 10 },
  {
    name: 'of one provider',
    path: ({ ids }) => `users?provider_types=local-userpass&after=${some(ids)}`,
    answered: 50,
  },
  { name: 'search: whole address', path: (site) => `users?search=${emailOf(someone(site))}`, answered: 1 },
  {
    name: 'search: begin of an address',
    path: (site) => `users?search=${emailOf(someone(site)).slice(0, 13)}`,
    answered: 10,
  },
  { name: 'search: name of one in ten', path: () => 'users?search=grace', answered: 50 },
  {
    name: 'search: two words',
    path: (site) => `users?search=${encodeURIComponent(nameOf(someone(site)))}`,
    answered: 1,
  },
  { name: 'one user', path: ({ ids }) => `users/${some(ids)}`, answered: 1 },
  { name: 'console: dashboard', path: () => '', answered: 0, isPage: true },
  { name: 'console: users', path: () => 'users', answered: 50, isPage: true },
  { name: 'console: users from anywhere', path: ({ ids }) => `users?after=${some(ids)}`, answered: 50, isPage: true },
  {
    name: 'console: search',
    path: (site) => `users?search=${emailOf(someone(site))}`,
    answered: 1,
    isPage: true,
  },
  {
    name: 'console: filters',
    path: () => 'users?status=enabled&type=normal&provider_types=local-userpass',
    answered: 50,
    isPage: true,
  },
  { name: 'console: one user', path: ({ ids }) => `users/${some(ids)}`, answered: 0, isPage: true },
  { name: 'console: statistics', path: () => 'statistics', answered: 0, isPage: true },
  { name: 'console: audit log', path: () => 'audit', answered: 0, isPage: true },
  { name: 'console: pending users', path: () => 'pending', answered: 0, isPage: true },
];

/** What a page may weigh. */
const PAGE_BYTES = 100_000;

function envOf(directory: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !OURS.test(name));
  return { ...Object.fromEntries(inherited), LATCHKEY_DATA_DIR: directory, LATCHKEY_BCRYPT_COST: '4' };
}

/** @returns what it printed as JSON */
async function command(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Record<string, string>> {
  let printed = '';
  const code = await run([...args, '--json'], {
    env,
    out: (text) => (printed += text),
    err: (text) => process.stderr.write(text),
    newPassword: async () => ADMIN.password,
  });
  if (code !== 0) throw new Error(`latchkey ${args.join(' ')}: ${code}`);
  return JSON.parse(printed) as Record<string, string>;
}

/** An app that is full, without a server on it yet. */
interface Filled {
  directory: string;
  users: number;
  app: ObjectId;
  ids: string[];
}

async function build(directory: string, users: number): Promise<Filled> {
  const env = envOf(directory);
  await command(env, 'admin', 'create', ADMIN.username);
  const app = ObjectId.createFromHexString(
    (await command(env, 'app', 'create', 'bench', '--client-app-id', 'demo-local'))['_id']!,
  );
  return { directory, users, app, ids: await fill(directory, app, users) };
}

async function open({ directory, users, app, ids }: Filled): Promise<Site> {
  const script = join(dirname(fileURLToPath(import.meta.url)), '../bundle/src/main.js');
  const server = await ServerProcess.start({
    name: `Latchkey, ${users} users`,
    script,
    env: { ...envOf(directory), LOG_LEVEL: 'warn' },
    logFile: `${directory}.log`,
  });
  const connection = await Connection.open(server.port);
  const ask = async (method: string, path: string, rest: { token?: string; body?: object }) => {
    const { status, text } = await connection.send(requestBytes(method, API + path, rest));
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text) as { access_token: string; roles: { group_id: string }[] };
  };
  const { access_token: token } = await ask('POST', '/auth/providers/local-userpass/login', { body: ADMIN });
  const { roles } = await ask('GET', '/auth/profile', { token });
  const path = `${API}/groups/${roles[0]!.group_id}/apps/${app.toHexString()}`;
  return { users, server, connection, token, path, ids };
}

/** @returns ids with a full page behind them and before them */
async function fill(dataDir: string, app: ObjectId, users: number): Promise<string[]> {
  const store = await openStore({ mongodbUri: undefined, dataDir });
  const client = await MongoClient.connect(store.uri);
  try {
    const db = client.db(DEFAULT_DATABASE);
    await fillUsers(db, app, users, (done) => {
      if (done % SAID_EACH === 0) console.error(`${done} of ${users} users`);
    });
    const page = { limit: users - 120, skip: 60, projection: { _id: 1 } };
    const all = db.collection('users').find({ app }, { ...page, sort: { _id: 1 } });
    const ids: string[] = [];
    const each = Math.max(1, Math.floor(users / 1_000));
    let n = 0;
    for await (const { _id } of all) if (n++ % each === 0) ids.push(_id.toHexString());
    return ids;
  } finally {
    await client.close();
    await store.close();
  }
}

/** @returns µs of CPU for each request */
async function slice(site: Site, question: Question): Promise<number> {
  await site.server.quiet(200);
  const before = site.server.cpuSeconds();
  const end = performance.now() + Number(options.seconds) * 1_000;
  let done = 0;
  while (performance.now() < end) {
    await ask(site, question);
    done++;
  }
  return ((site.server.cpuSeconds() - before) / done) * 1e6;
}

/** @throws Error where it is not answered as it should be */
async function ask(site: Site, { name, path, answered, isPage }: Question): Promise<void> {
  const base = isPage ? site.path.replace(API, '/console') : site.path;
  const request = requestBytes('GET', `${base}/${path(site)}`.replace(/\/$/, ''), { token: site.token });
  const { status, text } = await site.connection.send(request);
  const count = isPage ? text.split('name="id:').length - 1 : countOf(JSON.parse(text));
  const isTooLarge = isPage && Buffer.byteLength(text) > PAGE_BYTES;
  if (status === 200 && count === answered && !isTooLarge) return;
  throw new Error(`${name}: ${status}, ${count} users, ${text.length} characters: ${text.slice(0, 200)}`);
}

function countOf(found: unknown): number {
  return Array.isArray(found) ? found.length : 1;
}

async function compare(small: Site, large: Site): Promise<boolean> {
  let isFlat = true;
  console.log(`| | ${small.users} users | ${large.users} users | ratio | spread |\n| --- | --: | --: | --: | --: |`);
  for (const question of QUESTIONS) {
    for (const site of [small, large]) await slice(site, question);
    const taken = { small: [] as number[], large: [] as number[] };
    for (let round = 0; round < Number(options.rounds); round++) {
      taken.small.push(await slice(small, question));
      taken.large.push(await slice(large, question));
    }
    const ratios = taken.large.map((time, i) => time / taken.small[i]!);
    const ratio = median(ratios);
    isFlat &&= ratio <= MOST;
    const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    const [less, more] = [taken.small, taken.large].map((times) => `${median(times).toFixed(0)} µs`);
    console.log(`| ${question.name} | ${less} | ${more} | ${ratio.toFixed(2)} | ${spread} |`);
  }
  return isFlat;
}

const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-admin-'));
const sites: Site[] = [];
try {
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}: CPU per request\n`);
  const filled: Filled[] = [];
  for (const users of options.users.split(',').map(Number)) {
    filled.push(await build(join(directory, String(users)), users));
  }
  for (const each of filled) sites.push(await open(each));
  const [small, large] = sites as [Site, Site];
  const isFlat = await compare(small, large);
  console.log(`\n${isFlat ? `No ratio is above ${MOST}.` : `A ratio is above ${MOST}.`}`);
  if (!isFlat) process.exitCode = 1;
} finally {
  for (const { connection, server } of sites) {
    connection.close();
    await server.stop();
  }
  await rm(directory, { recursive: true, force: true });
}
