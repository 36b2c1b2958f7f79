import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { App } from '../apps/app.model.js';
import { LatchkeyError } from '../errors/latchkey-error.js';
import { InvalidSession } from './sessions.errors.js';
import { SessionsService } from './sessions.service.js';
import { TokensService } from './tokens.service.js';

/** A user's token that an administrator asked about. No code: tools would take it for their own session's end. */
export class TokenRefused extends LatchkeyError {
  readonly code = 'TokenRefused';
}

/** Judges a user's access token for somebody who is not that user. */
@Injectable()
export class TokenCheckService {
  constructor(
    private readonly tokens: TokensService,
    private readonly sessions: SessionsService,
    private readonly jwt: JwtService,
  ) {}

  /**
   * @returns the claims; `expired` for a genuine token that is
   * @throws TokenRefused when it is not genuine, of another app, or (unless the app is lax) its session is over
   */
  async check(app: App, token: string): Promise<Record<string, unknown> | 'expired'> {
    const verified = await this.#verify(app, token);
    if (verified === 'expired') return verified;
    if (app.revocation === 'strict') {
      const live = await this.sessions.find(app, verified.sid);
      if (!live || live.user.id !== verified.sub || verified.epoch < live.user.epoch) {
        throw new TokenRefused('invalid session: session revoked');
      }
    }
    return { ...verified };
  }

  async #verify(app: App, token: string) {
    try {
      const { app: owner, claims } = await this.tokens.verifyAccessToken(token);
      if (!owner._id.equals(app._id)) throw new TokenRefused('invalid session');
      return claims;
    } catch (error) {
      if (!(error instanceof InvalidSession)) throw error;
      if (error.message.endsWith('access token expired') && this.#said(token)['aud'] === app.clientAppId)
        return 'expired';
      throw new TokenRefused(this.#said(token)['typ'] === 'access' ? 'signature is invalid' : 'invalid session');
    }
  }

  /** What the token says, genuine or not. */
  #said(token: string): Record<string, unknown> {
    try {
      const said: unknown = this.jwt.decode(token);
      return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {};
    } catch {
      return {};
    }
  }
}
