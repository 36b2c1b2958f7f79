import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession, type Filter } from 'mongodb';
import type { Model } from 'mongoose';
import { Clock } from '../../common/clock.js';
import { randomToken, sha256 } from '../../crypto/tokens.js';
import { MAX_TIME_MS } from '../../database/database.js';
import { WriteBehind } from '../../database/write-behind.js';
import { InvalidSession } from '../../sessions/sessions.errors.js';
import { AdminCaller } from './admin-caller.js';
import { AdminKey } from './admin-key.model.js';
import { AdminSession, type LoginWay } from './admin-session.model.js';
import { AdminTokensService } from './admin-tokens.service.js';
import { Administrator } from './administrator.model.js';

/** Where a login comes from. */
export interface AdminClient {
  ip: string;
  userAgent: string | undefined;
}

export interface OpenedAdminSession {
  caller: AdminCaller;
  ownerId: ObjectId;
  accessToken: string;
  refreshToken: string;
  /** Where the login asked for one. */
  cookie?: string;
}

/** 60 days (admin-api.md section 1). */
const SESSION_MS = 60 * 86_400_000;
/** Of a session that a browser keeps: it ends after half a day, or an hour in which nobody used it. */
const COOKIE_SESSION_MS = 12 * 3_600_000;
const COOKIE_IDLE_MS = 3_600_000;
const NOTE_USE_EVERY_MS = 60_000;
const MAX_USER_AGENT = 256;

/**
 * Opens, finds and ends the sessions of administrators and keys. Nothing is remembered here: each request reads the session
 * and its owner, so that whatever ends either, on any instance, counts at once.
 */
@Injectable()
export class AdminSessionsService {
  constructor(
    @InjectModel(AdminSession.name) private readonly sessions: Model<AdminSession>,
    @InjectModel(Administrator.name) private readonly administrators: Model<Administrator>,
    @InjectModel(AdminKey.name) private readonly keys: Model<AdminKey>,
    private readonly tokens: AdminTokensService,
    private readonly writeBehind: WriteBehind,
    private readonly clock: Clock,
  ) {}

  /** @param owner as read before its secret was checked: what revokes it meanwhile revokes the new session too */
  async open(
    owner: { administrator: Administrator } | { key: AdminKey },
    way: LoginWay,
    client: AdminClient,
    wanted: { cookie: boolean },
  ): Promise<OpenedAdminSession> {
    const now = this.clock.now();
    const person = 'administrator' in owner ? owner.administrator : undefined;
    const ownerId = 'administrator' in owner ? owner.administrator._id : owner.key._id;
    const cookie = wanted.cookie ? randomToken() : undefined;
    const unsigned = {
      _id: new ObjectId(),
      owner: ownerId,
      ownerKind: person ? ('administrator' as const) : ('key' as const),
      way,
      epoch: person?.epoch ?? 0,
      ...(cookie === undefined ? {} : { cookieHash: sha256(cookie) }),
      ip: client.ip,
      ...(client.userAgent ? { userAgent: client.userAgent.slice(0, MAX_USER_AGENT) } : {}),
      createdAt: now,
      lastUsedAt: now,
      expiresAt: new Date(now.getTime() + (cookie === undefined ? SESSION_MS : COOKIE_SESSION_MS)),
    };
    const refreshToken = await this.tokens.makeRefreshToken(unsigned);
    const session: AdminSession = { ...unsigned, refreshTokenHash: sha256(refreshToken) };
    await this.sessions.collection.insertOne(session);
    this.#noteLogin(owner, now);
    const accessToken = await this.tokens.makeAccessToken(session);
    const caller = new AdminCaller(session, owner);
    return { caller, ownerId, accessToken, refreshToken, ...(cookie === undefined ? {} : { cookie }) };
  }

  /** @throws InvalidSession, AdminTokenOfOtherKind */
  async byAccessToken(token: string): Promise<AdminCaller> {
    const sessionId = await this.tokens.verifyAccessToken(token);
    const caller = await this.#find({ _id: ObjectId.createFromHexString(sessionId) });
    if (!caller) throw InvalidSession.accessTokenRefused();
    return caller;
  }

  /** @throws InvalidSession, AdminTokenOfOtherKind */
  async byRefreshToken(token: string): Promise<AdminCaller> {
    const caller = await this.#find({ refreshTokenHash: sha256(token) });
    if (caller) return caller;
    await this.tokens.refuseAccessToken(token);
    throw InvalidSession.refreshTokenRefused();
  }

  /** @throws InvalidSession */
  async byCookie(cookie: string): Promise<AdminCaller> {
    const usedSince = new Date(this.clock.now().getTime() - COOKIE_IDLE_MS);
    const caller = await this.#find({ cookieHash: sha256(cookie), lastUsedAt: { $gt: usedSince } });
    if (!caller) throw InvalidSession.accessTokenRefused();
    return caller;
  }

  async makeAccessToken({ session }: AdminCaller): Promise<string> {
    return this.tokens.makeAccessToken(session);
  }

  /** Those that are alive, newest first. */
  async list({ id, session }: AdminCaller): Promise<AdminSession[]> {
    const filter = { owner: id, epoch: { $gte: session.epoch }, expiresAt: { $gt: this.clock.now() } };
    const options = { maxTimeMS: MAX_TIME_MS, sort: { _id: -1 }, limit: 500 } as const;
    return (await this.sessions.collection.find(filter, options).toArray()) as unknown as AdminSession[];
  }

  /** @returns false where the owner has no such session (any more) */
  async end(owner: ObjectId, id: ObjectId): Promise<boolean> {
    const { deletedCount } = await this.sessions.collection.deleteOne({ _id: id, owner }, { maxTimeMS: MAX_TIME_MS });
    return deletedCount > 0;
  }

  /** All of the caller's, or all but the one that calls. */
  async endOwn({ id, session }: AdminCaller, but: 'current' | 'none'): Promise<void> {
    const filter = { owner: id, ...(but === 'current' ? { _id: { $ne: session._id } } : {}) };
    await this.sessions.collection.deleteMany(filter, { maxTimeMS: MAX_TIME_MS });
  }

  /**
   * As the epoch of an administrator was raised, or the administrator removed.
   *
   * @param but the one session that goes on, with that new epoch
   */
  async endAllOf(
    owner: ObjectId,
    transaction: ClientSession,
    but?: { session: ObjectId; epoch: number },
  ): Promise<void> {
    const options = { session: transaction };
    await this.sessions.collection.deleteMany({ owner, ...(but ? { _id: { $ne: but.session } } : {}) }, options);
    if (!but) return;
    await this.sessions.collection.updateOne({ _id: but.session, owner }, { $set: { epoch: but.epoch } }, options);
  }

  /** Whether this address has logged in as this administrator before, as far as sessions are remembered. */
  async isKnownClient(owner: ObjectId, ip: string): Promise<boolean> {
    const options = { maxTimeMS: MAX_TIME_MS, projection: { _id: 1 } };
    return (await this.sessions.collection.findOne({ owner, ip }, options)) !== null;
  }

  async #find(filter: Filter<AdminSession>): Promise<AdminCaller | null> {
    const found = await this.sessions.collection.findOne(filter as never, { maxTimeMS: MAX_TIME_MS });
    const session = found as unknown as AdminSession | null;
    if (!session || session.expiresAt <= this.clock.now()) return null;
    const caller = await this.#withOwner(session);
    if (caller) this.#noteUse(session);
    return caller;
  }

  async #withOwner(session: AdminSession): Promise<AdminCaller | null> {
    const options = { maxTimeMS: MAX_TIME_MS };
    if (session.ownerKind === 'key') {
      const key = await this.keys.collection.findOne({ _id: session.owner }, options);
      return key ? new AdminCaller(session, { key: key as unknown as AdminKey }) : null;
    }
    const found = await this.administrators.collection.findOne({ _id: session.owner }, options);
    const administrator = found as unknown as Administrator | null;
    if (!administrator || administrator.disabled || session.epoch < administrator.epoch) return null;
    return new AdminCaller(session, { administrator });
  }

  #noteUse({ _id, lastUsedAt }: AdminSession): void {
    const now = this.clock.now();
    if (now.getTime() - lastUsedAt.getTime() < NOTE_USE_EVERY_MS) return;
    const update = { $set: { lastUsedAt: now } };
    this.writeBehind.add(this.sessions.collection, _id.toHexString(), { updateOne: { filter: { _id }, update } });
  }

  #noteLogin(owner: { administrator: Administrator } | { key: AdminKey }, now: Date): void {
    const [collection, { _id }] =
      'administrator' in owner
        ? [this.administrators.collection, owner.administrator]
        : [this.keys.collection, owner.key];
    const update = { $set: { lastLoginAt: now } };
    this.writeBehind.add(collection, _id.toHexString(), { updateOne: { filter: { _id }, update } });
  }
}
