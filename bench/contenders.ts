import type { Load } from './load.js';
import type { ServerProcess } from './server-process.js';
import type { Cast } from './workloads.js';

/** One server with what drives it. */
export interface Contender {
  server: ServerProcess;
  load: Load;
  cast: Cast;
}

export interface Pair<T> {
  bare: T;
  latchkey: T;
}

/** Who comes first changes with each round. */
export function inTurn(round: number): (keyof Pair<unknown>)[] {
  return round % 2 === 0 ? ['bare', 'latchkey'] : ['latchkey', 'bare'];
}
