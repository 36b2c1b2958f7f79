import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { BatchedWrites } from '../database/batched-writes.js';
import { MAX_TIME_MS } from '../database/database.js';
import { WriteBehind } from '../database/write-behind.js';
import { endsWhenIdle } from './lifetimes.js';
import { lastPlaceOf, type LiveSession, type Place } from './live-session.js';
import { Session } from './session.model.js';

const NOTE_USE_EVERY_MS = 60_000;

/** When sessions were refreshed last, and from where. */
@Injectable()
export class SessionUseService {
  constructor(
    @InjectModel(Session.name) private readonly sessions: Model<Session>,
    private readonly batchedWrites: BatchedWrites,
    private readonly writeBehind: WriteBehind,
    private readonly clock: Clock,
  ) {}

  /**
   * Written now and then, and behind. Only where the session would end without being used it is written each time, and waited
   * for: something rests on it then.
   *
   * @returns undefined where there is nothing to wait for
   */
  note(app: App, live: LiveSession, place: Place): Promise<unknown> | undefined {
    const now = this.clock.now();
    const { ip, userAgent } = live.place;
    const moved = ip !== place.ip || userAgent !== place.userAgent;
    const mustLast = endsWhenIdle(app, live) && live.rotation === undefined;
    if (!moved && !mustLast && now.getTime() - live.usedAt < NOTE_USE_EVERY_MS) return undefined;
    live.usedAt = now.getTime();
    live.place = place;
    const _id = ObjectId.createFromHexString(live.id);
    const $set = { lastUsedAt: now, lastIp: place.ip, lastUserAgent: place.userAgent };
    this.writeBehind.add(this.sessions.collection, live.id, { updateOne: { filter: { _id }, update: { $set } } });
    if (!mustLast) return undefined;
    const change = { kind: 'used', onlyIf: { endedAt: { $exists: false } }, set: { lastUsedAt: now } };
    return this.batchedWrites.update(this.sessions.collection, _id, change);
  }

  /** As any instance has seen it. */
  async lastPlaceOf(live: LiveSession): Promise<Place | null> {
    const projection = { ip: 1, userAgent: 1, lastIp: 1, lastUserAgent: 1 };
    const _id = ObjectId.createFromHexString(live.id);
    const stored = await this.sessions.collection.findOne({ _id }, { projection, maxTimeMS: MAX_TIME_MS });
    return stored && lastPlaceOf(stored as unknown as Session);
  }
}
