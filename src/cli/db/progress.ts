const EVERY_MS = 2000;

/** Says on stderr how far a collection has come: every few seconds, and at its end. */
export class Progress {
  private done = 0;
  private nextAt = Date.now() + EVERY_MS;

  /** @param total as far as it is known before */
  constructor(
    private readonly err: (text: string) => unknown,
    private readonly what: string,
    private readonly total: number,
  ) {}

  add(count: number): void {
    this.done += count;
    if (Date.now() < this.nextAt) return;
    this.nextAt = Date.now() + EVERY_MS;
    this.err(`  ${this.what}: ${this.done} of ${this.total}\n`);
  }

  end(): void {
    this.err(`  ${this.what}: ${this.done} documents\n`);
  }
}
