import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { AppsService } from '../apps/apps.service.js';
import { Clock } from '../common/clock.js';
import { sha256, sha256Hex } from '../crypto/tokens.js';
import { BatchedWrites } from '../database/batched-writes.js';
import { Database, MAX_TIME_MS } from '../database/database.js';
import { DeletedUser } from '../users/deleted-user.model.js';
import { User } from '../users/user.model.js';
import { deviceId, deviceInfo, shortUserAgent } from './device.js';
import { expiryOf, isIdle, removalAfter } from './lifetimes.js';
import { LateLoginsService } from './late-logins.service.js';
import type { LiveSession } from './live-session.js';
import { SessionCache } from './session-cache.js';
import { Session, type EndReason, type SessionIdentity } from './session.model.js';
import type { OpenedSession } from './session.view.js';
import { InvalidSession, NotARefreshToken, SessionNotFound } from './sessions.errors.js';
import { TokensService } from './tokens.service.js';

/** Where a login comes from. `device` is whatever the client sent as `options.device`. */
export interface ClientContext {
  ip: string;
  userAgent: string | undefined;
  device: unknown;
}

const MOST_LISTED = 500;

/** What is left of a session as its user is deleted: that it is over, until no token of it can be alive. */
const NOBODY = {
  $set: { ip: '', deviceInfo: {}, 'identity.id': '' },
  $unset: { userAgent: 1, lastIp: 1, lastUserAgent: 1 },
} as const;

/** Opens, refreshes and ends sessions. */
@Injectable()
export class SessionsService {
  constructor(
    @InjectModel(Session.name) private readonly sessions: Model<Session>,
    @InjectModel(User.name) private readonly users: Model<User>,
    @InjectModel(DeletedUser.name) private readonly deletedUsers: Model<DeletedUser>,
    private readonly cache: SessionCache,
    private readonly lateLogins: LateLoginsService,
    private readonly tokens: TokensService,
    private readonly apps: AppsService,
    private readonly database: Database,
    private readonly batchedWrites: BatchedWrites,
    private readonly clock: Clock,
  ) {}

  /** To be taken before the user that is handed to `open` is read. */
  mark(): number {
    return this.cache.mark();
  }

  /**
   * @param user as read since `mark`; when it was revoked meanwhile, the session is dead from the start
   * @returns the four fields of a login answer
   */
  async open(
    app: App,
    user: User,
    identity: SessionIdentity,
    client: ClientContext,
    mark: number,
  ): Promise<OpenedSession & { sessionId: string }> {
    const now = this.clock.now();
    const expiresAt = expiryOf(app, { identity, createdAt: now }, now);
    const unsigned = {
      _id: new ObjectId(),
      app: app._id,
      user: user._id,
      identity: { id: identity.id, provider: identity.provider, providerId: identity.providerId },
      epoch: user.epoch,
      ...(user.sessionRound === undefined ? {} : { round: user.sessionRound }),
      device: deviceId(client.device, this.apps.refreshKeyOf(app)),
      deviceInfo: deviceInfo(client.device),
      ip: client.ip,
      ...(client.userAgent ? { userAgent: shortUserAgent(client.userAgent) } : {}),
      ...(app.refreshMode === 'rotating' ? { rotation: { count: 1, at: now } } : {}),
      createdAt: now,
      lastUsedAt: now,
      expiresAt,
      removeAt: removalAfter(expiresAt),
    };
    const refreshToken = this.tokens.makeRefreshToken(app, unsigned);
    const refreshTokenHash = sha256(refreshToken);
    const session: Session = { ...unsigned, refreshTokenHash };
    await this.batchedWrites.insert(this.sessions.collection, session);
    const live = this.cache.keep(session, user, session.rotation ? undefined : refreshTokenHash.toString('hex'), mark);
    const accessToken = await this.makeAccessToken(app, live);
    return { userId: live.user.id, deviceId: live.deviceId, accessToken, refreshToken, sessionId: live.id };
  }

  /**
   * @param refreshToken compact JWS. One that stays is found by its SHA-256, so one of another app or server is simply unknown;
   * of those that rotate, whether it is its turn is for `RotationService` to say
   * @throws InvalidSession when it is unknown, revoked, past its end, or its user is disabled or deleted
   */
  async getByRefreshToken(refreshToken: string): Promise<{ app: App; live: LiveSession; turn?: number }> {
    const found = await this.#findByRefreshToken(refreshToken);
    const now = this.clock.now().getTime();
    const app = found?.live.isAlive(now) ? await this.apps.findById(found.live.appId) : null;
    if (!found || !app || (isIdle(app, found.live, now) && !(await this.#wasUsedElsewhere(app, found.live)))) {
      throw InvalidSession.refreshTokenRefused();
    }
    return { app, ...found };
  }

  /** The last use is written without telling the other instances. Ends the session where it was idle indeed. */
  async #wasUsedElsewhere(app: App, live: LiveSession): Promise<boolean> {
    const _id = ObjectId.createFromHexString(live.id);
    const stored = await this.#read({ _id, app: app._id });
    if (stored && !isIdle(app, stored, this.clock.now().getTime())) {
      live.usedAt = stored.usedAt;
      return true;
    }
    await this.end(app, { session: _id }, 'idle');
    return false;
  }

  /** A new access token for a session that was just found alive, or just gained an identity. */
  async makeAccessToken(app: App, live: LiveSession): Promise<string> {
    const { id: sessionId, deviceId, user, epoch, expiresAt: sessionEndsAt } = live;
    const subject = { sessionId, deviceId, user, epoch, sessionEndsAt };
    const mark = this.cache.tokenMark();
    const { token, expiresAt } = await this.tokens.makeAccessToken(app, subject);
    this.cache.keepToken(token, { session: live, epoch, expiresAt }, mark);
    return token;
  }

  /**
   * Ends the session of a refresh token. One that is over already, or whose user is gone, is no error.
   *
   * @returns what was ended, or null where nothing was left to end
   * @throws NotARefreshToken for what this server never made
   */
  async logout(refreshToken: string): Promise<{ app: App; live: LiveSession } | null> {
    const live = (await this.#findByRefreshToken(refreshToken))?.live;
    if (!live) {
      if (await this.tokens.isGenuineRefreshToken(refreshToken)) return null;
      throw new NotARefreshToken();
    }
    const app = await this.apps.findById(live.appId);
    if (!app) return null;
    return (await this.end(app, { session: ObjectId.createFromHexString(live.id) }, 'logout')) ? { app, live } : null;
  }

  /**
   * The one function that ends sessions: one, or all of a user at once. From its return on, this instance refuses their
   * access and refresh tokens. All of a user end by one write, that of the user's epoch; `also` is written with it.
   *
   * @returns false where there was nothing (more) to end
   */
  async end(
    app: App,
    what: { session: ObjectId } | { user: ObjectId; also?: Partial<Pick<User, 'disabled'>> },
    reason: EndReason,
    transaction?: ClientSession,
  ): Promise<boolean> {
    const options = { maxTimeMS: MAX_TIME_MS, ...(transaction ? { session: transaction } : {}) };
    if ('session' in what) {
      const change = {
        kind: `${app._id.toHexString()} ended by ${reason}`,
        onlyIf: { app: app._id, endedAt: { $exists: false } },
        set: this.#endedBy(reason).$set,
      };
      const wasAlive = await this.batchedWrites.update(this.sessions.collection, what.session, change);
      this.cache.cutSession(what.session.toHexString());
      return wasAlive;
    }
    const revokedAt = this.clock.now();
    const user = await this.users.collection.findOneAndUpdate(
      { _id: what.user, app: app._id },
      { $inc: { epoch: 1 }, $set: { ...what.also, revokedAt } },
      { ...options, returnDocument: 'after', projection: { epoch: 1 } },
    );
    if (user && reason === 'deleted') {
      const removeAt = removalAfter(revokedAt);
      const remains: DeletedUser = { _id: what.user, app: app._id, epoch: Number(user['epoch']), revokedAt, removeAt };
      await this.deletedUsers.collection.insertOne(remains, options);
    }
    this.cache.cutUser(what.user.toHexString());
    const all = { app: app._id, user: what.user, endedAt: { $exists: false } };
    await this.sessions.collection.updateMany(all, this.#endedBy(reason), options);
    if (reason === 'deleted')
      await this.sessions.collection.updateMany({ app: app._id, user: what.user }, NOBODY, options);
    return user !== null;
  }

  /** What `end` does for a user, for many by two writes. An id that no user has is passed over. */
  async endOfMany(
    app: App,
    users: readonly ObjectId[],
    reason: EndReason,
    also: Partial<Pick<User, 'disabled'>> = {},
  ): Promise<void> {
    const options = { maxTimeMS: MAX_TIME_MS };
    await this.users.collection.updateMany(
      { _id: { $in: [...users] }, app: app._id },
      { $inc: { epoch: 1 }, $set: { ...also, revokedAt: this.clock.now() } },
      { ...options, hint: '_id_' },
    );
    for (const user of users) this.forget(user);
    const all = { app: app._id, user: { $in: [...users] }, endedAt: { $exists: false } };
    await this.sessions.collection.updateMany(all, this.#endedBy(reason), options);
  }

  /**
   * Ends all sessions of a user but one, by one write like `end`: a login that is under way at this moment is dead too.
   * `forget` the user once the transaction is committed.
   *
   * @throws InvalidSession when the one to keep is over itself: of two who end each other, one is left
   */
  async endOthers(
    app: App,
    { user, keep }: { user: ObjectId; keep: ObjectId },
    reason: EndReason,
    transaction: ClientSession,
  ): Promise<void> {
    const options = { session: transaction };
    const owner = await this.users.collection.findOneAndUpdate(
      { _id: user, app: app._id },
      { $inc: { sessionRound: 1 } },
      { ...options, returnDocument: 'after', projection: { sessionRound: 1 } },
    );
    const alive = { app: app._id, user, endedAt: { $exists: false } };
    const raised = { $set: { round: Number(owner?.['sessionRound']) } };
    const kept = owner && (await this.sessions.collection.updateOne({ ...alive, _id: keep }, raised, options));
    if (!kept?.matchedCount) throw InvalidSession.accessTokenRefused();
    await this.sessions.collection.updateMany({ ...alive, _id: { $ne: keep } }, this.#endedBy(reason), options);
    this.lateLogins.expect(user);
  }

  /** "Sign out everywhere else." @throws InvalidSession as `endOthers` does */
  async endOthersNow(app: App, user: ObjectId, keep: ObjectId): Promise<void> {
    await this.database.transaction((transaction) => this.endOthers(app, { user, keep }, 'revoked', transaction));
    this.forget(user);
  }

  /** Ends those sessions of a user that were opened with one identity, as it is taken away. `forget` the user then. */
  async endOpenedWith(
    app: App,
    user: ObjectId,
    { id, provider }: Pick<SessionIdentity, 'id' | 'provider'>,
    transaction?: ClientSession,
  ): Promise<void> {
    const opened = { 'identity.id': id, 'identity.provider': provider };
    const filter = { app: app._id, user, ...opened, endedAt: { $exists: false } };
    await this.sessions.collection.updateMany(
      filter,
      this.#endedBy('revoked'),
      transaction ? { session: transaction } : {},
    );
  }

  /** Sessions of a user that are alive, newest first; so many that no person has more. */
  async listOf(app: App, user: ObjectId): Promise<Session[]> {
    const now = this.clock.now();
    const filter = { app: app._id, user, endedAt: { $exists: false }, expiresAt: { $gt: now } };
    const options = { sort: { _id: -1 }, limit: MOST_LISTED, maxTimeMS: MAX_TIME_MS } as const;
    const stored = (await this.sessions.collection.find(filter, options).toArray()) as unknown as Session[];
    const found = stored.filter(
      ({ identity, lastUsedAt }) => !isIdle(app, { identity, usedAt: lastUsedAt.getTime() }, now.getTime()),
    );
    const owner = await this.users.collection.findOne(
      { _id: user, app: app._id },
      { projection: { epoch: 1, sessionRound: 1 } },
    );
    const { epoch, sessionRound = 0 } = (owner ?? { epoch: Infinity }) as unknown as User;
    return found.filter((session) => session.epoch >= epoch && (session.round ?? 0) >= sessionRound);
  }

  /** Every session of a user that is remembered, dead ones too, newest first. */
  async historyOf(app: App, user: ObjectId): Promise<Session[]> {
    const options = { sort: { _id: -1 }, limit: MOST_LISTED, maxTimeMS: MAX_TIME_MS } as const;
    return (await this.sessions.collection.find({ app: app._id, user }, options).toArray()) as unknown as Session[];
  }

  /** @throws SessionNotFound where the user has no such session, or it is over */
  async endOne(app: App, user: ObjectId, session: ObjectId): Promise<void> {
    const filter = { _id: session, app: app._id, user, endedAt: { $exists: false } };
    const found = await this.sessions.collection.findOne(filter, { projection: { _id: 1 }, maxTimeMS: MAX_TIME_MS });
    if (!found || !(await this.end(app, { session }, 'revoked'))) throw new SessionNotFound();
  }

  /** The users who have logged in from a device, as far as sessions are remembered. */
  async usersOf(app: App, device: ObjectId): Promise<ObjectId[]> {
    const options = { projection: { user: 1 }, limit: MOST_LISTED, maxTimeMS: MAX_TIME_MS };
    const found = await this.sessions.collection.find({ app: app._id, device }, options).toArray();
    const ids = new Set(found.map(({ user }) => (user as ObjectId).toHexString()));
    return [...ids].map((id) => ObjectId.createFromHexString(id));
  }

  /** To be called when something about a user changed that tokens or the profile show. */
  forget(user: ObjectId): void {
    this.cache.cutUser(user.toHexString());
  }

  /** Where `sid` and app agree and the session is alive. One command, and none where the cache is believed. */
  async find(app: App, sessionId: string): Promise<LiveSession | null> {
    const known = this.cache.find(sessionId);
    const live = known ?? (await this.#read({ _id: ObjectId.createFromHexString(sessionId), app: app._id }));
    return live?.appId.equals(app._id) && live.isAlive(this.clock.now().getTime()) ? live : null;
  }

  /** Whether this address or device has logged in as this user before, as far as sessions are remembered. */
  async isKnownClient(app: App, user: ObjectId, ip: string, device: unknown): Promise<boolean> {
    const known = [{ ip }, { device: deviceId(device, this.apps.refreshKeyOf(app)) }];
    const options = { maxTimeMS: MAX_TIME_MS, projection: { _id: 1 } };
    return (await this.sessions.collection.findOne({ app: app._id, user, $or: known }, options)) !== null;
  }

  async #findByRefreshToken(refreshToken: string): Promise<{ live: LiveSession; turn?: number } | null> {
    const hash = sha256Hex(refreshToken);
    const known = this.cache.findByRefreshHash(hash);
    if (known) return { live: known };
    const turn = await this.tokens.findTurn(refreshToken);
    if (turn === null) return null;
    if (turn) {
      const { app, sessionId, count } = turn;
      const live = this.cache.find(sessionId.toHexString()) ?? (await this.#read({ _id: sessionId, app: app._id }));
      return live?.rotation && live.appId.equals(app._id) ? { live, turn: count } : null;
    }
    const live = await this.#read({ refreshTokenHash: Buffer.from(hash, 'hex') });
    return live && { live };
  }

  async #read(filter: { _id: ObjectId; app: ObjectId } | { refreshTokenHash: Buffer }): Promise<LiveSession | null> {
    const mark = this.cache.mark();
    const [found] = await this.sessions.collection
      .aggregate(
        [
          { $match: filter },
          {
            $lookup: {
              from: this.users.collection.collectionName,
              localField: 'user',
              foreignField: '_id',
              as: 'users',
            },
          },
        ],
        { maxTimeMS: MAX_TIME_MS },
      )
      .toArray();
    const user = found?.['users'][0] as User | undefined;
    if (!found || !user) return null;
    const hash = 'refreshTokenHash' in filter ? filter.refreshTokenHash.toString('hex') : undefined;
    return this.cache.keep(found as unknown as Session, user, hash, mark);
  }

  #endedBy(reason: EndReason): { $set: Partial<Session> } {
    const endedAt = this.clock.now();
    return { $set: { endedAt, endReason: reason, removeAt: removalAfter(endedAt) } };
  }
}
