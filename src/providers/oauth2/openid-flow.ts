import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { ServerMetadata } from 'openid-client';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import type { Fetch } from '../../outbound/outbound-fetch.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import type { IssuerMetadata } from './issuers.js';
import { ExternalLoginRefused } from './oauth2.errors.js';
import { RedirectFlow, type Trip } from './redirect-flow.js';

type OpenIdClient = typeof import('openid-client');

export interface OpenIdFlowOptions {
  clientId: string;
  /** Beside `openid`. */
  scopes: readonly string[];
  /** True where the issuer takes the secret in the body only, whatever it says. */
  secretInBody?: boolean;
  /** Further parameters of the identity provider's page. */
  parameters?: Record<string, string>;
  fetch: Fetch;
  metadata: () => Promise<IssuerMetadata>;
  clientSecret: () => Promise<string | null>;
  /** Checks an ID token, signature included. */
  verify: (idToken: string, nonce: string) => Promise<JWTPayload>;
  /** Whether more is wanted than the ID token says. */
  wantsMore?: (claims: JWTPayload) => boolean;
  /** @param answer what the browser brought back; nobody vouches for it */
  toIdentity: (claims: JWTPayload, answer: URLSearchParams) => VerifiedIdentity;
}

const SKEW_SECONDS = 60;

/** The authorization code flow with PKCE and nonce, by openid-client. It is loaded with the first login that needs it. */
export class OpenIdFlow extends RedirectFlow {
  constructor(private readonly options: OpenIdFlowOptions) {
    super();
  }

  override async start({ state, nonce, codeVerifier, callbackUrl }: Trip): Promise<string> {
    const { client, configuration } = await this.#client();
    const { scopes, parameters } = this.options;
    const { href } = client.buildAuthorizationUrl(configuration, {
      ...parameters,
      redirect_uri: callbackUrl,
      scope: [...new Set(['openid', ...scopes])].join(' '),
      state,
      nonce,
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    return href;
  }

  override async finish(answer: URLSearchParams, trip: Trip): Promise<VerifiedIdentity> {
    const { client, configuration } = await this.#client();
    const address = new URL(`${trip.callbackUrl}?${answer.toString()}`);
    try {
      const tokens = await client.authorizationCodeGrant(configuration, address, {
        pkceCodeVerifier: trip.codeVerifier,
        expectedState: trip.state,
        expectedNonce: trip.nonce,
        idTokenExpected: true,
      });
      const claims = await this.options.verify(tokens.id_token!, trip.nonce);
      const more = this.options.wantsMore?.(claims) && configuration.serverMetadata().userinfo_endpoint;
      if (!more) return this.options.toIdentity(claims, answer);
      const userinfo = await client.fetchUserInfo(configuration, tokens.access_token, claims.sub!);
      // What is signed counts for more.
      return this.options.toIdentity({ ...userinfo, ...claims }, answer);
    } catch (error) {
      throw translated(client, error);
    }
  }

  /** Made for each step: nothing of one login is seen by another, and a secret that is replaced counts at once. */
  async #client() {
    const client = await import('openid-client');
    const { clientId, fetch, metadata, clientSecret, secretInBody = false } = this.options;
    const [issuer, secret] = await Promise.all([metadata(), clientSecret()]);
    const configuration = new client.Configuration(
      issuer as ServerMetadata,
      clientId,
      { [client.clockTolerance]: SKEW_SECONDS },
      authenticationOf(client, issuer, secret, secretInBody),
    );
    configuration[client.customFetch] = (url, init) => fetch(url, init as RequestInit);
    // The one door for outgoing calls has a rule of its own: http goes to this machine only.
    client.allowInsecureRequests(configuration);
    return { client, configuration };
  }
}

function authenticationOf(client: OpenIdClient, issuer: IssuerMetadata, secret: string | null, always: boolean) {
  if (secret === null) return client.None();
  const methods = issuer.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const inBody = always || (methods.includes('client_secret_post') && !methods.includes('client_secret_basic'));
  return inBody ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret);
}

/** Whose fault it is: of whoever brings a code that is not good, or of the identity provider. */
function translated(client: OpenIdClient, error: unknown): unknown {
  if (error instanceof client.ResponseBodyError) {
    if (error.error === 'invalid_grant') {
      return new ExternalLoginRefused('the identity provider does not accept the code', { cause: error });
    }
    return new OutboundFailed(`the token endpoint answered '${error.error.slice(0, 64)}'`, { cause: error });
  }
  if (error instanceof client.AuthorizationResponseError) {
    return new ExternalLoginRefused('the identity provider refused the login', { cause: error });
  }
  if (error instanceof client.ClientError) {
    const outbound = causesOf(error).find((cause) => cause instanceof OutboundFailed);
    if (outbound) return outbound;
    if (error.code === 'OAUTH_JWT_CLAIM_COMPARISON_FAILED' || error.code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') {
      return new ExternalLoginRefused('invalid ID token: it is not for this login', { cause: error });
    }
    return new OutboundFailed(`the identity provider's answer: ${error.message}`, { cause: error });
  }
  return error;
}

function causesOf(error: Error): unknown[] {
  const causes: unknown[] = [];
  for (let at: unknown = error; at instanceof Error && causes.length < 8; at = at.cause) causes.push(at);
  return causes;
}
