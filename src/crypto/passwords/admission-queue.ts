import { HashingBusy } from './hashing-busy.js';

/** What is left waiting when the server stops gets this long; a client is better told to come again than cut off. */
const DRAIN_MS = 5_000;

/** Weight of the newest measurement in the mean: the last ten or so decide. */
const NEWEST = 0.2;

export interface AdmissionOptions {
  /** How many run at once. */
  lanes: number;
  /** How long a caller may wait for its answer. */
  patienceMs: number;
  /** What one is thought to take before the first was measured. */
  guessMs: number;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}

interface Waiting {
  start(): Promise<void>;
  refuse(): void;
  since: number;
}

/**
 * Lets in what can be served within the caller's patience, and refuses the rest at once: a queue without end would make
 * everybody wait for answers that nobody waits for any more.
 */
export class AdmissionQueue {
  private readonly waiting: Waiting[] = [];
  private readonly now: () => number;
  private running = 0;
  private meanMs: number;
  private closed = false;
  private onIdle: (() => void) | undefined;

  constructor(private readonly options: AdmissionOptions) {
    this.meanMs = options.guessMs;
    this.now = options.now ?? (() => performance.now());
  }

  /** @throws HashingBusy at once when the queue is full, later when it went slower than was expected */
  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.closed || !this.canServe(this.running + this.waiting.length + 1)) return Promise.reject(this.busy());
    return new Promise((resolve, reject) => {
      const start = () => this.measure(work).then(resolve, reject);
      this.waiting.push({ start, refuse: () => reject(this.busy()), since: this.now() });
      this.startNext();
    });
  }

  /** Lets nobody in any more; resolves when the last one has its answer. */
  close(): Promise<void> {
    this.closed = true;
    while (this.waiting.length > 0 && this.finishMs(this.running + this.waiting.length) > DRAIN_MS) {
      this.waiting.pop()?.refuse();
    }
    if (this.running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.onIdle;
      this.onIdle = () => {
        before?.();
        resolve();
      };
    });
  }

  private canServe(place: number): boolean {
    return place <= this.options.lanes || this.finishMs(place) <= this.options.patienceMs;
  }

  /** When the one at this place, counted from 1, will have its answer. */
  private finishMs(place: number): number {
    return Math.ceil(place / this.options.lanes) * this.meanMs;
  }

  private busy(): HashingBusy {
    return new HashingBusy(Math.max(1, Math.ceil(this.finishMs(this.running + this.waiting.length) / 1000)));
  }

  private startNext(): void {
    while (this.running < this.options.lanes) {
      const next = this.waiting.shift();
      if (!next) return;
      if (this.now() - next.since > this.options.patienceMs) {
        next.refuse();
        continue;
      }
      this.running++;
      void next.start();
    }
  }

  private async measure<T>(work: () => Promise<T>): Promise<T> {
    const began = this.now();
    try {
      return await work();
    } finally {
      this.meanMs += NEWEST * (this.now() - began - this.meanMs);
      this.running--;
      this.startNext();
      if (this.running === 0) this.onIdle?.();
    }
  }
}
