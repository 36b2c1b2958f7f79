import { inTurn } from './contenders.js';
import type { Pair } from './contenders.js';
import { ServerProcess } from './server-process.js';
import type { Launch } from './server-process.js';
import type { Row } from './table.js';

export const START_ROWS = [
  { name: 'start to first answer', unit: 'ms', must: 5, aim: 2.8, smaller: true },
  { name: 'memory idle', unit: 'MB', must: 135, aim: 110, smaller: true },
] as const;

/** V8 gives back what the start needed once a process was idle for about ten seconds. */
const IDLE_MS = 20_000;

/** Starts on a data directory that is set up: what a restart takes. */
export async function starts(launch: Pair<Launch>, rounds: number): Promise<Row[]> {
  const [start, memory] = START_ROWS.map((row): Row => ({ ...row, bare: [], latchkey: [], figure: [] })) as [Row, Row];
  for (let round = 0; round < rounds; round++) {
    for (const who of inTurn(round)) {
      const server = await ServerProcess.start(launch[who]);
      start[who].push(server.startMs);
      await server.quiet(IDLE_MS);
      memory[who].push(server.memoryMegabytes());
      await server.stop();
    }
    start.figure.push((start.latchkey.at(-1) as number) / (start.bare.at(-1) as number));
    memory.figure.push(memory.latchkey.at(-1) as number);
  }
  return [start, memory];
}
