import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { App } from '../apps/app.model.js';
import { networkOf } from '../common/address.js';
import type { SuspiciousSession } from '../hooks/auth-hook.js';
import { HookRegistry } from '../hooks/hook.registry.js';
import type { Caller } from './authenticator.js';
import { shortUserAgent } from './device.js';
import type { LiveSession, Place } from './live-session.js';
import { RotationService } from './rotation.service.js';
import { SessionUseService } from './session-use.service.js';
import type { EndReason } from './session.model.js';
import type { Refreshed } from './session.view.js';
import { InvalidSession } from './sessions.errors.js';
import { SessionsService } from './sessions.service.js';
import { TokensService } from './tokens.service.js';

const WHY = {
  refresh_token_reused: 'reused',
  address_and_user_agent_changed: 'moved',
} as const satisfies Record<SuspiciousSession['reason'], EndReason>;

/** What a refresh token is good for. */
@Injectable()
export class RefreshService {
  constructor(
    private readonly sessions: SessionsService,
    private readonly rotation: RotationService,
    private readonly use: SessionUseService,
    private readonly tokens: TokensService,
    private readonly hooks: HookRegistry,
  ) {}

  /** @throws InvalidSession where the session is over, or is ended because somebody else seems to have its token */
  async refresh(caller: Caller, client: { ip: string; userAgent: string | undefined }): Promise<Refreshed> {
    const { app, live, turn } = caller;
    const place = { ip: client.ip, userAgent: shortUserAgent(client.userAgent ?? '') };
    if (isElsewhere(live.place, place)) await this.#move(app, live, place);
    const refreshToken = turn === undefined ? undefined : await this.#rotate(app, live, turn, place);
    const noted = this.use.note(app, live, place);
    if (noted) await noted;
    const accessToken = await this.sessions.makeAccessToken(app, live);
    return refreshToken === undefined ? { accessToken } : { accessToken, refreshToken };
  }

  /** Another instance may have seen the client get there step by step: what it wrote decides. */
  async #move(app: App, live: LiveSession, place: Place): Promise<void> {
    const before = live.place;
    // At once, so that of two requests from there one tells.
    live.place = place;
    try {
      const stored = await this.use.lastPlaceOf(live);
      if (!stored || !isElsewhere(stored, place)) return;
      await this.#suspect(app, live, place, 'address_and_user_agent_changed', app.movedSession === 'end');
    } finally {
      live.place = before;
    }
  }

  async #rotate(app: App, live: LiveSession, turn: number, place: Place): Promise<string> {
    const next = await this.rotation.next(app, live, turn);
    if (next === 'reused') await this.#suspect(app, live, place, 'refresh_token_reused', true);
    if (next === 'reused' || next === 'over') throw InvalidSession.refreshTokenRefused();
    live.rotated(next);
    return this.tokens.makeRefreshToken(app, next);
  }

  /** @throws InvalidSession where it ends the session */
  async #suspect(
    app: App,
    live: LiveSession,
    { ip, userAgent }: Place,
    reason: SuspiciousSession['reason'],
    end: boolean,
  ): Promise<void> {
    const session = ObjectId.createFromHexString(live.id);
    if (!end || (await this.sessions.end(app, { session }, WHY[reason]))) {
      const who = { clientAppId: app.clientAppId, userId: live.user.id, sessionId: live.id };
      await this.hooks.after('afterSuspiciousSession', { ...who, ip, userAgent, reason, ended: end });
    }
    if (end) throw InvalidSession.refreshTokenRefused();
  }
}

/** Another network and another program. One alone changes all the time: a train, an update. */
function isElsewhere(before: Place, now: Place): boolean {
  if (before.userAgent === now.userAgent || before.ip === now.ip) return false;
  const [from, to] = [networkOf(before.ip), networkOf(now.ip)];
  return from !== undefined && to !== undefined && from !== to;
}
