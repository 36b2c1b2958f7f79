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

/** GitHub says `{"error": …}` with status 200, and has words of its own for a code that is not good (RFC 6749 §5.2). */
function withStatuses(fetch: Fetch): Fetch {
  return async (url, init) => {
    const answer = await fetch(url, init);
    const said = (await answer
      .clone()
      .json()
      .catch(() => null)) as { error?: unknown } | null;
    if (answer.status !== 200 || typeof said?.error !== 'string') return answer;
    const error = said.error === 'bad_verification_code' ? 'invalid_grant' : said.error;
    return Response.json({ error }, { status: 400 });
  };
}
