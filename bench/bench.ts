/**
 * `npm run bench`: Latchkey on its defaults against the bare server of this folder, as ratios of CPU per operation.
 * Options: --seconds 2 (of a slice), --rounds 5, --only refresh,profile, --bcrypt-cost 12 (of both), --db (keep MONGODB_URI).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { settings } from '../src/config/settings.js';
import { Load } from './load.js';
import { ServerProcess } from './server-process.js';
import type { Launch } from './server-process.js';
import type { Contender, Pair } from './contenders.js';
import { START_ROWS, starts } from './starts.js';
import { STORM, storms } from './storm.js';
import { slices } from './slices.js';
import { table } from './table.js';
import type { Row } from './table.js';
import { Cast, workloads } from './workloads.js';

/** Of ours, settings that a --db run needs from outside. */
const KEPT_WITH_DB = new Set(['MONGODB_URI', 'LATCHKEY_MASTER_KEY']);
const OURS = /^(LATCHKEY_.*|MONGODB_URI|PORT|HOST|LOG_LEVEL|BCRYPT_COST|ACCESS_TOKEN_SECONDS)$/;

const { default: DEFAULT_COST } = settings.bcryptCost as { default: string };

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    'bcrypt-cost': { type: 'string', default: DEFAULT_COST },
    db: { type: 'boolean', default: false },
  },
});
const seconds = Number(options.seconds);
const rounds = Number(options.rounds);
const only = options.only?.split(',');
const wanted = (name: string) => only === undefined || only.includes(name);

function launches(directory: string): Pair<Launch> {
  const here = dirname(fileURLToPath(import.meta.url));
  const passed = Object.entries(process.env).filter(
    ([name]) => !OURS.test(name) || (options.db && KEPT_WITH_DB.has(name)),
  );
  const env = Object.fromEntries(passed);
  const cost = options['bcrypt-cost'];
  return {
    bare: {
      name: 'bare',
      script: join(here, 'bare-server.js'),
      env: { ...env, BCRYPT_COST: cost },
      logFile: join(directory, 'bare.log'),
    },
    latchkey: {
      name: 'Latchkey',
      script: join(here, '../bundle/src/main.js'),
      env: {
        ...env,
        LATCHKEY_DATA_DIR: join(directory, 'data'),
        LATCHKEY_BCRYPT_COST: cost,
        LATCHKEY_USERS_PER_ADDRESS_PER_HOUR: '0',
      },
      logFile: join(directory, 'latchkey.log'),
    },
  };
}

async function contender(launch: Launch): Promise<Contender> {
  const server = await ServerProcess.start(launch);
  const load = await Load.on(server.port);
  const cast = new Cast();
  await cast.fill(load);
  return { server, load, cast };
}

async function measure(directory: string): Promise<Row[]> {
  const launch = launches(directory);
  const rows: Row[] = [];
  const pair = { bare: await contender(launch.bare), latchkey: await contender(launch.latchkey) };
  try {
    rows.push(
      ...(await slices(
        pair,
        workloads.filter(({ name }) => wanted(name)),
        { rounds, seconds },
      )),
    );
    if (wanted(STORM.name)) rows.push(await storms(pair, { rounds, seconds }));
  } finally {
    for (const { load, server } of Object.values(pair)) {
      load.close();
      await server.stop();
    }
  }
  if (START_ROWS.some(({ name }) => wanted(name))) {
    rows.push(...(await starts(launch, rounds)).filter(({ name }) => wanted(name)));
  }
  return rows;
}

const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
try {
  const store = options.db ? 'MONGODB_URI' : 'the embedded store';
  console.log(
    `Latchkey on ${store} against a bare node:http server: CPU per operation, ${rounds} rounds of ${seconds} s slices`,
  );
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}, bcrypt cost ${options['bcrypt-cost']}\n`,
  );
  console.log(table(await measure(directory)));
} finally {
  await rm(directory, { recursive: true, force: true });
}
