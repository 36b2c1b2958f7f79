import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { Config } from '../../config/config.js';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { Outbound } from '../../outbound/outbound.js';
import { outboundFetch } from '../../outbound/outbound-fetch.js';
import { AuthProvider, type Strategies } from '../auth-provider.js';
import { callbackUrlOf } from '../oauth2/callback-url.js';
import { clientIdIn } from '../oauth2/client-ids.js';
import { ClientSecrets } from '../oauth2/client-secrets.js';
import { areRestricted, checkDomain } from '../oauth2/domains.js';
import { keptOf, wants } from '../oauth2/profile-fields.js';
import { ProofStrategy } from '../oauth2/proof-strategy.js';
import { tried, type Trial } from '../trial.js';
import { GithubApi, type GithubEmails } from './github-api.js';
import { GithubFlow } from './github-flow.js';
import { githubCredentials, githubSettings, type GithubCredentials, type GithubSettings } from './github.settings.js';

/** Log in with a GitHub account: by redirect, or with an `authCode` that an app got. */
@Injectable()
export class GithubProvider extends AuthProvider<GithubSettings, GithubCredentials> {
  readonly type = 'oauth2-github';
  readonly settingsSchema = githubSettings;
  readonly credentialsSchema = githubCredentials;

  constructor(
    private readonly config: Config,
    private readonly api: GithubApi,
    private readonly secrets: ClientSecrets,
    private readonly outbound: Outbound,
  ) {
    super();
  }

  override createStrategies(app: App, settings: GithubSettings): Strategies<GithubCredentials> {
    const flow = this.#flow(app, settings);
    return {
      credentials: new ProofStrategy<GithubCredentials>(({ authCode, codeVerifier }) =>
        flow.exchange(authCode, codeVerifier),
      ),
      redirect: flow,
    };
  }

  override displayNameOf(): string {
    return 'GitHub';
  }

  override async tryOut(app: App, settings: GithubSettings): Promise<Trial[]> {
    return [
      await tried('the client ID', async () => void clientIdIn(settings.config)),
      await tried('the client secret', () => this.#flow(app, settings).tryClient(callbackUrlOf(this.config))),
    ];
  }

  #flow(app: App, settings: GithubSettings): GithubFlow {
    const issuer = `${this.config.githubUrl}/login/oauth`;
    return new GithubFlow({
      clientId: settings.config?.clientId ?? '',
      scopes: wantsEmails(settings) ? ['user:email'] : [],
      fetch: outboundFetch(this.outbound),
      // GitHub names itself so in its answers (RFC 9207), and publishes no metadata of a plain OAuth 2.0 server.
      metadata: async () => ({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/access_token`,
      }),
      clientSecret: async () => {
        clientIdIn(settings.config);
        return this.secrets.get(app, settings.secret_config?.clientSecret);
      },
      toIdentity: (accessToken) => this.#identityOf(settings, accessToken),
    });
  }

  /** @throws DomainNotAllowed, OutboundFailed */
  async #identityOf(settings: GithubSettings, accessToken: string): Promise<VerifiedIdentity> {
    const [{ id, login, name, avatar_url: picture }, emails] = await Promise.all([
      this.api.userOf(accessToken),
      wantsEmails(settings) ? this.api.emailsOf(accessToken) : NO_EMAILS,
    ]);
    checkDomain(settings.domain_restrictions, ...emails.all);
    const said = { name, login, picture, email: emails.primary };
    return { subject: String(id), verifiedEmail: emails.primary, data: keptOf(said, settings.metadata_fields) };
  }
}

const NO_EMAILS: GithubEmails = { primary: undefined, all: [] };

function wantsEmails({ metadata_fields: fields, domain_restrictions: domains }: GithubSettings): boolean {
  return wants(fields, 'email') || areRestricted(domains);
}
