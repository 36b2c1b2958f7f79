import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import type { LiveSession } from '../../sessions/live-session.js';
import { hasTurn } from '../../sessions/rotation.service.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { InvalidSession } from '../../sessions/sessions.errors.js';
import { TokensService } from '../../sessions/tokens.service.js';

/** A token of an app that is good now. `claims` are those of an access token. */
export interface ActiveToken {
  live: LiveSession;
  claims?: Record<string, unknown>;
}

/** What a token of either kind is worth at this moment; the session decides, also where the app is lax. */
@Injectable()
export class TokenStatusService {
  constructor(
    private readonly tokens: TokensService,
    private readonly sessions: SessionsService,
    private readonly clock: Clock,
  ) {}

  /** @returns null for everything else: garbage, expired, revoked, of another app, a refresh token whose turn is over */
  async find(app: App, token: string): Promise<ActiveToken | null> {
    const found = await this.#find(app, token);
    const rotation = found?.live.rotation;
    const isOver = rotation && found.turn !== undefined && !hasTurn(rotation, found.turn, this.clock.now().getTime());
    return isOver ? null : found;
  }

  /** Ends the session that a token belongs to, and with it all its tokens. @returns the session, where there was one to end */
  async revoke(app: App, token: string): Promise<LiveSession | null> {
    const found = await this.#find(app, token);
    if (!found) return null;
    const ended = await this.sessions.end(app, { session: ObjectId.createFromHexString(found.live.id) }, 'revoked');
    return ended ? found.live : null;
  }

  async #find(app: App, token: string): Promise<(ActiveToken & { turn?: number | undefined }) | null> {
    return (await this.#asAccess(app, token)) ?? (await this.#asRefresh(app, token));
  }

  async #asAccess(app: App, token: string): Promise<ActiveToken | null> {
    const verified = await orNull(this.tokens.verifyAccessToken(token));
    if (!verified || !verified.app._id.equals(app._id)) return null;
    const { claims } = verified;
    const live = await this.sessions.find(app, claims.sid);
    return live && live.user.id === claims.sub && claims.epoch >= live.user.epoch
      ? { live, claims: { ...claims } }
      : null;
  }

  async #asRefresh(app: App, token: string): Promise<(ActiveToken & { turn?: number | undefined }) | null> {
    const found = await orNull(this.sessions.getByRefreshToken(token));
    return found?.app._id.equals(app._id) ? { live: found.live, turn: found.turn } : null;
  }
}

async function orNull<T>(judged: Promise<T>): Promise<T | null> {
  try {
    return await judged;
  } catch (error) {
    if (error instanceof InvalidSession) return null;
    throw error;
  }
}
