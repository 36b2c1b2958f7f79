import { Injectable } from '@nestjs/common';
import type { StrategyOptions } from 'passport-facebook';
import type { App } from '../../apps/app.model.js';
import { Config } from '../../config/config.js';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { Outbound } from '../../outbound/outbound.js';
import { AuthProvider, type Strategies } from '../auth-provider.js';
import { clientIdIn } from '../oauth2/client-ids.js';
import { ClientSecrets } from '../oauth2/client-secrets.js';
import { ExternalLoginRefused } from '../oauth2/oauth2.errors.js';
import {
  callBy,
  PassportFlow,
  translated,
  type OAuth2Strategy,
  type PassportOptions,
} from '../oauth2/passport-flow.js';
import { ProofStrategy } from '../oauth2/proof-strategy.js';
import { tried, type Trial } from '../trial.js';
import { identityOf, wishesOf } from './facebook-profile.js';
import {
  facebookCredentials,
  facebookSettings,
  type FacebookCredentials,
  type FacebookSettings,
} from './facebook.settings.js';
import { TokenInspector } from './token-inspector.js';

/** Log in with a Facebook account: by redirect, or with an `accessToken` that was issued to the app. */
@Injectable()
export class FacebookProvider extends AuthProvider<FacebookSettings, FacebookCredentials> {
  readonly type = 'oauth2-facebook';
  readonly settingsSchema = facebookSettings;
  readonly credentialsSchema = facebookCredentials;

  constructor(
    private readonly config: Config,
    private readonly secrets: ClientSecrets,
    private readonly inspector: TokenInspector,
    private readonly outbound: Outbound,
  ) {
    super();
  }

  override createStrategies(app: App, settings: FacebookSettings): Strategies<FacebookCredentials> {
    return {
      credentials: new ProofStrategy<FacebookCredentials>(({ accessToken }) => this.#enter(app, settings, accessToken)),
      redirect: new PassportFlow(this.outbound, (options) => this.#strategy(app, settings, options)),
    };
  }

  override displayNameOf(): string {
    return 'Facebook';
  }

  override async tryOut(app: App, { config, secret_config: secrets }: FacebookSettings): Promise<Trial[]> {
    return [
      await tried('the app ID', async () => void clientIdIn(config)),
      await tried('the app secret', async () => {
        const secret = await this.secrets.get(app, secrets?.clientSecret);
        await this.inspector.tryClient(clientIdIn(config), secret);
      }),
    ];
  }

  async #strategy(app: App, settings: FacebookSettings, options: PassportOptions): Promise<OAuth2Strategy> {
    // Loaded with the first login: most servers have no such provider.
    const { Strategy } = await import('passport-facebook');
    const { permissions, fields } = wishesOf(settings);
    const all = {
      ...options,
      clientID: clientIdIn(settings.config),
      clientSecret: await this.secrets.get(app, settings.secret_config?.clientSecret),
      authorizationURL: `${this.config.facebookUrl}/dialog/oauth`,
      tokenURL: `${this.config.facebookGraphUrl}/oauth/access_token`,
      profileURL: `${this.config.facebookGraphUrl}/me`,
      profileFields: fields,
      enableProof: true,
      scope: permissions,
    };
    const onProfile = (_access: string, _refresh: string, profile: object, done: Verified): void => {
      try {
        done(null, identityOf(settings, (profile as { _json?: unknown })._json));
      } catch (error) {
        done(error);
      }
    };
    return new Strategy(all as StrategyOptions, onProfile);
  }

  /** A token of another app is good for nothing here: whoever runs that app would get in as anybody who uses it. */
  async #enter(app: App, settings: FacebookSettings, accessToken: string): Promise<VerifiedIdentity> {
    const clientId = clientIdIn(settings.config);
    const clientSecret = await this.secrets.get(app, settings.secret_config?.clientSecret);
    const userId = await this.inspector.userOf(accessToken, clientId, clientSecret);
    const identity = identityOf(settings, await this.#profile(app, settings, accessToken));
    if (identity.subject !== userId) throw new ExternalLoginRefused('invalid access token: it is of somebody else');
    return identity;
  }

  async #profile(app: App, settings: FacebookSettings, accessToken: string): Promise<unknown> {
    const strategy = await this.#strategy(app, settings, NO_FLOW);
    callBy(this.outbound, strategy);
    return new Promise((resolve, reject) => {
      strategy.userProfile(accessToken, (error, profile) => {
        if (error) reject(translated(error));
        else resolve((profile as { _json?: unknown })._json);
      });
    });
  }
}

type Verified = (error: unknown, identity?: VerifiedIdentity) => void;

const NO_FLOW: PassportOptions = {
  callbackURL: '',
  store: { store: () => undefined, verify: () => undefined },
};
