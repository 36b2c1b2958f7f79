import { createHash } from 'node:crypto';
import type { Strategy } from 'passport';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import type { Outbound, OutboundRequest } from '../../outbound/outbound.js';
import { runStrategy } from '../run-strategy.js';
import { ExternalLoginRefused } from './oauth2.errors.js';
import { RedirectFlow, type Trip } from './redirect-flow.js';

/** What the strategies of passport-google-oauth20 and passport-facebook inherit from passport-oauth2. */
export interface OAuth2Strategy extends Strategy {
  authorizationParams(options: object): object;
  userProfile(accessToken: string, done: (error?: unknown, profile?: unknown) => void): void;
  parseErrorResponse(body: string, status: number): Error | null;
}

/** passport-oauth2 looks at how many parameters these have. */
interface StateStore {
  store(request: unknown, meta: unknown, done: (error: null, state: string) => void): void;
  verify(request: unknown, state: string, meta: unknown, done: (error: null, verifier: string) => void): void;
}

/** What every strategy is made with, in the names of passport-oauth2. */
export interface PassportOptions {
  callbackURL: string;
  store: StateStore;
}

/**
 * The redirect flow by a Passport strategy for OAuth 2.0. State and PKCE are those of all flows, and its calls go out by
 * the one door. A strategy is made for each step: what Passport keeps on it is of one login alone.
 */
export class PassportFlow extends RedirectFlow {
  constructor(
    private readonly outbound: Outbound,
    /** The identity is what its verify callback gives to `done`. */
    private readonly make: (options: PassportOptions, trip: Trip) => Promise<OAuth2Strategy>,
  ) {
    super();
  }

  override async start(trip: Trip): Promise<string> {
    const strategy = await this.#strategy(trip);
    const ownParams = strategy.authorizationParams.bind(strategy);
    strategy.authorizationParams = (options) => ({
      ...ownParams(options),
      nonce: trip.nonce,
      code_challenge: createHash('sha256').update(trip.codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const outcome = await runStrategy(strategy, { query: {} }, { state: trip.state });
    if (outcome.kind !== 'redirect') throw new Error(`a redirect strategy began with '${outcome.kind}'`);
    return outcome.url;
  }

  override async finish(answer: URLSearchParams, trip: Trip): Promise<VerifiedIdentity> {
    const strategy = await this.#strategy(trip);
    const query = { code: answer.get('code'), state: answer.get('state') };
    try {
      const outcome = await runStrategy(strategy, { query });
      if (outcome.kind === 'success') return outcome.user as VerifiedIdentity;
    } catch (error) {
      throw translated(error);
    }
    throw new ExternalLoginRefused('the identity provider refused the login');
  }

  async #strategy(trip: Trip): Promise<OAuth2Strategy> {
    const store: StateStore = {
      store: (_request, _meta, done) => done(null, trip.state),
      // The state was checked before; what is asked for here is the PKCE verifier.
      verify: (_request, _state, _meta, done) => done(null, trip.codeVerifier),
    };
    const strategy = await this.make({ callbackURL: trip.callbackUrl, store }, trip);
    callBy(this.outbound, strategy);
    return strategy;
  }
}

type Callback = (error: unknown, data?: string, response?: object) => void;

/** The package below passport-oauth2, as far as it is used. */
export interface OAuthClient {
  _request(
    method: string,
    url: string,
    headers: Record<string, string> | null,
    body: string | null,
    accessToken: string | null,
    callback: Callback,
  ): void;
  useAuthorizationHeaderforGET(use: boolean): void;
  getOAuthAccessToken(
    code: string,
    params: Record<string, string>,
    callback: (error: unknown, accessToken: unknown, refreshToken: unknown, params: Record<string, unknown>) => void,
  ): void;
}

export function oauthClientOf(strategy: OAuth2Strategy): OAuthClient {
  return (strategy as unknown as { _oauth2: OAuthClient })._oauth2;
}

/** Has a strategy's calls go out by the one door: with limits, and to public addresses only. */
export function callBy(outbound: Outbound, strategy: OAuth2Strategy): void {
  const client = oauthClientOf(strategy);
  // Not in the address, which servers log.
  client.useAuthorizationHeaderforGET(true);
  client._request = (method, url, headers, body, _accessToken, callback) => {
    const wanted = {
      method: method === 'POST' ? ('POST' as const) : ('GET' as const),
      headers: { accept: 'application/json', ...headers },
      ...(body ? { body } : {}),
    };
    void send(outbound, url, wanted, callback);
  };
}

async function send(outbound: Outbound, url: string, wanted: OutboundRequest, callback: Callback): Promise<void> {
  try {
    const { status, body } = await outbound.request(url, wanted);
    const data = body.toString('utf8');
    if (status >= 200 && status < 300) callback(null, data, {});
    else callback({ statusCode: status, data });
  } catch (error) {
    // Also what the callback itself throws, at an answer that is none: a caller must not wait for ever.
    callback(error);
  }
}

/** Whose fault it is: of whoever brings a code that is not good, or of the identity provider. */
export function translated(error: unknown): unknown {
  if (error instanceof LatchkeyError) return error;
  const { name, code, type, oauthError } = error as Record<string, unknown>;
  if (oauthError instanceof LatchkeyError) return oauthError;
  const isBadCode =
    (name === 'TokenError' && code === 'invalid_grant') ||
    // Facebook's way to say so: an invalid parameter.
    (name === 'FacebookTokenError' && type === 'OAuthException' && code === 100);
  if (isBadCode) {
    return new ExternalLoginRefused('the identity provider does not accept the code', { cause: error });
  }
  return new OutboundFailed(`the identity provider's answer: ${wordsOf(error)}`, { cause: error });
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  const { code } = error as { code?: unknown };
  return `${error.name}${typeof code === 'string' || typeof code === 'number' ? ` ${code}`.slice(0, 64) : ''}`;
}
