export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Until a token whose `exp` is that second is past it. */
export async function untilPast(exp: unknown): Promise<void> {
  await sleep(Math.max(0, Number(exp) * 1000 + 50 - Date.now()));
}

const LONGEST_WAIT_MS = 15_000;

/**
 * Until it is so. Never a measure of time: the limit is there to end what does not come.
 *
 * @throws Error below the limit of a test, so that what the test started is not left behind
 */
export async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + LONGEST_WAIT_MS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not so within ${LONGEST_WAIT_MS} ms: ${isSo.toString()}`);
    await sleep(20);
  }
}
