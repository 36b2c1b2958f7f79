import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import { Clock } from '../common/clock.js';
import { MAX_TIME_MS } from '../database/database.js';
import { User } from '../users/user.model.js';
import { removalAfter } from './lifetimes.js';
import { Session } from './session.model.js';

/** No login takes longer from reading its user to writing its session. */
const LATE_MS = 2 * MAX_TIME_MS;

/**
 * A login that is under way while the other sessions of its user are ended is dead from the start, by its round, for whoever
 * looks at the user too. What is told of sessions alone, as to backends, has to say so of the session: some seconds later.
 */
@Injectable()
export class LateLoginsService implements BeforeApplicationShutdown {
  readonly #logger = new Logger(LateLoginsService.name);
  readonly #waiting = new Map<NodeJS.Timeout, ObjectId>();

  constructor(
    @InjectModel(Session.name) private readonly sessions: Model<Session>,
    @InjectModel(User.name) private readonly users: Model<User>,
    private readonly clock: Clock,
  ) {}

  /** To be called when the round of a user was raised, or is about to be. */
  expect(user: ObjectId): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      void this.#end(user);
    }, LATE_MS).unref();
    this.#waiting.set(timer, user);
  }

  /** Ends those that are there by now. */
  async endWaiting(): Promise<void> {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [timer] of waiting) clearTimeout(timer);
    await Promise.all(waiting.map(([, user]) => this.#end(user)));
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.endWaiting();
  }

  async #end(user: ObjectId): Promise<void> {
    const options = { maxTimeMS: MAX_TIME_MS };
    try {
      const found = await this.users.collection.findOne(
        { _id: user },
        { ...options, projection: { app: 1, sessionRound: 1 } },
      );
      if (found?.['sessionRound'] === undefined) return;
      const earlier = [{ round: { $lt: found['sessionRound'] as number } }, { round: { $exists: false } }];
      const endedAt = this.clock.now();
      await this.sessions.collection.updateMany(
        { app: found['app'] as ObjectId, user, endedAt: { $exists: false }, $or: earlier },
        { $set: { endedAt, endReason: 'revoked', removeAt: removalAfter(endedAt) } },
        options,
      );
    } catch (error) {
      this.#logger.warn(String(error));
    }
  }
}
