import { createHash } from 'node:crypto';
import type { ServerMetadata, TokenEndpointResponse } from 'openid-client';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import type { Fetch } from '../../outbound/outbound-fetch.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import { ExternalLoginRefused } from './oauth2.errors.js';
import { RedirectFlow, type Trip } from './redirect-flow.js';

type OpenIdClient = typeof import('openid-client');

/** What an authorization server says of itself, as far as a flow needs it. */
export interface ServerAddresses {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  token_endpoint_auth_methods_supported?: string[] | undefined;
  userinfo_endpoint?: string | undefined;
}

/** Us, as a client of an authorization server. */
export interface CodeClient {
  clientId: string;
  /** True where the secret is taken in the body only, whatever the server says. */
  secretInBody?: boolean;
  fetch: Fetch;
  metadata: () => Promise<ServerAddresses>;
  clientSecret: () => Promise<string | null>;
}

/** openid-client, and it set up for one step of one login. */
export interface Prepared {
  client: OpenIdClient;
  configuration: InstanceType<OpenIdClient['Configuration']>;
}

/** What is expected of the answer beside state and PKCE. */
interface Checks {
  expectedNonce?: string;
  idTokenExpected?: boolean;
}

const SKEW_SECONDS = 60;

/** The authorization code flow with PKCE, by openid-client. It is loaded with the first login that needs it. */
export abstract class CodeFlow extends RedirectFlow {
  constructor(private readonly party: CodeClient) {
    super();
  }

  override async start(trip: Trip): Promise<string> {
    const { client, configuration } = await this.prepare();
    const { href } = client.buildAuthorizationUrl(configuration, {
      redirect_uri: trip.callbackUrl,
      state: trip.state,
      code_challenge: createHash('sha256').update(trip.codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...this.parametersOf(trip),
    });
    return href;
  }

  override async finish(answer: URLSearchParams, trip: Trip): Promise<VerifiedIdentity> {
    return this.translating(async (prepared) => {
      const address = new URL(`${trip.callbackUrl}?${answer.toString()}`);
      const further = this.checksOf(trip, prepared.configuration.serverMetadata().issuer);
      const checks = { pkceCodeVerifier: trip.codeVerifier, expectedState: trip.state, ...further };
      const tokens = await prepared.client.authorizationCodeGrant(prepared.configuration, address, checks);
      return this.identityFrom(tokens, prepared, answer, trip);
    });
  }

  /**
   * Whether the server knows us by our secret: only then it says of a code that it is none (RFC 6749 §5.2).
   *
   * @returns what is wrong, or what is good to know @throws OutboundFailed
   */
  async tryClient(callbackUrl: string): Promise<{ problem?: string; note?: string } | undefined> {
    const { client, configuration } = await this.prepare();
    const parameters = { code: 'no code', redirect_uri: callbackUrl };
    try {
      await client.genericGrantRequest(configuration, 'authorization_code', parameters);
      return undefined;
    } catch (error) {
      const answer = error instanceof client.ResponseBodyError ? error.error.slice(0, 64) : undefined;
      if (answer === 'invalid_grant') return undefined;
      const isRefusal = answer === 'invalid_client' || answer === 'unauthorized_client';
      if (isRefusal || error instanceof client.WWWAuthenticateChallengeError) {
        return { problem: `the identity provider does not know the client by its secret: ${answer ?? 'status 401'}` };
      }
      if (answer !== undefined) return { note: `the token endpoint answered '${answer}'` };
      throw translated(client, error);
    }
  }

  /** Further parameters of the identity provider's page. */
  protected abstract parametersOf(trip: Trip): Record<string, string>;

  protected checksOf(_trip: Trip, _issuer: string): Checks {
    return {};
  }

  /** For the calls to the server. */
  protected fetchFor(_issuer: string): Fetch {
    return this.party.fetch;
  }

  protected abstract identityFrom(
    tokens: TokenEndpointResponse,
    prepared: Prepared,
    answer: URLSearchParams,
    trip: Trip,
  ): Promise<VerifiedIdentity>;

  /** Does what openid-client is needed for, and says in our errors what went wrong. */
  protected async translating<T>(work: (prepared: Prepared) => Promise<T>): Promise<T> {
    const prepared = await this.prepare();
    try {
      return await work(prepared);
    } catch (error) {
      throw translated(prepared.client, error);
    }
  }

  /** Made for each step: nothing of one login is seen by another, and a secret that is replaced counts at once. */
  protected async prepare(): Promise<Prepared> {
    const client = await import('openid-client');
    const { clientId, metadata, clientSecret, secretInBody = false } = this.party;
    const [server, secret] = await Promise.all([metadata(), clientSecret()]);
    const configuration = new client.Configuration(
      server as ServerMetadata,
      clientId,
      { [client.clockTolerance]: SKEW_SECONDS },
      authenticationOf(client, server, secret, secretInBody),
    );
    const fetch = this.fetchFor(server.issuer);
    configuration[client.customFetch] = (url, init) => fetch(url, init as RequestInit);
    // The one door for outgoing calls has a rule of its own: http goes to this machine only.
    client.allowInsecureRequests(configuration);
    return { client, configuration };
  }
}

function authenticationOf(client: OpenIdClient, server: ServerAddresses, secret: string | null, always: boolean) {
  if (secret === null) return client.None();
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  // How an id with a dot or a dash is to be written in a header, servers do not agree on (RFC 6749 §2.3.1).
  const inBody = always || methods.includes('client_secret_post');
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
