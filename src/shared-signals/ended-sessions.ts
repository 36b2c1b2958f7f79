import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type Document } from 'mongodb';
import type { Model } from 'mongoose';
import { MAX_TIME_MS } from '../database/database.js';
import { Session, type EndReason } from '../sessions/session.model.js';
import { DeletedUser } from '../users/deleted-user.model.js';
import { User } from '../users/user.model.js';

/** A session that ended before its time, or all sessions of a user at once. */
export interface Ending {
  app: ObjectId;
  user: string;
  session?: string;
  at: Date;
  /** CAEP 1.0 §2: who or what did it, where that is known. */
  by?: 'admin' | 'user' | 'policy' | 'system';
  /** Tells it from every other. */
  name: string;
}

type Ended = Pick<Session, '_id' | 'app' | 'user' | 'epoch'> & { endedAt: Date; endReason?: EndReason };
type Revoked = Pick<User, '_id' | 'app' | 'epoch'> & { revokedAt: Date };

const BY: Partial<Record<EndReason, Ending['by']>> = {
  logout: 'user',
  disabled: 'admin',
  idle: 'policy',
  reused: 'system',
  moved: 'policy',
};

/** Reads from the records of sessions and users what has ended. Whoever ends one need not know that somebody listens. */
@Injectable()
export class EndedSessions {
  readonly collections: { sessions: string; users: string; deletedUsers: string };

  constructor(
    @InjectModel(Session.name) private readonly sessions: Model<Session>,
    @InjectModel(User.name) private readonly users: Model<User>,
    @InjectModel(DeletedUser.name) private readonly deletedUsers: Model<DeletedUser>,
  ) {
    this.collections = {
      sessions: sessions.collection.collectionName,
      users: users.collection.collectionName,
      deletedUsers: deletedUsers.collection.collectionName,
    };
  }

  /**
   * What ended in these apps from `since` on, in order. A session that ended with all of its user is not named apart.
   *
   * @param limit more than end in one millisecond
   * @returns `upTo` where there is more, from then on
   */
  async since(apps: ObjectId[], since: Date, limit: number): Promise<{ endings: Ending[]; upTo?: Date }> {
    const options = { limit, maxTimeMS: MAX_TIME_MS };
    const byUser = {
      ...options,
      sort: { revokedAt: 1 } as const,
      projection: { app: 1, epoch: 1, revokedAt: 1 },
    };
    const bySession = {
      ...options,
      sort: { endedAt: 1 } as const,
      projection: { app: 1, user: 1, epoch: 1, endedAt: 1, endReason: 1 },
    };
    const ofApps = { app: { $in: apps } };
    const revokedSince = { ...ofApps, revokedAt: { $gte: since } };
    const [living, deleted, found] = (await Promise.all([
      this.users.collection.find(revokedSince, { ...byUser, hint: 'revokedAt_1' }).toArray(),
      this.deletedUsers.collection.find(revokedSince, byUser).toArray(),
      this.sessions.collection
        .find({ ...ofApps, endedAt: { $gte: since } }, { ...bySession, hint: 'endedAt_1' })
        .toArray(),
    ])) as unknown as [Revoked[], Revoked[], Ended[]];
    const lasts = [living, deleted].map((users) => users[limit - 1]?.revokedAt).concat(found[limit - 1]?.endedAt);
    const upTo = Math.min(...lasts.map((last) => last?.getTime() ?? Infinity));
    const revoked = [...living, ...deleted];
    const epochs = await this.#epochsOf(found, revoked);
    const alone = found.filter(({ user, epoch }) => !((epochs.get(user.toHexString()) ?? 0) > epoch));
    const endings = [...revoked.map(ofUser), ...alone.map(ofSession)]
      .filter(({ at }) => at.getTime() <= upTo)
      .toSorted((a, b) => a.at.getTime() - b.at.getTime());
    return { endings, ...(upTo === Infinity ? {} : { upTo: new Date(upTo) }) };
  }

  /** Of the owners of sessions, as they are now: above that of a session means that all of the user had ended. */
  async #epochsOf(ended: readonly Ended[], revoked: readonly Revoked[]): Promise<Map<string, number>> {
    const epochs = new Map(revoked.map(({ _id, epoch }) => [_id.toHexString(), epoch]));
    const owners = new Set(ended.map(({ user }) => user.toHexString()));
    const ids = [...owners].filter((id) => !epochs.has(id)).map((id) => ObjectId.createFromHexString(id));
    if (ids.length === 0) return epochs;
    const options = { projection: { epoch: 1, revokedAt: 1 }, maxTimeMS: MAX_TIME_MS };
    const found: Document[] = await this.users.collection.find({ _id: { $in: ids } }, options).toArray();
    for (const { _id, epoch } of found) epochs.set(String(_id), Number(epoch));
    return epochs;
  }
}

function ofUser({ _id, app, epoch, revokedAt }: Revoked): Ending {
  const user = _id.toHexString();
  return { app, user, at: revokedAt, name: `u:${user}:${epoch}` };
}

function ofSession({ _id, app, user, endedAt, endReason }: Ended): Ending {
  const session = _id.toHexString();
  const by = endReason && BY[endReason];
  return { app, user: user.toHexString(), session, at: endedAt, ...(by ? { by } : {}), name: `s:${session}` };
}
