import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';
import { readCookie } from '../../http/cookies.js';
import { bearerToken } from '../../sessions/authenticator.js';
import type { AdminCaller } from './admin-caller.js';
import { CookieFromElsewhere } from './admin-auth.errors.js';

/**
 * What the guard hands to the strategies with each request. Passport keeps strategies by name in one place for the whole
 * process, so they hold nothing of the server that made them: two servers in one process share them.
 */
export interface Identifying {
  kind: 'admin' | 'admin-refresh';
  cookieName: string;
  /** `scheme://host[:port]` of our own pages. */
  ownOrigin: string;
  byAccessToken(token: string): Promise<AdminCaller>;
  byRefreshToken(token: string): Promise<AdminCaller>;
  byCookie(cookie: string): Promise<AdminCaller>;
}

type Done = (error: Error | null, caller?: AdminCaller | null) => void;

class HeaderStrategy extends passport.Strategy {
  constructor(private readonly verify: (request: FastifyRequest, how: Identifying, done: Done) => void) {
    super();
  }

  override authenticate(request: unknown, how: unknown): void {
    this.verify(request as FastifyRequest, how as Identifying, (error, caller) => {
      if (error) this.error(error);
      else if (caller) this.success(caller);
      else this.fail();
    });
  }
}

export const ADMIN_BEARER = 'latchkey-admin-bearer';
export const ADMIN_COOKIE = 'latchkey-admin-cookie';

@Injectable()
export class AdminBearerStrategy extends PassportStrategy(HeaderStrategy, ADMIN_BEARER) {
  /** @returns null where there is no such header: the cookie may do */
  async validate({ headers }: FastifyRequest, how: Identifying): Promise<AdminCaller | null> {
    if (headers.authorization === undefined) return null;
    const token = bearerToken(headers.authorization);
    return how.kind === 'admin' ? how.byAccessToken(token) : how.byRefreshToken(token);
  }
}

const SAFE = new Set(['GET', 'HEAD']);

/**
 * The cookie of a console page. Browsers send it by themselves, so a request that changes something must say that it comes
 * from one of our own pages; every browser sends `Origin` with those.
 */
@Injectable()
export class AdminCookieStrategy extends PassportStrategy(HeaderStrategy, ADMIN_COOKIE) {
  async validate({ headers, method }: FastifyRequest, how: Identifying): Promise<AdminCaller | null> {
    const cookie = readCookie(headers.cookie, how.cookieName);
    if (cookie === undefined || how.kind !== 'admin') return null;
    if (!SAFE.has(method) && headers.origin !== how.ownOrigin) throw new CookieFromElsewhere();
    return how.byCookie(cookie);
  }
}
