import { compare, hash, hashSync } from 'bcrypt';
import { randomBytes } from 'node:crypto';
import { BareTokens } from './bare-tokens.js';

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string | undefined,
    message: string,
  ) {
    super(message);
  }
}

interface User {
  id: string;
  identity: { id: string; provider_type: string; provider_id: string };
  data: Record<string, string>;
  /** The address it logs in with, when it has one. */
  email?: string;
}

interface Session {
  sessionId: string;
  userId: string;
  deviceId: string;
  user: User;
}

export interface Opened {
  access_token: string;
  refresh_token: string;
  user_id: string;
  device_id: string;
}

/** Access tokens remembered with their session: the cheapest right answer to "is this one mine and alive?". */
const REMEMBERED_TOKENS = 50_000;

const invalidSession = (why: string) => new Refused(401, 'InvalidSession', `invalid session: ${why}`);

/** Accounts and sessions of one app in Maps: nothing outlives the process. */
export class BareAccounts {
  private readonly users = new Map<string, User>();
  private readonly sessions = new Map<string, Session>();
  private readonly registrations = new Map<string, { email: string; passwordHash: string; user?: User }>();
  private readonly remembered = new Map<string, { session: Session; exp: number }>();
  /** One walk for all: a new one would pass over the holes of thousands that were deleted. */
  private readonly oldestFirst = this.remembered.keys();
  private readonly dummyHash: string;
  private readonly providerId = newId();

  constructor(
    private readonly appId: string,
    private readonly tokens: BareTokens,
    private readonly bcryptCost: number,
  ) {
    this.dummyHash = hashSync('nobody has this password', bcryptCost);
  }

  loginAnonymously(deviceId: string | undefined): Opened {
    return this.open(this.addUser('anon-user', {}), deviceId);
  }

  async register(email: unknown, password: unknown): Promise<void> {
    const address = checkedEmail(email);
    if (typeof password !== 'string' || password.length < 6 || password.length > 128) {
      throw new Refused(400, 'BadRequest', 'password must be between 6 and 128 characters');
    }
    const passwordHash = await hash(password, this.bcryptCost);
    if (this.registrations.has(address.toLowerCase()))
      throw new Refused(409, 'AccountNameInUse', 'name already in use');
    this.registrations.set(address.toLowerCase(), { email: address, passwordHash });
  }

  async loginByPassword(username: unknown, password: unknown, deviceId: string | undefined): Promise<Opened> {
    const known = typeof username === 'string' ? this.registrations.get(username.toLowerCase()) : undefined;
    const right = await compare(typeof password === 'string' ? password : '', known?.passwordHash ?? this.dummyHash);
    if (!known || !right) throw new Refused(401, 'InvalidPassword', 'unauthorized');
    known.user ??= this.addUser('local-userpass', { email: known.email }, known.email);
    return this.open(known.user, deviceId);
  }

  refresh(refreshToken: string): string {
    const claims = this.tokens.readRefresh(refreshToken);
    const session = claims && claims.exp * 1000 > Date.now() ? this.sessions.get(claims.baas_id) : undefined;
    if (!session) throw invalidSession('failed to find refresh token');
    return this.signAccess(session);
  }

  /** A session that is gone already counts as ended. */
  logout(refreshToken: string): void {
    const claims = this.tokens.readRefresh(refreshToken);
    if (!claims) throw new Refused(401, undefined, 'invalid session: failed to find refresh token');
    this.sessions.delete(claims.baas_id);
  }

  profile(accessToken: string): object {
    const { user } = this.sessionOf(accessToken);
    return { user_id: user.id, domain_id: this.appId, type: 'normal', identities: [user.identity], data: user.data };
  }

  deleteUser(accessToken: string): void {
    const { user } = this.sessionOf(accessToken);
    this.users.delete(user.id);
    if (user.email) this.registrations.delete(user.email.toLowerCase());
    for (const session of this.sessions.values()) if (session.user === user) this.sessions.delete(session.sessionId);
  }

  /** @throws Refused unless the token is one of ours, has time left, and its session still stands */
  sessionOf(accessToken: string): Session {
    const entry = this.remembered.get(accessToken) ?? this.read(accessToken);
    if (!entry) throw invalidSession('unknown access token');
    if (entry.exp * 1000 <= Date.now()) throw invalidSession('access token expired');
    if (!this.sessions.has(entry.session.sessionId)) throw invalidSession('session ended');
    return entry.session;
  }

  private read(accessToken: string): { session: Session; exp: number } | undefined {
    const claims = this.tokens.readAccess(accessToken);
    const session = claims ? this.sessions.get(claims.baas_id) : undefined;
    if (!claims || !session) return undefined;
    return this.remember(accessToken, session, claims.exp);
  }

  private remember(token: string, session: Session, exp: number) {
    if (this.remembered.size >= REMEMBERED_TOKENS) {
      const oldest = this.oldestFirst.next();
      if (!oldest.done) this.remembered.delete(oldest.value);
    }
    const entry = { session, exp };
    this.remembered.set(token, entry);
    return entry;
  }

  private addUser(type: string, data: Record<string, string>, email?: string): User {
    const identity = { id: newId(), provider_type: type, provider_id: this.providerId };
    const user: User = { id: newId(), identity, data, ...(email === undefined ? {} : { email }) };
    this.users.set(user.id, user);
    return user;
  }

  private open(user: User, deviceId = newId()): Opened {
    const session: Session = { sessionId: newId(), userId: user.id, deviceId, user };
    this.sessions.set(session.sessionId, session);
    return {
      access_token: this.signAccess(session),
      refresh_token: this.tokens.signRefresh(session, user.identity),
      user_id: user.id,
      device_id: deviceId,
    };
  }

  private signAccess(session: Session): string {
    const { token, exp } = this.tokens.signAccess(session);
    this.remember(token, session, exp);
    return token;
  }
}

function checkedEmail(email: unknown): string {
  if (typeof email !== 'string' || email.length > 128 || !/^[^@\s]+@[^@\s]+$/.test(email)) {
    throw new Refused(400, 'BadRequest', 'email invalid');
  }
  return email;
}

const process8 = randomBytes(4).toString('hex') + randomBytes(1).toString('hex');
let counter = randomBytes(3).readUIntBE(0, 3);

/** 24 hex digits, built as an ObjectId is: seconds, a random part of this process, a counter. */
export function newId(): string {
  counter = (counter + 1) & 0xff_ff_ff;
  const seconds = Math.floor(Date.now() / 1000)
    .toString(16)
    .padStart(8, '0');
  return seconds + process8 + counter.toString(16).padStart(6, '0');
}
