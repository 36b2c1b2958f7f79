import type { App } from '../apps/app.model.js';
import type { Session } from './session.model.js';

/** Good until it is revoked: an anonymous user has no other way back in (the original gave 50 years). */
const ANONYMOUS_SECONDS = 50 * 365 * 86_400;
/** The longest life of an access token, and an hour for clocks that differ. */
const ACCESS_TOKENS_ARE_DEAD_MS = 25 * 3_600_000;

type Opened = { identity: Pick<Session['identity'], 'provider'> };

/** @param now when the refresh token is made that will end then */
export function expiryOf(app: App, { identity, createdAt }: Opened & { createdAt: Date }, now: Date): Date {
  if (isAnonymous({ identity })) return new Date(createdAt.getTime() + ANONYMOUS_SECONDS * 1_000);
  const { refreshTokenSeconds, sessionAbsoluteSeconds } = app;
  const absolute = createdAt.getTime() + (sessionAbsoluteSeconds || Infinity) * 1_000;
  return new Date(Math.min(now.getTime() + refreshTokenSeconds * 1_000, absolute));
}

/** Whether it was not refreshed for longer than the app allows. */
export function isIdle(app: App, { identity, usedAt }: Opened & { usedAt: number }, nowMs: number): boolean {
  return endsWhenIdle(app, { identity }) && nowMs - usedAt >= app.sessionIdleSeconds! * 1_000;
}

export function endsWhenIdle(app: App, { identity }: Opened): boolean {
  return Boolean(app.sessionIdleSeconds) && !isAnonymous({ identity });
}

/** When the record of a session goes that is over at `end`. */
export function removalAfter(end: Date): Date {
  return new Date(end.getTime() + ACCESS_TOKENS_ARE_DEAD_MS);
}

function isAnonymous({ identity }: Opened): boolean {
  return identity.provider === 'anon-user';
}
