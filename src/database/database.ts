import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { ClientSession } from 'mongodb';
import type { Connection } from 'mongoose';
import { ServiceUnavailable } from '../errors/errors.js';
import { StoreState } from './store-state.js';

/** security.md rule 6: no query may take longer than this; the answer is then 503 and nothing was changed. */
export const MAX_TIME_MS = 4_000;

/** The Mongoose connection, and the two things that are asked of it as a whole. */
@Injectable()
export class Database {
  constructor(
    @InjectConnection() readonly connection: Connection,
    private readonly state: StoreState,
  ) {}

  /**
   * Resolves when the store answers and takes writes.
   *
   * @throws a driver error, which is answered with 503, or ServiceUnavailable
   */
  async check(): Promise<void> {
    await this.connection.db!.command({ ping: 1, maxTimeMS: 1_000 });
    const { isWritable, reason } = await this.state.health();
    if (!isWritable) throw new ServiceUnavailable(reason ?? 'the database takes no writes');
  }

  /** Runs `work` in one transaction, again when it lost a race. `work` must pass `session` to each command. */
  async transaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    return this.connection.getClient().withSession((session) => session.withTransaction(() => work(session)));
  }
}

/** True for a write that a unique index refused. */
export function isDuplicateKey(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 11000;
}
