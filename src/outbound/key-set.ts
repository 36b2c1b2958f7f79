import type { KeyObject } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { Clock } from '../common/clock.js';
import { readPublicKey } from '../crypto/public-keys.js';
import type { Outbound } from './outbound.js';
import { OutboundFailed } from './outbound.errors.js';

const FRESH_MS = 10 * 60_000;
/** While the address does not answer, the keys it gave last are still good for so long. */
const BEARABLE_MS = 60 * 60_000;
/** Neither a failure nor an unknown key leads to more questions than one in this time. */
const PAUSE_MS = 15_000;
const MOST_KEYS = 500;

interface Known {
  id: string | undefined;
  /** Whose tokens it signs, where several issuers have one set; Microsoft says so. */
  issuer: string | undefined;
  key: KeyObject;
}

interface Keys {
  known: Known[];
  /** What is of no use for the algorithm, and why. */
  skipped: string[];
}

/** The keys at an address (RFC 7517). One that is of no use is left out, and takes nothing from the others. */
export class KeySet {
  readonly #logger = new Logger(KeySet.name);
  #listed: unknown[] = [];
  /** Of what is listed, by algorithm. */
  readonly #keys = new Map<string, Keys>();
  #readAt = -Infinity;
  #askedAt = -Infinity;
  #failure: OutboundFailed | undefined;
  #asking: Promise<void> | undefined;
  readonly #complaints = new Map<string, string>();

  constructor(
    private readonly url: string,
    private readonly outbound: Outbound,
    private readonly clock: Clock,
  ) {}

  /**
   * The keys that may have made a signature: the one that a header names, or all where it names none.
   *
   * @param issuers where they are given, a key of which another issuer is said is none
   * @throws OutboundFailed where none can be had
   */
  async keysFor({ alg, kid }: { alg: string; kid?: unknown }, issuers?: readonly string[]): Promise<KeyObject[]> {
    const id = typeof kid === 'string' ? kid : undefined;
    if (this.#age() > FRESH_MS) await this.#refresh();
    let found = this.#named(alg, id);
    if (found.length === 0) {
      await this.#refresh();
      found = this.#named(alg, id);
    }
    const isOf = ({ issuer }: Known): boolean => issuer === undefined || !issuers || issuers.includes(issuer);
    return found.filter(isOf).map(({ key }) => key);
  }

  /** Asks anew and says what is of use there. @throws OutboundFailed */
  async describe(algorithm: string): Promise<{ usable: number; skipped: string[] }> {
    const { known, skipped } = readKeys(listIn(await this.#fetch()), algorithm);
    return { usable: known.length, skipped };
  }

  #named(algorithm: string, id: string | undefined): Known[] {
    let keys = this.#keys.get(algorithm);
    if (!keys) {
      keys = readKeys(this.#listed, algorithm);
      this.#keys.set(algorithm, keys);
      this.#complain(algorithm, keys.skipped);
    }
    return keys.known.filter((known) => id === undefined || known.id === id);
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
      this.#listed = listIn(await this.#fetch());
      this.#keys.clear();
      this.#readAt = this.clock.now().getTime();
      this.#failure = undefined;
    } catch (error) {
      if (!(error instanceof OutboundFailed)) throw error;
      this.#failure = error;
      this.#logger.warn(`${this.#label}: ${error.reason}`);
    }
  }

  async #fetch(): Promise<Buffer> {
    const { status, body } = await this.outbound.request(this.url, { headers: { accept: 'application/json' } });
    if (status !== 200) throw new OutboundFailed(`the key set answered with status ${status}`);
    return body;
  }

  /** Once, not at each reading. */
  #complain(algorithm: string, skipped: readonly string[]): void {
    const complaint = skipped.slice(0, 10).join(', ');
    if (complaint !== '' && complaint !== this.#complaints.get(algorithm)) {
      this.#logger.warn(`${this.#label}: of no use for ${algorithm}: ${complaint}`);
    }
    this.#complaints.set(algorithm, complaint);
  }

  /** Paths may hold what is not for a log. */
  get #label(): string {
    return `key set of ${URL.canParse(this.url) ? new URL(this.url).host : 'an address that is none'}`;
  }
}

function readKeys(listed: readonly unknown[], algorithm: string): Keys {
  const keys: Keys = { known: [], skipped: [] };
  for (const [i, jwk] of listed.slice(0, MOST_KEYS).entries()) {
    const key = readPublicKey(jwk, algorithm);
    const id = textIn(jwk, 'kid');
    if (typeof key === 'string') keys.skipped.push(`${id?.slice(0, 64) ?? `number ${i + 1}`} (${key})`);
    else keys.known.push({ id, issuer: textIn(jwk, 'issuer'), key });
  }
  return keys;
}

/** A set, or one key alone. @throws OutboundFailed */
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

function textIn(jwk: unknown, name: string): string | undefined {
  const value = isObject(jwk) ? jwk[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
