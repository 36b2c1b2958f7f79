import type { JWTPayload } from 'jose';
import type { TokenEndpointResponse } from 'openid-client';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import type { Fetch } from '../../outbound/outbound-fetch.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import { CodeFlow, type CodeClient, type Prepared } from './code-flow.js';
import type { Trip } from './redirect-flow.js';
import { isOfManyTenants } from './tenants.js';

export interface OpenIdFlowOptions extends CodeClient {
  /** Beside `openid`. */
  scopes: readonly string[];
  /** Further parameters of the identity provider's page. */
  parameters?: Record<string, string>;
  /** Checks an ID token, signature included. */
  verify: (idToken: string, nonce: string) => Promise<JWTPayload>;
  /** Whether more is wanted than the ID token says. */
  wantsMore?: (claims: JWTPayload) => boolean;
  /** @param answer what the browser brought back; nobody vouches for it */
  toIdentity: (claims: JWTPayload, answer: URLSearchParams) => VerifiedIdentity | Promise<VerifiedIdentity>;
}

/** The flow of OpenID Connect: with a nonce, and an ID token that says who it is. */
export class OpenIdFlow extends CodeFlow {
  constructor(private readonly options: OpenIdFlowOptions) {
    super(options);
  }

  protected override parametersOf({ nonce }: Trip): Record<string, string> {
    const { scopes, parameters } = this.options;
    return { ...parameters, scope: [...new Set(['openid', ...scopes])].join(' '), nonce };
  }

  protected override checksOf({ nonce }: Trip, issuer: string) {
    return isOfManyTenants(issuer) ? {} : { expectedNonce: nonce, idTokenExpected: true };
  }

  protected override fetchFor(issuer: string): Fetch {
    const { fetch } = this.options;
    return isOfManyTenants(issuer) ? withIdTokenAside(fetch) : fetch;
  }

  protected override async identityFrom(
    tokens: TokenEndpointResponse,
    { client, configuration }: Prepared,
    answer: URLSearchParams,
    { nonce }: Trip,
  ): Promise<VerifiedIdentity> {
    const { verify, wantsMore, toIdentity } = this.options;
    const idToken = tokens.id_token ?? tokens[ASIDE];
    if (typeof idToken !== 'string') throw new OutboundFailed('the token endpoint gave no ID token');
    const claims = await verify(idToken, nonce);
    const more = wantsMore?.(claims) && configuration.serverMetadata().userinfo_endpoint;
    if (!more) return toIdentity(claims, answer);
    const userinfo = await client.fetchUserInfo(configuration, tokens.access_token, claims.sub!);
    return toIdentity(together(userinfo, claims), answer);
  }
}

const OF_EMAIL = ['email', 'email_verified', 'xms_edov'];

/** What is signed counts for more. But an address, and whether it is verified, are of the same place. */
function together(userinfo: Record<string, unknown>, claims: JWTPayload): JWTPayload {
  return 'email' in claims ? { ...withoutEmail(userinfo), ...claims } : { ...userinfo, ...withoutEmail(claims) };
}

function withoutEmail(claims: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_EMAIL.includes(name)));
}

const ASIDE = 'id_token_of_a_tenant';

/**
 * openid-client compares `iss` to the letter, for many tenants at Microsoft's public address only. So it does not see the ID
 * token of one: whatever it would look at, `verify` looks at as well, and at the signature.
 */
function withIdTokenAside(fetch: Fetch): Fetch {
  return async (url, init) => {
    const answer = await fetch(url, init);
    const said = (await answer
      .clone()
      .json()
      .catch(() => null)) as Record<string, unknown> | null;
    if (typeof said?.['id_token'] !== 'string') return answer;
    const { id_token: idToken, ...others } = said;
    return Response.json({ ...others, [ASIDE]: idToken }, { status: answer.status });
  };
}
