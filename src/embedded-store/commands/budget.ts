import { MongoError } from '../errors.js';

/** How long one command may keep the event loop before others get a turn. */
const SLICE_MS = 10;
const CHECK_EVERY = 64;

/** The time that a command may take (maxTimeMS), and its turns on the event loop. */
export class Budget {
  private steps = 0;
  private sliceEnd = Date.now() + SLICE_MS;

  private pausedAt: number | undefined;

  /** @param deadline Date.now() at which the command fails; undefined for never */
  constructor(public deadline: number | undefined) {}

  /** Between two batches of a cursor no time is counted. */
  pause(): void {
    this.pausedAt = Date.now();
  }

  /** Begins another turn, after a pause perhaps. */
  resume(): void {
    const idle = this.pausedAt === undefined ? 0 : Date.now() - this.pausedAt;
    if (this.deadline !== undefined) this.deadline += idle;
    this.pausedAt = undefined;
    this.renew();
  }

  /**
   * Counts one step of work.
   *
   * @returns true when others should have a turn now
   * @throws MongoError 50 after the deadline
   */
  step(): boolean {
    if (++this.steps % CHECK_EVERY !== 0) return false;
    const now = Date.now();
    if (this.deadline !== undefined && now > this.deadline) throw new MongoError(50, 'operation exceeded time limit');
    return now >= this.sliceEnd;
  }

  /** Called at the beginning of another turn. */
  renew(): void {
    this.sliceEnd = Date.now() + SLICE_MS;
  }

  /** Lets the event loop serve others. */
  async breathe(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.renew();
  }
}
