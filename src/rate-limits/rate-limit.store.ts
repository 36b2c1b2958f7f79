/** Counters that all instances share and that outlive a restart. */
export abstract class RateLimitStore {
  /**
   * Raises counters of one key by one atomic step.
   *
   * @param key anything; equal keys in one window share their counters
   * @param by what to add to each named counter; the names are those of the caller, `[a-z0-9]+`
   * @returns the counters after it
   */
  abstract add(key: string, windowSeconds: number, by: Record<string, number>): Promise<Record<string, number>>;

  /** Takes back what was added, some time within a second. */
  abstract takeBack(key: string, windowSeconds: number, by: Record<string, number>): void;
}
