import type { Engine } from './engine.js';
import { removeLeftovers } from './index-build.js';
import { after } from './keys.js';
import { sweepExpired } from './ttl.js';

const SWEEP_MS = 60_000;
/** Keys of dropped collections removed in one transaction. */
const SLICE = 1000;

/** Work that nobody waits for: emptying what was dropped, and removing documents past their time. */
export class Sweeper {
  private readonly timer: NodeJS.Timeout;
  private isRunning = false;
  private isClosed = false;

  constructor(private readonly engine: Engine) {
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS);
    this.timer.unref();
    engine.onDropped = () => void this.sweepDropped();
    void this.sweepDropped();
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    await sweepExpired(this.engine, () => this.isClosed);
    await this.sweepDropped();
  }

  private async sweepDropped(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      for (const collection of this.engine.catalog.all()) {
        if (this.isClosed) return;
        if (collection.leftovers.length > 0) await removeLeftovers(this.engine, collection);
      }
      for (;;) {
        const [dropped] = this.engine.catalog.droppedRanges(this.engine.reader);
        if (!dropped || this.isClosed) return;
        await this.engine.change(({ writer }) => {
          const keys = writer.range(dropped.prefix, after(dropped.prefix), { limit: SLICE });
          for (const { key } of keys) writer.remove(key);
          if (keys.length === 0) writer.remove(dropped.key);
        });
      }
    } catch {
      // A full disk, most likely; the next sweep tries again.
    } finally {
      this.isRunning = false;
    }
  }
}
