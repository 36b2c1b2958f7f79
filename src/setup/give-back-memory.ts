import { performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 5_000;
const MOST_LOOKS = 12;
/** Busier than this, what was in use a moment ago will be again. */
const QUIET = 0.05;
/** V8 starts with 1 MB, and a start takes it to 32 and leaves it there. */
const SMALL_BYTES = 4 * 1024 * 1024;

/**
 * Gives back the 30 to 40 MB that only the start needed, in the first quiet moments of its first minute: V8 would do so by
 * itself, but in a process that allocates nothing at all.
 */
export function giveBackMemoryAfterStart(): void {
  let looks = 0;
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    looks += 1;
    if (utilization < QUIET) collect();
    if (looks === MOST_LOOKS || youngBytes() < SMALL_BYTES) clearInterval(timer);
  }, LOOK_EVERY_MS).unref();
}

function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  gc();
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
