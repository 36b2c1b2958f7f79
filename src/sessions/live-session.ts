import type { ObjectId } from 'mongodb';
import type { User } from '../users/user.model.js';
import type { Rotation, Session } from './session.model.js';

/** A user as the session cache holds it. `cut`: something about it changed, read again. */
export class LiveUser {
  cut = false;
  readonly id: string;
  readonly type: string;
  readonly epoch: number;
  readonly sessionRound: number;
  readonly disabled: boolean;
  readonly data: Readonly<Record<string, string>>;
  readonly customData: Readonly<Record<string, unknown>> | undefined;
  readonly identities: readonly { id: string; provider: string; providerId: string }[];

  constructor(user: User) {
    this.id = user._id.toHexString();
    this.type = user.type;
    this.epoch = user.epoch;
    this.sessionRound = user.sessionRound ?? 0;
    this.disabled = user.disabled;
    this.data = user.data;
    this.customData = user.customData;
    this.identities = user.identities.map(({ id, provider, providerId }) => ({
      id,
      provider,
      providerId: providerId.toHexString(),
    }));
  }
}

/** Where a client was: its address, and the program it said it is. */
export interface Place {
  ip: string;
  userAgent: string;
}

export function lastPlaceOf({ ip, userAgent = '', lastIp = ip, lastUserAgent = userAgent }: StoredPlace): Place {
  return { ip: lastIp, userAgent: lastUserAgent };
}

type StoredPlace = Pick<Session, 'ip' | 'userAgent' | 'lastIp' | 'lastUserAgent'>;

/** A session with its user, as the cache holds it. */
export class LiveSession {
  cut = false;
  readonly id: string;
  readonly appId: ObjectId;
  readonly epoch: number;
  readonly round: number;
  readonly deviceId: string;
  expiresAt: number;
  readonly createdAt: number;
  readonly ended: boolean;
  readonly identity: Session['identity'];
  rotation: Rotation | undefined;
  place: Place;
  /** Milliseconds; written to the database now and then, not at each use. */
  usedAt: number;

  constructor(
    session: Session,
    readonly user: LiveUser,
  ) {
    this.id = session._id.toHexString();
    this.appId = session.app;
    this.epoch = session.epoch;
    this.round = session.round ?? 0;
    this.deviceId = session.device.toHexString();
    this.expiresAt = session.expiresAt.getTime();
    this.createdAt = session.createdAt.getTime();
    this.ended = session.endedAt !== undefined;
    this.identity = session.identity;
    this.rotation = session.rotation;
    this.place = lastPlaceOf(session);
    this.usedAt = session.lastUsedAt.getTime();
  }

  /** Another refresh token took the turn of the one before. */
  rotated({ rotation, expiresAt, lastUsedAt }: Session): void {
    this.rotation = rotation;
    this.expiresAt = expiresAt.getTime();
    this.usedAt = lastUsedAt.getTime();
  }

  /** Whether its tokens are good now. A token carries an epoch of its own, see `TokensService`. */
  isAlive(nowMs: number): boolean {
    const { disabled, epoch, sessionRound } = this.user;
    return !this.ended && !disabled && this.epoch >= epoch && this.round >= sessionRound && nowMs < this.expiresAt;
  }
}
