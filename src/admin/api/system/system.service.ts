import { statfs } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../common/clock.js';
import { VERSION } from '../../../common/version.js';
import { Config } from '../../../config/config.js';
import { Database, MAX_TIME_MS } from '../../../database/database.js';
import { ServiceUnavailable } from '../../../errors/errors.js';
import { warningsOf, type Observed, type SystemWarning } from './warnings.js';

/** Counted from what the store keeps of its collections, not by reading them. */
const COUNTED = { apps: 'apps', users: 'users', sessions: 'sessions' } as const;

export interface SystemState {
  version: string;
  node: string;
  startedAt: Date;
  store: {
    kind: 'embedded' | 'mongodb';
    database: string;
    writable: boolean;
    dataBytes: number;
    storageBytes: number;
    disk: Observed['disk'];
  };
  counts: Record<keyof typeof COUNTED, number>;
  warnings: SystemWarning[];
}

/** What runs here, how much it holds, and what an operator should do about it. */
@Injectable()
export class SystemService {
  readonly #startedAt: Date;

  constructor(
    private readonly database: Database,
    private readonly config: Config,
    clock: Clock,
  ) {
    this.#startedAt = clock.now();
  }

  async describe(): Promise<SystemState> {
    const { config } = this;
    const db = this.database.connection.db!;
    const isEmbedded = config.mongodbUri === undefined;
    const [stats, refusal, disk, counts] = await Promise.all([
      db.command({ dbStats: 1, maxTimeMS: MAX_TIME_MS }),
      this.#refusal(),
      isEmbedded ? diskOf(config.dataDir) : undefined,
      Promise.all(Object.entries(COUNTED).map(async ([name, collection]) => [name, await this.#count(collection)])),
    ]);
    return {
      version: VERSION,
      node: process.version,
      startedAt: this.#startedAt,
      store: {
        kind: isEmbedded ? 'embedded' : 'mongodb',
        database: db.databaseName,
        writable: refusal === undefined,
        dataBytes: Number(stats['dataSize']),
        storageBytes: Number(stats['storageSize']),
        disk,
      },
      counts: Object.fromEntries(counts) as SystemState['counts'],
      warnings: warningsOf(config, { refusal, disk }),
    };
  }

  #count(collection: string): Promise<number> {
    return this.database.connection.db!.collection(collection).estimatedDocumentCount({ maxTimeMS: MAX_TIME_MS });
  }

  /** Why it takes no writes. */
  async #refusal(): Promise<string | undefined> {
    try {
      await this.database.check();
      return undefined;
    } catch (error) {
      return error instanceof ServiceUnavailable ? error.message : 'it does not answer';
    }
  }
}

/** Undefined where the directory is another machine's, or the platform cannot tell. */
async function diskOf(directory: string): Promise<Observed['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(directory);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}
