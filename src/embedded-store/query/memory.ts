import { ErrorCodes, MongoError } from '../errors.js';

export const MEMORY_LIMIT_BYTES = 104_857_600;

export const memoryExceeded = (stage: string): MongoError =>
  new MongoError(
    ErrorCodes.QueryExceededMemoryLimitNoDiskUseAllowed,
    `${stage} exceeded the memory limit of ${MEMORY_LIMIT_BYTES} bytes; the embedded store does not use the disk for it`,
  );

/** Counts what a blocking stage keeps; beyond 100 MB it gives up, as MongoDB does without `allowDiskUse`. */
export class MemoryMeter {
  private used = 0;

  constructor(private readonly stage: string) {}

  add(bytes: number): void {
    this.used += bytes;
    if (this.used > MEMORY_LIMIT_BYTES) throw memoryExceeded(this.stage);
  }
}
