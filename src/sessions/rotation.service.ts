import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { BoundedMap } from '../common/bounded-map.js';
import { Clock } from '../common/clock.js';
import { MAX_TIME_MS } from '../database/database.js';
import { expiryOf, removalAfter } from './lifetimes.js';
import type { LiveSession } from './live-session.js';
import { Session } from './session.model.js';

/** So long, all who come with the same refresh token get the same successor: two tabs, a lost answer, a retry. */
export const GRACE_MS = 30_000;
const MAX_UNSURE = 10_000;

/** Refresh tokens that are good for one refresh: the session counts whose turn it is. */
@Injectable()
export class RotationService {
  /** Turns whose write failed, and may have been done all the same: by session, the turn and the moment it tried to write. */
  readonly #unsure = new BoundedMap<string, { turn: number; at: number }>(MAX_UNSURE);

  constructor(
    @InjectModel(Session.name) private readonly sessions: Model<Session>,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives the turn to the next refresh token, by one atomic write.
   *
   * @returns the session with the token that is good now; `'over'` where the session is, `'reused'` where the turn went to
   * another token longer ago than the grace
   */
  async next(app: App, live: LiveSession, turn: number): Promise<Session | 'over' | 'reused'> {
    const _id = ObjectId.createFromHexString(live.id);
    const now = this.clock.now();
    const expiresAt = expiryOf(app, { identity: live.identity, createdAt: new Date(live.createdAt) }, now);
    const change = {
      rotation: { count: turn + 1, at: now },
      expiresAt,
      removeAt: removalAfter(expiresAt),
      lastUsedAt: now,
    };
    // Lower than the token says, after a backup was restored: its turn it is.
    const filter = { _id, app: app._id, endedAt: { $exists: false }, 'rotation.count': { $lte: turn } };
    const options = { returnDocument: 'after', maxTimeMS: MAX_TIME_MS } as const;
    try {
      const changed = await this.sessions.collection.findOneAndUpdate(filter, { $set: change }, options);
      if (changed) return changed as unknown as Session;
    } catch (error) {
      this.#unsure.set(live.id, { turn, at: now.getTime() });
      throw error;
    }
    const stored = await this.sessions.collection.findOne({ _id, app: app._id }, { maxTimeMS: MAX_TIME_MS });
    return this.#judge(stored as unknown as Session | null, turn, now.getTime());
  }

  #judge(stored: Session | null, turn: number, now: number): Session | 'over' | 'reused' {
    if (!stored || stored.endedAt || !stored.rotation) return 'over';
    return hasTurn(stored.rotation, turn, now) || this.#failedAt(stored, turn) ? stored : 'reused';
  }

  /** Whether it was the failure of a write, and nobody's use of the token, that gave the turn away. */
  #failedAt({ _id, rotation }: Session, turn: number): boolean {
    const unsure = this.#unsure.peek(_id.toHexString());
    return unsure?.turn === turn && rotation?.count === turn + 1 && rotation.at.getTime() === unsure.at;
  }
}

/** Whether a refresh token may be used: it is its turn, or was until just now. */
export function hasTurn({ count, at }: NonNullable<Session['rotation']>, turn: number, now: number): boolean {
  return count <= turn || (count === turn + 1 && now - at.getTime() <= GRACE_MS);
}
