import { inTurn } from './contenders.js';
import type { Contender, Pair } from './contenders.js';
import type { Row } from './table.js';
import type { Workload } from './workloads.js';

export interface Extent {
  rounds: number;
  /** How long new operations are started in one slice. */
  seconds: number;
}

/** What is written behind is done within a second; the slice that caused it pays. */
const WRITTEN_BEHIND_MS = 1_200;
/** V8 still compiles after several thousand. */
const WARM_UP_OPERATIONS = 6_000;
const WARM_UP_HASHES = 16;
/** Enough to keep the cores hashing, few enough that none is told to come back later. */
export const HASHING_CONNECTIONS = 8;

/** Slices of every workload on both servers in turn, round after round. */
export async function slices(
  pair: Pair<Contender>,
  workloads: Workload[],
  { rounds, seconds }: Extent,
): Promise<Row[]> {
  const rows = workloads.map(({ name, must, aim }): Row => ({
    name,
    unit: 'µs',
    must,
    aim,
    bare: [],
    latchkey: [],
    figure: [],
  }));
  for (const workload of workloads) for (const who of inTurn(0)) await warmUp(pair[who], workload);
  for (let round = 0; round < rounds; round++) {
    console.error(`round ${round + 1} of ${rounds}`);
    for (const [index, workload] of workloads.entries()) {
      const row = rows[index] as Row;
      for (const who of inTurn(round)) row[who].push(await slice(pair[who], workload, seconds));
      row.figure.push((row.bare.at(-1) as number) / (row.latchkey.at(-1) as number));
    }
  }
  return rows;
}

async function warmUp({ load, cast }: Contender, workload: Workload): Promise<void> {
  for (let left = workload.hashes ? WARM_UP_HASHES : WARM_UP_OPERATIONS; left > 0;) {
    const source = (await workload.prepare?.(load)) ?? workload.source(cast);
    left -= (await load.run(source, { operations: left }, share(workload))).done;
  }
}

/** @returns µs of CPU per operation */
async function slice({ server, load, cast }: Contender, workload: Workload, seconds: number): Promise<number> {
  const source = (await workload.prepare?.(load)) ?? workload.source(cast);
  await server.quiet(WRITTEN_BEHIND_MS);
  const before = server.cpuSeconds();
  const { done, refused } = await load.run(source, workload.prepare ? {} : { seconds }, share(workload));
  await server.quiet(WRITTEN_BEHIND_MS);
  if (refused > 0) console.log(`${server.name} refused ${refused} of ${done + refused} (${workload.name})`);
  return ((server.cpuSeconds() - before) / done) * 1e6;
}

function share({ hashes }: Workload): { count?: number } {
  return hashes ? { count: HASHING_CONNECTIONS } : {};
}
