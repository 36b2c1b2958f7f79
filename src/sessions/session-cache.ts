import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { BoundedMap } from '../common/bounded-map.js';
import { MARK } from '../database/batched-writes.js';
import { ChangeFeed, type Change } from '../database/change-feed.js';
import { SigningKeysService } from '../signing-keys/signing-keys.service.js';
import { User } from '../users/user.model.js';
import { LiveSession, LiveUser } from './live-session.js';
import { Session } from './session.model.js';

/** About 1 kB each. */
const MAX_SESSIONS = 50_000;
const MAX_TOKENS = 100_000;
const MAX_CUTS = 100_000;

/** What an access token said, once its signature was checked. Times in milliseconds. */
export interface KnownToken {
  session: LiveSession;
  epoch: number;
  expiresAt: number;
}

/** Fields that are written behind and change nothing for a session. */
const INFORMING = new Set(['lastUsedAt', 'lastLoginAt', 'lastIp', 'lastUserAgent', MARK]);

/**
 * Sessions, their users and verified tokens in memory, so that refresh and profile ask no database. It is only a memory of
 * the database: cut by whatever ends or changes a session or user here, and by the change feed for what others do, and
 * believed only while that feed is fresh (security.md rule 1).
 */
@Injectable()
export class SessionCache {
  readonly #users = new BoundedMap<string, LiveUser>(MAX_SESSIONS, (_id, user) => (user.cut = true));
  readonly #sessions = new BoundedMap<string, LiveSession>(MAX_SESSIONS, (_id, session) => (session.cut = true));
  readonly #byRefreshHash = new BoundedMap<string, LiveSession>(MAX_SESSIONS);
  readonly #tokens = new BoundedMap<string, KnownToken>(MAX_TOKENS);
  /** When each id was last cut, in counts of cuts: what was read before a cut must not be kept after it. */
  readonly #cuts = new BoundedMap<string, number>(MAX_CUTS, (_id, at) => (this.#forgottenCuts = at));
  #cutCount = 0;
  #forgottenCuts = 0;
  #tokenCuts = 0;

  constructor(
    private readonly feed: ChangeFeed,
    @InjectModel(Session.name) sessions: Model<Session>,
    @InjectModel(User.name) users: Model<User>,
    signingKeys: SigningKeysService,
  ) {
    // What a retired key signed is told from the rest only by checking it again.
    signingKeys.onChange(() => this.#forgetTokens());
    const lost = (): void => this.clear();
    feed.listen(
      sessions.collection.collectionName,
      { lost, changed: onChange((id) => this.cutSession(id)) },
      { inserts: false },
    );
    feed.listen(
      users.collection.collectionName,
      { lost, changed: onChange((id) => this.cutUser(id)) },
      { inserts: false },
    );
  }

  /** To be taken before reading what will be handed to `keep`. */
  mark(): number {
    return this.#cutCount;
  }

  /**
   * Keeps a session that was read, or just written, after `mark` was taken.
   *
   * @returns the session to go on with; it is in the cache unless it or its user was cut meanwhile
   */
  keep(session: Session, user: User, refreshHash: string | undefined, mark: number): LiveSession {
    const userId = user._id.toHexString();
    const sessionId = session._id.toHexString();
    if (this.#wasCut(userId, mark) || this.#wasCut(sessionId, mark)) {
      const passing = new LiveSession(session, new LiveUser(user));
      passing.cut = true;
      return passing;
    }
    const live = new LiveSession(session, this.#keepUser(userId, user));
    // One object per session: tokens that hold an older one would not hear of its end.
    const older = this.#sessions.peek(sessionId);
    if (older) older.cut = true;
    this.#sessions.set(sessionId, live);
    if (refreshHash !== undefined) this.#byRefreshHash.set(refreshHash, live);
    return live;
  }

  /** One object for all sessions of a user, so that one cut reaches them all. */
  #keepUser(id: string, user: User): LiveUser {
    const known = this.#users.get(id);
    if (known && known.epoch >= user.epoch && known.sessionRound >= (user.sessionRound ?? 0)) return known;
    if (known) known.cut = true;
    const live = new LiveUser(user);
    this.#users.set(id, live);
    return live;
  }

  /** To be taken before the key that makes or checks a token is looked up. */
  tokenMark(): number {
    return this.#tokenCuts;
  }

  keepToken(token: string, known: KnownToken, mark: number): void {
    if (!known.session.cut && mark === this.#tokenCuts) this.#tokens.set(token, known);
  }

  findToken(token: string): KnownToken | undefined {
    const known = this.#tokens.get(token);
    if (known && this.#believed(known.session)) return known;
    return undefined;
  }

  find(sessionId: string): LiveSession | undefined {
    return this.#ifBelieved(this.#sessions.get(sessionId));
  }

  findByRefreshHash(refreshHash: string): LiveSession | undefined {
    return this.#ifBelieved(this.#byRefreshHash.get(refreshHash));
  }

  cutSession(id: string): void {
    this.#note(id);
    const session = this.#sessions.peek(id);
    if (session) session.cut = true;
    this.#sessions.delete(id);
  }

  cutUser(id: string): void {
    this.#note(id);
    const user = this.#users.peek(id);
    if (user) user.cut = true;
    this.#users.delete(id);
  }

  clear(): void {
    this.#cutCount += 1;
    this.#forgottenCuts = this.#cutCount;
    for (const [, user] of this.#users) user.cut = true;
    for (const [, session] of this.#sessions) session.cut = true;
    for (const map of [this.#users, this.#sessions, this.#byRefreshHash, this.#tokens]) map.clear();
  }

  #forgetTokens(): void {
    this.#tokenCuts += 1;
    this.#tokens.clear();
  }

  #ifBelieved(session: LiveSession | undefined): LiveSession | undefined {
    return session && this.#believed(session) ? session : undefined;
  }

  #believed(session: LiveSession): boolean {
    return !session.cut && !session.user.cut && this.feed.fresh;
  }

  #note(id: string): void {
    this.#cutCount += 1;
    this.#cuts.set(id, this.#cutCount);
  }

  #wasCut(id: string, mark: number): boolean {
    return mark < this.#forgottenCuts || (this.#cuts.peek(id) ?? 0) > mark;
  }
}

function onChange(cut: (id: string) => void): (change: Change) => void {
  return ({ id, fields }) => {
    const informs = fields?.every((field) => INFORMING.has(field)) ?? false;
    if (!informs) cut(id.toHexString());
  };
}
