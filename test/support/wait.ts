export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Until a token whose `exp` is that second is past it. */
export async function untilPast(exp: unknown): Promise<void> {
  await sleep(Math.max(0, Number(exp) * 1000 + 50 - Date.now()));
}

/** Until it is so. Never a measure of time: the test's own limit ends what does not come. */
export async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}
