import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { accessClaims, type AccessClaims } from './claims.js';
import { VerifierError } from './errors.js';
import { FeedFollower } from './feed-follower.js';
import { KeySet } from './key-set.js';
import { settingsOf, type Settings, type VerifierOptions } from './options.js';
import { RevocationList } from './revocation-list.js';

interface Verified<UserData> {
  claims: AccessClaims<UserData>;
  kid: string;
}

/** What is known, for health checks and metrics. */
export interface VerifierStatus {
  /** Whether what is revoked is known too badly: `whenStale` says what happens then. */
  stale: boolean;
  /** Seconds since it was last heard; Infinity before the first time. */
  behindSeconds: number;
  /** The feed's sequence number. */
  seq: string;
  /** Revocations that are remembered. */
  revocations: number;
  cachedTokens: number;
}

/** Longer than any token of Latchkey; what is longer is not looked at. */
const MAX_TOKEN_LENGTH = 16_384;
const FIRST_TIME_MS = 5_000;
const BEARER = /^Bearer +([^\s]+) *$/i;

/**
 * Verifies access tokens of one app without asking anybody: keys and revocations are followed in the background. One per
 * process and app; `close` it where the process should end while nothing else runs.
 */
export class Verifier<UserData = Record<string, unknown>> {
  readonly #settings: Settings;
  readonly #keys: KeySet;
  readonly #revoked = new RevocationList();
  readonly #feed: FeedFollower;
  readonly #cache = new Map<string, Verified<UserData>>();
  /** One walk for all: what is behind it is gone, and a new one would pass over all the holes. */
  readonly #oldestFirst = this.#cache.keys();
  readonly #firstTime: Promise<unknown>;
  #isFirstTimeOver = false;

  constructor(options: VerifierOptions) {
    this.#settings = settingsOf(options);
    this.#keys = new KeySet(this.#settings);
    this.#feed = new FeedFollower(this.#settings, this.#keys, this.#revoked);
    const patience = new Promise((resolve) => setTimeout(resolve, FIRST_TIME_MS).unref());
    this.#firstTime = Promise.race([this.#feed.loaded, patience]).then(() => (this.#isFirstTimeOver = true));
  }

  /** Resolves when it is known what is revoked. */
  ready(): Promise<void> {
    return this.#feed.loaded;
  }

  get status(): VerifierStatus {
    const { behindMs, seq } = this.#feed;
    return {
      stale: this.#isStale,
      behindSeconds: behindMs / 1_000,
      seq,
      revocations: this.#revoked.size,
      cachedTokens: this.#cache.size,
    };
  }

  /**
   * @returns the claims of a token that is genuine, of this app, not expired and not revoked
   * @throws VerifierError
   */
  async verify(token: string): Promise<AccessClaims<UserData>> {
    const known = this.#cache.get(token) ?? (await this.#check(token));
    if (!this.#isFirstTimeOver) await this.#firstTime;
    const { claims, kid } = known;
    if (Date.now() / 1_000 >= claims.exp + this.#settings.clockToleranceSeconds) {
      this.#cache.delete(token);
      throw expired();
    }
    if (this.#revoked.has(claims, kid)) {
      this.#cache.delete(token);
      throw new VerifierError('token_revoked', 'the session of this access token is over');
    }
    if (this.#settings.whenStale === 'failClosed' && this.#isStale) {
      throw new VerifierError(
        'revocations_unknown',
        'it cannot be told right now whether this access token is revoked',
      );
    }
    return claims;
  }

  /**
   * @param authorization the request's header
   * @throws VerifierError also where it holds no `Bearer <token>`
   */
  async verifyHeader(authorization: string | undefined): Promise<AccessClaims<UserData>> {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined)
      throw new VerifierError('missing_token', 'an access token is needed: Authorization: Bearer');
    return this.verify(token);
  }

  /** Ends what runs in the background. What is verified from then on is stale soon. */
  close(): void {
    this.#feed.close();
  }

  get #isStale(): boolean {
    return this.#feed.behindMs > this.#settings.maxStaleSeconds * 1_000;
  }

  async #check(token: string): Promise<Verified<UserData>> {
    const kid = kidOf(token);
    if (this.#revoked.hasKey(kid))
      throw new VerifierError('token_revoked', 'the key of this access token was given up');
    const found = await this.#keys.find(kid);
    if (!found) throw invalid('it is signed by no key of this app');
    const { issuer, audience, clockToleranceSeconds } = this.#settings;
    const rules = { algorithms: [found.algorithm], issuer, audience, clockTolerance: clockToleranceSeconds };
    let claims: AccessClaims | undefined;
    try {
      claims = accessClaims((await jwtVerify(token, found.key, rules)).payload);
    } catch (error) {
      throw error instanceof errors.JWTExpired ? expired() : invalid((error as Error).message, error);
    }
    if (!claims) throw invalid('it is no access token');
    const verified = { claims: claims as AccessClaims<UserData>, kid };
    this.#keep(token, verified);
    return verified;
  }

  /** The oldest makes room. */
  #keep(token: string, verified: Verified<UserData>): void {
    if (this.#settings.maxCachedTokens === 0) return;
    if (this.#cache.size >= this.#settings.maxCachedTokens) {
      const oldest = this.#oldestFirst.next();
      if (!oldest.done) this.#cache.delete(oldest.value);
    }
    this.#cache.set(token, verified);
  }
}

function kidOf(token: unknown): string {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) throw invalid('it is no token');
  let kid: unknown;
  try {
    ({ kid } = decodeProtectedHeader(token));
  } catch (error) {
    throw invalid('it is no token', error);
  }
  if (typeof kid !== 'string') throw invalid('it names no key');
  return kid;
}

function invalid(why: string, cause?: unknown): VerifierError {
  return new VerifierError('invalid_token', `not a good access token: ${why}`, { cause });
}

function expired(): VerifierError {
  return new VerifierError('token_expired', 'the access token has expired');
}
