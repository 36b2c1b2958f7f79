import { Clock } from '../../src/common/clock.js';

/** Stands still until it is moved. Starts at the real time, since certificates, cookies and the database have their own. */
export class FakeClock extends Clock {
  #ms = Date.now();

  override now(): Date {
    return new Date(this.#ms);
  }

  advance(seconds: number): void {
    this.#ms += seconds * 1_000;
  }
}
