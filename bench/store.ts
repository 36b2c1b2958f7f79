/**
 * `npm run bench:store`: the embedded store through the unchanged driver, 32 clients at once, against canned replies over the same
 * driver and socket, in turns; then how long it takes to open and what memory it holds.
 * Options: --seconds 3 (of a slice), --rounds 5, --documents 100000, --large (1e6 as well).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Collection, MongoClient } from 'mongodb';
import type { Ready } from './store-process.js';
import { account, type Account, INDEXES, type Workload, WORKLOADS } from './store-workloads.js';
import { median } from './table.js';

const CLIENTS = 32;
const FILL_BATCH = 5000;
const OPENINGS = 5;
const PAGE_BYTES = 4096;
const SYNCED_PAGES = 32;
const SYNCS = 50;
const PROCESS = fileURLToPath(new URL('./store-process.js', import.meta.url));

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
    documents: { type: 'string', default: '100000' },
    large: { type: 'boolean', default: false },
  },
});

interface Target extends Ready {
  child: ChildProcess;
}

async function start(...args: string[]): Promise<Target> {
  const child = fork(PROCESS, args);
  const [ready] = (await once(child, 'message')) as [Ready];
  return { child, ...ready };
}

async function stop({ child }: Target): Promise<void> {
  const exit = once(child, 'exit');
  child.send('close');
  await exit;
}

async function memoryOf({ child }: Target): Promise<number> {
  child.send('memory');
  const [bytes] = (await once(child, 'message')) as [number];
  return bytes / 2 ** 20;
}

async function withAccounts<T>({ uri }: Target, work: (accounts: Collection<Account>) => Promise<T>): Promise<T> {
  const client = await MongoClient.connect(uri, { maxPoolSize: CLIENTS, minPoolSize: CLIENTS });
  try {
    return await work(client.db('bench').collection<Account>('accounts'));
  } finally {
    await client.close();
  }
}

async function fill(directory: string, from: number, to: number): Promise<void> {
  const store = await start('store', directory);
  await withAccounts(store, async (accounts) => {
    await accounts.createIndexes(INDEXES.map((index) => ({ ...index })));
    for (let n = from; n < to; n += FILL_BATCH) {
      await accounts.insertMany(Array.from({ length: Math.min(FILL_BATCH, to - n) }, (_, i) => account(n + i)));
    }
  });
  await stop(store);
}

/** @returns ms until so many pages as a group of writes changes are on disk: what the rows that write depend on */
async function syncMs(directory: string): Promise<number> {
  const file = await open(join(directory, 'sync'), 'w');
  const times: number[] = [];
  try {
    await file.write(Buffer.alloc(SYNCED_PAGES * PAGE_BYTES * SYNCS));
    await file.sync();
    for (let n = 0; n < SYNCS; n++) {
      for (let page = 0; page < SYNCED_PAGES; page++)
        await file.write(Buffer.alloc(PAGE_BYTES, 1), 0, PAGE_BYTES, (page * SYNCS + n) * PAGE_BYTES);
      const written = performance.now();
      await file.datasync();
      times.push(performance.now() - written);
    }
  } finally {
    await file.close();
  }
  return median(times);
}

let serial = 0;

/** @returns operations a second */
async function slice(accounts: Collection<Account>, workload: Workload, present: number): Promise<number> {
  const begin = performance.now();
  const end = begin + Number(options.seconds) * 1000;
  let done = 0;
  const client = async () => {
    while (performance.now() < end) {
      await workload.run(accounts, present, serial++);
      done++;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return (done / (performance.now() - begin)) * 1000;
}

async function compare(directory: string, present: number): Promise<void> {
  const [store, canned] = [await start('store', directory), await start('canned')];
  await withAccounts(store, (ours) =>
    withAccounts(canned, async (theirs) => {
      for (const workload of WORKLOADS) {
        await slice(ours, workload, present); // warm
        await slice(theirs, workload, present);
        const rates = { ours: [] as number[], theirs: [] as number[] };
        for (let round = 0; round < Number(options.rounds); round++) {
          rates.theirs.push(await slice(theirs, workload, present));
          rates.ours.push(await slice(ours, workload, present));
        }
        const ratios = rates.ours.map((rate, i) => rate / rates.theirs[i]!);
        const spread = `${percent(Math.min(...ratios))} to ${percent(Math.max(...ratios))}`;
        console.log(
          `${workload.name.padEnd(24)} ${rate(rates.ours)} of ${rate(rates.theirs)} canned: ${percent(median(ratios))} (${spread}; must be 50 %)`,
        );
      }
    }),
  );
  await stop(store);
  await stop(canned);
}

async function openings(directory: string, documents: number): Promise<void> {
  const times: number[] = [];
  let memory = 0;
  for (let i = 0; i < OPENINGS; i++) {
    const store = await start('store', directory);
    times.push(store.openMs);
    await withAccounts(store, async (accounts) => {
      for (let n = 0; n < 1000; n++)
        await accounts.findOne({ email: account(Math.floor(Math.random() * documents)).email });
    });
    memory = Math.max(memory, await memoryOf(store));
    await stop(store);
  }
  console.log(
    `${documents} documents: opens in ${median(times).toFixed(0)} ms (must be 100), then holds ${memory.toFixed(0)} MiB without file pages, the whole process`,
  );
}

const rate = (rates: number[]): string => `${median(rates).toFixed(0)}/s`;
const percent = (ratio: number): string => `${(ratio * 100).toFixed(0)} %`;

const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
try {
  const documents = Number(options.documents);
  const data = join(directory, 'data');
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}, ${CLIENTS} clients`);
  console.log(`${SYNCED_PAGES} pages are on this disk after ${(await syncMs(directory)).toFixed(1)} ms`);
  await fill(data, 0, documents);
  await openings(data, documents);
  await compare(data, documents);
  if (options.large) {
    const large = join(directory, 'large');
    await fill(large, 0, 1_000_000);
    await openings(large, 1_000_000);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
