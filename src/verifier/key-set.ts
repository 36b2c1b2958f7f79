import { setTimeout as sleep } from 'node:timers/promises';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { VerifierError } from './errors.js';
import type { Settings } from './options.js';

export interface VerifyingKey {
  algorithm: string;
  key: CryptoKey;
}

const ALGORITHMS = new Set(['ES256', 'RS256']);
/** However many unknown keys are named, the set is asked for only so often. */
const COOL_DOWN_MS = 1_000;
/** Less than the time for which a new key is published before it is used. */
const REFRESH_MS = 300_000;
const TIMEOUT_MS = 5_000;

/** The public keys of an app. Fetched when one is named that is not known, and again every few minutes. */
export class KeySet {
  #keys = new Map<string, VerifyingKey>();
  #sentAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;
  #isSent = false;

  constructor(private readonly settings: Settings) {}

  /** @throws VerifierError where the set cannot be had */
  async find(kid: string): Promise<VerifyingKey | undefined> {
    const known = this.#keys.get(kid);
    if (known) {
      if (performance.now() - this.#sentAt > REFRESH_MS) void this.#refresh().catch(this.settings.onError);
      return known;
    }
    // What is on its way already may be older than the key: then once more.
    if (this.#isSent) await this.#refresh();
    if (!this.#keys.has(kid)) await this.#refresh();
    return this.#keys.get(kid);
  }

  forget(kid: string): void {
    this.#keys.delete(kid);
  }

  #refresh(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
      this.#isSent = false;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    const restMs = this.#sentAt + COOL_DOWN_MS - performance.now();
    if (restMs > 0) await sleep(restMs);
    this.#sentAt = performance.now();
    this.#isSent = true;
    try {
      const response = await this.settings.fetch(`${this.settings.url}/.well-known/jwks.json`, {
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`the key set was answered with ${response.status}`);
      this.#keys = await keysIn(await response.json());
    } catch (error) {
      throw new VerifierError('keys_unavailable', 'the keys that tokens are signed with cannot be had right now', {
        cause: error,
      });
    }
  }
}

/** Those that sign tokens; others are passed over. */
async function keysIn(body: unknown): Promise<Map<string, VerifyingKey>> {
  const found = new Map<string, VerifyingKey>();
  for (const jwk of (body as { keys: JWK[] }).keys) {
    if (typeof jwk.kid !== 'string' || jwk.alg === undefined || !ALGORITHMS.has(jwk.alg)) continue;
    found.set(jwk.kid, { algorithm: jwk.alg, key: (await importJWK(jwk, jwk.alg)) as CryptoKey });
  }
  return found;
}
