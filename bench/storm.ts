import { inTurn } from './contenders.js';
import type { Contender, Pair } from './contenders.js';
import { CONNECTIONS } from './load.js';
import { HASHING_CONNECTIONS } from './slices.js';
import type { Extent } from './slices.js';
import type { Row } from './table.js';
import { refreshes, signIns } from './workloads.js';

export const STORM = { name: 'refreshes during sign-ins', must: 0.5, aim: 1.5 };

/** How many refreshes a second get through while sign-ins keep every core hashing. */
export async function storms(pair: Pair<Contender>, { rounds, seconds }: Extent): Promise<Row> {
  const row: Row = { ...STORM, unit: '/s', bare: [], latchkey: [], figure: [] };
  for (let round = 0; round < rounds; round++) {
    for (const who of inTurn(round)) row[who].push(await storm(pair[who], seconds));
    row.figure.push((row.latchkey.at(-1) as number) / (row.bare.at(-1) as number));
  }
  return row;
}

async function storm({ load, cast }: Contender, seconds: number): Promise<number> {
  const hashing = load.run(signIns(cast), { seconds: seconds + 0.5 }, { count: HASHING_CONNECTIONS });
  const share = { first: HASHING_CONNECTIONS, count: CONNECTIONS - HASHING_CONNECTIONS };
  const started = performance.now();
  const { done } = await load.run(refreshes(cast), { seconds }, share);
  const took = (performance.now() - started) / 1000;
  await hashing;
  return done / took;
}
