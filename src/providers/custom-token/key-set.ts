import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { decodeProtectedHeader } from 'jose';
import type { Clock } from '../../common/clock.js';
import type { Outbound } from '../../outbound/outbound.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import type { Algorithm } from './custom-token.settings.js';
import { fits } from './signing-key.js';

const FRESH_MS = 10 * 60_000;
/** While the address does not answer, the keys it gave last are still good for so long. */
const BEARABLE_MS = 60 * 60_000;
/** Neither a failure nor an unknown key leads to more questions than one in this time. */
const PAUSE_MS = 15_000;
const MOST_KEYS = 500;

interface Known {
  id: string | undefined;
  key: KeyObject;
}

/** The keys at an address. One that is of no use is left out, and takes nothing from the others. */
export class KeySet {
  readonly #logger = new Logger(KeySet.name);
  #keys: Known[] = [];
  #readAt = -Infinity;
  #askedAt = -Infinity;
  #failure: OutboundFailed | undefined;
  #asking: Promise<void> | undefined;
  #complaint = '';

  constructor(
    private readonly url: string,
    private readonly algorithm: Algorithm,
    private readonly outbound: Outbound,
    private readonly clock: Clock,
    /** Names the app in the log. */
    private readonly label: string,
  ) {}

  /**
   * The keys that may have signed a token: the one its header names, or all where it names none.
   *
   * @throws OutboundFailed where none can be had
   */
  async keysFor(token: string): Promise<KeyObject[]> {
    const id = keyIdIn(token);
    if (this.#age() > FRESH_MS) await this.#refresh();
    const found = this.#named(id);
    if (found.length > 0) return found;
    await this.#refresh();
    return this.#named(id);
  }

  /** Asks anew and says what is of use there. @throws OutboundFailed */
  async describe(): Promise<{ usable: number; skipped: string[] }> {
    const { known, skipped } = readKeys(await this.#fetch(), this.algorithm);
    return { usable: known.length, skipped };
  }

  #named(id: string | undefined): KeyObject[] {
    return this.#keys.filter((known) => id === undefined || known.id === id).map(({ key }) => key);
  }

  #age(): number {
    return this.clock.now().getTime() - this.#readAt;
  }

  /** Asks unless it has just been asked. Whoever comes meanwhile waits for the same answer. */
  async #refresh(): Promise<void> {
    const now = this.clock.now().getTime();
    if (!this.#asking && now - this.#askedAt >= PAUSE_MS) {
      this.#askedAt = now;
      this.#asking = this.#ask().finally(() => (this.#asking = undefined));
    }
    await this.#asking;
    if (this.#failure && this.#age() > BEARABLE_MS) throw this.#failure;
  }

  async #ask(): Promise<void> {
    try {
      const { known, skipped } = readKeys(await this.#fetch(), this.algorithm);
      this.#complain(skipped);
      this.#keys = known;
      this.#readAt = this.clock.now().getTime();
      this.#failure = undefined;
    } catch (error) {
      if (!(error instanceof OutboundFailed)) throw error;
      this.#failure = error;
      this.#logger.warn(`${this.label}: ${error.reason}`);
    }
  }

  async #fetch(): Promise<Buffer> {
    const { status, body } = await this.outbound.request(this.url, { headers: { accept: 'application/json' } });
    if (status !== 200) throw new OutboundFailed(`the key set answered with status ${status}`);
    return body;
  }

  /** Once, not at each reading. */
  #complain(skipped: readonly string[]): void {
    const complaint = skipped.slice(0, 10).join(', ');
    if (complaint !== '' && complaint !== this.#complaint) {
      this.#logger.warn(`${this.label}: of no use in the key set: ${complaint}`);
    }
    this.#complaint = complaint;
  }
}

/** A set, or one key alone. @throws OutboundFailed */
function readKeys(body: Buffer, algorithm: Algorithm): { known: Known[]; skipped: string[] } {
  const skipped: string[] = [];
  const known: Known[] = [];
  for (const [i, jwk] of listIn(body).slice(0, MOST_KEYS).entries()) {
    const key = readKey(jwk, algorithm);
    const id = isObject(jwk) && typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined;
    if (typeof key === 'string') skipped.push(`${id?.slice(0, 64) ?? `number ${i + 1}`} (${key})`);
    else known.push({ id, key });
  }
  return { known, skipped };
}

function keyIdIn(token: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}

function listIn(body: Buffer): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new OutboundFailed('the key set is no JSON', { cause: error });
  }
  if (!isObject(parsed)) throw new OutboundFailed('the key set is no object');
  if (Array.isArray(parsed['keys'])) return parsed['keys'];
  if (typeof parsed['kty'] === 'string') return [parsed];
  throw new OutboundFailed("the key set has no 'keys'");
}

/** @returns why not, in words for the log, where it is no key for the algorithm */
function readKey(jwk: unknown, algorithm: Algorithm): KeyObject | string {
  if (!isObject(jwk)) return 'no object';
  const { kty, use, alg, key_ops: operations, n, e, crv, x, y } = jwk;
  if (use !== undefined && use !== 'sig') return 'not for signatures';
  if (Array.isArray(operations) && !operations.includes('verify')) return 'not for signatures';
  if (alg !== undefined && alg !== algorithm && !(algorithm === 'EdDSA' && alg === 'Ed25519')) {
    return 'for another algorithm';
  }
  try {
    // The public parts only: nothing else that stands in it is looked at.
    const key = createPublicKey({ key: { kty, n, e, crv, x, y } as JsonWebKey, format: 'jwk' });
    return fits(key, algorithm) ? key : `not for ${algorithm}`;
  } catch {
    return 'cannot be read';
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
