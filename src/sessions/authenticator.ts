import { Injectable } from '@nestjs/common';
import type { App } from '../apps/app.model.js';
import { AppsService } from '../apps/apps.service.js';
import { Clock } from '../common/clock.js';
import type { LiveSession } from './live-session.js';
import { hasTurn } from './rotation.service.js';
import { SessionCache } from './session-cache.js';
import { InvalidSession, MissingAuthorization } from './sessions.errors.js';
import { SessionsService } from './sessions.service.js';
import { TokensService } from './tokens.service.js';

/** Who is calling: the session that a token named, found alive. */
export interface Caller {
  app: App;
  live: LiveSession;
  /** Of a refresh token that rotates: which one it is. */
  turn?: number;
}

const BEARER = /^bearer $/i;
const BLANK = /\s/;

/** Turns an `Authorization` header into the session it stands for. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly sessions: SessionsService,
    private readonly tokens: TokensService,
    private readonly cache: SessionCache,
    private readonly apps: AppsService,
    private readonly clock: Clock,
  ) {}

  /** @throws MissingAuthorization, InvalidSession */
  async byAccessToken(authorization: string | undefined): Promise<Caller> {
    const token = bearerToken(authorization);
    const known = this.cache.findToken(token);
    const now = this.clock.now().getTime();
    if (known) {
      if (now >= known.expiresAt) throw InvalidSession.accessTokenExpired();
      const app = known.session.isAlive(now) ? await this.apps.findById(known.session.appId) : null;
      if (!app || known.epoch < known.session.user.epoch) throw InvalidSession.accessTokenRefused();
      return { app, live: known.session };
    }
    const mark = this.cache.tokenMark();
    const { app, claims } = await this.tokens.verifyAccessToken(token);
    const live = await this.sessions.find(app, claims.sid);
    if (!live || live.user.id !== claims.sub || claims.epoch < live.user.epoch)
      throw InvalidSession.accessTokenRefused();
    this.cache.keepToken(token, { session: live, epoch: claims.epoch, expiresAt: claims.exp * 1_000 }, mark);
    return { app, live };
  }

  /**
   * @param anyTurn takes a refresh token also where its turn is over
   * @throws MissingAuthorization, InvalidSession
   */
  async byRefreshToken(authorization: string | undefined, { anyTurn }: { anyTurn: boolean }): Promise<Caller> {
    const caller = await this.sessions.getByRefreshToken(bearerToken(authorization));
    const { live, turn } = caller;
    if (anyTurn || turn === undefined) return caller;
    if (!live.rotation || !hasTurn(live.rotation, turn, this.clock.now().getTime())) {
      throw InvalidSession.refreshTokenRefused();
    }
    return caller;
  }
}

/** @throws MissingAuthorization when there is no `Bearer <token>` */
export function bearerToken(authorization: string | undefined): string {
  const token = BEARER.test(authorization?.slice(0, 7) ?? '') ? authorization!.slice(7) : '';
  if (token === '' || BLANK.test(token)) throw new MissingAuthorization();
  return token;
}
