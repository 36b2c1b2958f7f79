import { MongoError } from '../errors.js';

/** How long one command may keep the event loop before others get a turn. */
const SLICE_MS = 10;
const CHECK_EVERY = 64;

/** The time that a command may take (maxTimeMS), and its turns on the event loop. */
export class Budget {
  private steps = 0;
  private sliceEnd = Date.now() + SLICE_MS;

  /** @param deadline Date.now() at which the command fails; undefined for never */
  constructor(readonly deadline: number | undefined) {}

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
