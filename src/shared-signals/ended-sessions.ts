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

  /** What ended in these apps from `since` on, in order. A session that ended with all of its user is not named apart. */
  async since(apps: ObjectId[], since: Date): Promise<Ending[]> {
    const filter = { app: { $in: apps }, revokedAt: { $gte: since } };
    const projection = { app: 1, epoch: 1, revokedAt: 1 };
    const options = { projection, hint: 'revokedAt_1', maxTimeMS: MAX_TIME_MS };
    const living = await this.users.collection.find(filter, options).toArray();
    const deleted = await this.deletedUsers.collection.find(filter, { projection, maxTimeMS: MAX_TIME_MS }).toArray();
    const revoked = [...living, ...deleted] as unknown as Revoked[];
    const ended = await this.#ended(apps, since);
    const epochs = await this.#epochsOf(ended, revoked);
    const alone = ended.filter(({ user, epoch }) => !((epochs.get(user.toHexString()) ?? 0) > epoch));
    return [...revoked.map(ofUser), ...alone.map(ofSession)].toSorted((a, b) => a.at.getTime() - b.at.getTime());
  }

  async #ended(apps: ObjectId[], since: Date): Promise<Ended[]> {
    const filter = { app: { $in: apps }, endedAt: { $gte: since } };
    const projection = { app: 1, user: 1, epoch: 1, endedAt: 1, endReason: 1 };
    const options = { projection, hint: 'endedAt_1', maxTimeMS: MAX_TIME_MS };
    return (await this.sessions.collection.find(filter, options).toArray()) as unknown as Ended[];
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
