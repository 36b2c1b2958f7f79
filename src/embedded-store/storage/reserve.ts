import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const RESERVE_BYTES = 16 << 20;

/** A file that only takes up room. It is removed when the disk is full, so that deletes can be written. */
export class Reserve {
  private readonly file: string;

  constructor(directory: string) {
    this.file = join(directory, 'reserve');
    this.restore();
  }

  free(): void {
    rmSync(this.file, { force: true });
  }

  /** Takes the room again. @returns false when there is not enough */
  restore(): boolean {
    if (existsSync(this.file)) return true;
    try {
      const descriptor = openSync(this.file, 'w', 0o600);
      try {
        const zeros = Buffer.alloc(1 << 20);
        for (let written = 0; written < RESERVE_BYTES; written += zeros.length) writeSync(descriptor, zeros);
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      return true;
    } catch {
      this.free();
      return false;
    }
  }
}
