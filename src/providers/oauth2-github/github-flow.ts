import type { TokenEndpointResponse } from 'openid-client';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import type { Fetch } from '../../outbound/outbound-fetch.js';
import { CodeFlow, type CodeClient } from '../oauth2/code-flow.js';

interface Options extends CodeClient {
  scopes: readonly string[];
  toIdentity: (accessToken: string) => Promise<VerifiedIdentity>;
}

/** OAuth 2.0 alone: GitHub gives no ID token, so its API is asked who it is. */
export class GithubFlow extends CodeFlow {
  constructor(private readonly options: Options) {
    super({ ...options, secretInBody: true, fetch: withStatuses(options.fetch) });
  }

  /** For a code that an app got by itself. GitHub wants no redirect URI to be named again. */
  async exchange(code: string, codeVerifier: string | undefined): Promise<VerifiedIdentity> {
    return this.translating(async ({ client, configuration }) => {
      const parameters = { code, ...(codeVerifier === undefined ? {} : { code_verifier: codeVerifier }) };
      return this.identityFrom(await client.genericGrantRequest(configuration, 'authorization_code', parameters));
    });
  }

  protected override parametersOf(): Record<string, string> {
    const { scopes } = this.options;
    return scopes.length === 0 ? {} : { scope: scopes.join(' ') };
  }

  protected override identityFrom({ access_token: accessToken }: TokenEndpointResponse): Promise<VerifiedIdentity> {
    return this.options.toIdentity(accessToken);
  }
}

/** https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors */
const NAMES: Record<string, string> = {
  bad_verification_code: 'invalid_grant',
  incorrect_client_credentials: 'invalid_client',
};

/** GitHub says `{"error": …}` with status 200, and has names of its own for what RFC 6749 §5.2 names. */
function withStatuses(fetch: Fetch): Fetch {
  return async (url, init) => {
    const answer = await fetch(url, init);
    const said = (await answer
      .clone()
      .json()
      .catch(() => null)) as { error?: unknown } | null;
    if (answer.status !== 200 || typeof said?.error !== 'string') return answer;
    return Response.json({ error: NAMES[said.error] ?? said.error }, { status: 400 });
  };
}
