import { Injectable } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import type { StrategyOptions } from 'passport-google-oauth20';
import type { App } from '../../apps/app.model.js';
import { Config } from '../../config/config.js';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import { Outbound } from '../../outbound/outbound.js';
import { AuthProvider, type Strategies } from '../auth-provider.js';
import { callbackUrlOf } from '../oauth2/callback-url.js';
import { clientIdIn } from '../oauth2/client-ids.js';
import { ClientSecrets } from '../oauth2/client-secrets.js';
import { areRestricted } from '../oauth2/domains.js';
import { IdTokens } from '../oauth2/id-tokens.js';
import { Issuers } from '../oauth2/issuers.js';
import { ExternalLoginRefused } from '../oauth2/oauth2.errors.js';
import {
  callBy,
  oauthClientOf,
  PassportFlow,
  translated,
  type OAuth2Strategy,
  type PassportOptions,
} from '../oauth2/passport-flow.js';
import { wants } from '../oauth2/profile-fields.js';
import { ProofStrategy } from '../oauth2/proof-strategy.js';
import { tried, type Trial } from '../trial.js';
import { identityOf } from './google-identity.js';
import { googleCredentials, googleSettings, type GoogleCredentials, type GoogleSettings } from './google.settings.js';

type Verified = (error: unknown, identity?: VerifiedIdentity) => void;

/** What pages' own scripts and apps on phones give as redirect URI when they get a code. */
const NO_REDIRECTS = ['', 'postmessage'];

/** Log in with a Google account: by redirect, or with an `authCode` or an `id_token` that an app got. */
@Injectable()
export class GoogleProvider extends AuthProvider<GoogleSettings, GoogleCredentials> {
  readonly type = 'oauth2-google';
  readonly settingsSchema = googleSettings;
  readonly credentialsSchema = googleCredentials;

  constructor(
    private readonly config: Config,
    private readonly issuers: Issuers,
    private readonly idTokens: IdTokens,
    private readonly secrets: ClientSecrets,
    private readonly outbound: Outbound,
  ) {
    super();
  }

  override createStrategies(app: App, settings: GoogleSettings): Strategies<GoogleCredentials> {
    return {
      credentials: new ProofStrategy<GoogleCredentials>(async ({ authCode, id_token: token, nonce }) => {
        const claims =
          authCode === undefined
            ? await this.#verify(settings, token!, nonce)
            : await this.#exchange(app, settings, authCode, nonce);
        return identityOf(settings, claims);
      }),
      redirect: new PassportFlow(this.outbound, (options, { nonce }) => {
        const verify = async (idToken: unknown, done: Verified): Promise<void> => {
          try {
            if (typeof idToken !== 'string') throw new OutboundFailed('the token endpoint gave no ID token');
            done(null, identityOf(settings, await this.#verify(settings, idToken, nonce)));
          } catch (error) {
            done(error);
          }
        };
        return this.#strategy(app, settings, options, (params, done) => void verify(params['id_token'], done));
      }),
    };
  }

  override displayNameOf(): string {
    return 'Google';
  }

  override async tryOut(app: App, settings: GoogleSettings): Promise<Trial[]> {
    return [
      await tried('what Google says of itself', async () => void (await this.#metadata())),
      await tried('the client ID', async () => void clientIdIn(settings.config)),
      await tried('the client secret', () => this.#tryClient(app, settings)),
    ];
  }

  /** Only to a client that Google knows by its secret, it says of a code that it is none. */
  async #tryClient(app: App, settings: GoogleSettings): Promise<string | undefined> {
    const strategy = await this.#strategy(app, settings, {}, (_params, done) => done(null));
    callBy(this.outbound, strategy);
    try {
      await tokensFor(strategy, 'no code', callbackUrlOf(this.config));
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code === 'invalid_client') return 'Google does not know the client by its secret';
      if (code !== 'invalid_grant') throw translated(error);
    }
    return undefined;
  }

  async #strategy(
    app: App,
    { config, secret_config: secrets, metadata_fields: fields, domain_restrictions: domains }: GoogleSettings,
    options: Partial<PassportOptions>,
    verify: (params: Record<string, unknown>, done: Verified) => void,
  ): Promise<OAuth2Strategy> {
    // Loaded with the first login: most servers have no such provider.
    const { Strategy } = await import('passport-google-oauth20');
    const client = { clientID: clientIdIn(config), clientSecret: await this.secrets.get(app, secrets?.clientSecret) };
    const { authorization_endpoint, token_endpoint, userinfo_endpoint } = await this.#metadata();
    const needsEmail = wants(fields, 'email') || areRestricted(domains);
    const all = {
      callbackURL: '',
      ...options,
      ...client,
      authorizationURL: authorization_endpoint,
      tokenURL: token_endpoint,
      ...(userinfo_endpoint === undefined ? {} : { userProfileURL: userinfo_endpoint }),
      skipUserProfile: true,
      scope: [
        'openid',
        ...(needsEmail ? ['email'] : []),
        ...(wants(fields, 'name', 'first_name', 'last_name', 'picture') ? ['profile'] : []),
      ],
    };
    const onTokens = (_access: string, _refresh: string, params: object, _profile: unknown, done: unknown): void =>
      verify(params as Record<string, unknown>, done as Verified);
    return new Strategy(all as StrategyOptions, onTokens);
  }

  #metadata() {
    return this.issuers.discover(this.config.googleIssuer);
  }

  async #verify({ config }: GoogleSettings, token: string, nonce?: string): Promise<JWTPayload> {
    const clientId = clientIdIn(config);
    const { issuer, jwks_uri: jwksUri } = await this.#metadata();
    return this.idTokens.verify(token, {
      // Google has written it both ways.
      issuers: [issuer, issuer.replace(/^https:\/\//, '')],
      jwksUri,
      clientIds: [clientId],
      nonce,
      // An app on a phone asks with a client of its own for a token that is for the server's.
      anyParty: true,
    });
  }

  /** Claims of whoever gave the code to an app. */
  async #exchange(app: App, settings: GoogleSettings, code: string, nonce?: string): Promise<JWTPayload> {
    const strategy = await this.#strategy(app, settings, {}, (_params, done) => done(null));
    callBy(this.outbound, strategy);
    let failure: unknown;
    for (const redirectUri of NO_REDIRECTS) {
      try {
        const { idToken, accessToken } = await tokensFor(strategy, code, redirectUri);
        if (typeof idToken === 'string') return await this.#verify(settings, idToken, nonce);
        if (nonce !== undefined) throw new ExternalLoginRefused('invalid ID token: there is none, and so no nonce');
        return await profileOf(strategy, accessToken);
      } catch (error) {
        failure = error;
        if (!isOtherRedirect(error)) break;
      }
    }
    throw translated(failure);
  }
}

function tokensFor(
  strategy: OAuth2Strategy,
  code: string,
  redirectUri: string,
): Promise<{ accessToken: string; idToken: unknown }> {
  const params = { grant_type: 'authorization_code', redirect_uri: redirectUri };
  return new Promise((resolve, reject) => {
    oauthClientOf(strategy).getOAuthAccessToken(code, params, (error, accessToken, _refresh, more) => {
      if (error) reject(oauthError(strategy, error));
      else if (typeof accessToken !== 'string') reject(new OutboundFailed('the token endpoint gave no access token'));
      else resolve({ accessToken, idToken: more['id_token'] });
    });
  });
}

/** Where `openid` was not among the scopes that the app asked for, there is no ID token. */
function profileOf(strategy: OAuth2Strategy, accessToken: string): Promise<JWTPayload> {
  return new Promise((resolve, reject) => {
    strategy.userProfile(accessToken, (error, profile) => {
      if (error) reject(error);
      else resolve((profile as { _json: JWTPayload })._json);
    });
  });
}

function oauthError(strategy: OAuth2Strategy, error: unknown): unknown {
  const { statusCode, data } = error as { statusCode?: number; data?: string };
  if (statusCode === undefined || data === undefined) return error;
  try {
    return strategy.parseErrorResponse(data, statusCode) ?? error;
  } catch {
    return new OutboundFailed(`the token endpoint answered with status ${statusCode}`);
  }
}

function isOtherRedirect(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'redirect_uri_mismatch';
}
