import { Injectable } from '@nestjs/common';
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { BoundedMap } from '../common/bounded-map.js';
import { Outbound } from './outbound.js';
import { OutboundFailed } from './outbound.errors.js';
import { outboundFetch, type Fetch } from './outbound-fetch.js';

const MOST = 1_000;
const TIMEOUT_MS = 3_000;
const FRESH_MS = 10 * 60_000;
/** A `kid` that is not in the set has it fetched anew, but no more often than this. */
const COOLDOWN_MS = 30_000;
const FAILURE_MS = 5_000;

/** The public keys that others publish (RFC 7517), by address: fetched when they are needed, and kept for a while. */
@Injectable()
export class KeySets {
  readonly #sets = new BoundedMap<string, JWTVerifyGetKey>(MOST);
  readonly #fetch: Fetch;

  constructor(outbound: Outbound) {
    this.#fetch = rememberFailures(outboundFetch(outbound));
  }

  /**
   * What jose's verifying functions ask for keys. It throws OutboundFailed where there is no set at the address, and
   * jose's JWKSNoMatchingKey where the key is not in it.
   */
  at(url: string): JWTVerifyGetKey {
    const known = this.#sets.get(url);
    if (known) return known;
    const remote = createRemoteJWKSet(new URL(url), {
      [customFetch]: (address, init) => this.#fetch(address, init),
      timeoutDuration: TIMEOUT_MS,
      cacheMaxAge: FRESH_MS,
      cooldownDuration: COOLDOWN_MS,
    });
    const getKey: JWTVerifyGetKey = async (header, token) => {
      try {
        return await remote(header, token);
      } catch (error) {
        throw isNoKeySet(error) ? new OutboundFailed(`no key set: ${error.message}`, { cause: error }) : error;
      }
    };
    this.#sets.set(url, getKey);
    return getKey;
  }
}

/** jose's way to say that what came is no key set: a class of its own, or the plain one of all. */
function isNoKeySet(error: unknown): error is errors.JOSEError {
  if (!(error instanceof errors.JOSEError)) return false;
  return (
    error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === errors.JOSEError.code
  );
}

/** An address that just failed is not tried again at once: every login would wait for it. */
export function rememberFailures(fetch: Fetch, now: () => number = Date.now): Fetch {
  const failed = new BoundedMap<string, { until: number; error: unknown }>(MOST);
  return async (url, init) => {
    const last = failed.get(url);
    if (last && now() < last.until) throw last.error;
    try {
      return await fetch(url, init);
    } catch (error) {
      failed.set(url, { until: now() + FAILURE_MS, error });
      throw error;
    }
  };
}
