import { InvalidParameter } from '../errors/errors.js';
import type { App } from './app.model.js';

export type SessionLimits = Pick<App, 'sessionIdleSeconds' | 'sessionAbsoluteSeconds' | 'accessTokenJitterPercent'>;

/** 5 and 30 minutes to 5 years; 0 is for no limit. */
const IDLE_SECONDS = { min: 300, max: 157_680_000 };
const ABSOLUTE_SECONDS = { min: 1_800, max: 157_680_000 };
const MOST_JITTER_PERCENT = 50;

/**
 * @param wanted what is to be set
 * @param result the app as it will be
 * @throws InvalidParameter
 */
export function checkSessionLimits(
  { sessionIdleSeconds: idle = 0, sessionAbsoluteSeconds: absolute = 0, accessTokenJitterPercent = 0 }: NoneUndefined,
  result: Pick<App, 'accessTokenSeconds' | 'sessionIdleSeconds'>,
): void {
  checkLimit('session_idle_seconds', idle, IDLE_SECONDS);
  checkLimit('session_absolute_seconds', absolute, ABSOLUTE_SECONDS);
  if (!(accessTokenJitterPercent >= 0 && accessTokenJitterPercent <= MOST_JITTER_PERCENT)) {
    throw new InvalidParameter(`'access_token_jitter_percent' must be from 0 to ${MOST_JITTER_PERCENT}`);
  }
  // Clients refresh when their access token ends: with less, a session would end in the middle of its use.
  if (result.sessionIdleSeconds && result.sessionIdleSeconds <= result.accessTokenSeconds) {
    throw new InvalidParameter("'session_idle_seconds' must be more than 'access_token_seconds'");
  }
}

type NoneUndefined = { [Name in keyof SessionLimits]?: SessionLimits[Name] | undefined };

function checkLimit(name: string, seconds: number, { min, max }: { min: number; max: number }): void {
  if (seconds === 0 || (seconds >= min && seconds <= max)) return;
  throw new InvalidParameter(`'${name}' must be 0 (no limit) or from ${min} to ${max}`);
}
