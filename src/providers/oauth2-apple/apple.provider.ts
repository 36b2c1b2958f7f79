import { Injectable } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import type { App } from '../../apps/app.model.js';
import { Config } from '../../config/config.js';
import { outboundFetch } from '../../outbound/outbound-fetch.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import { Outbound } from '../../outbound/outbound.js';
import { AuthProvider, type Strategies } from '../auth-provider.js';
import { callbackUrlOf } from '../oauth2/callback-url.js';
import { clientIdIn } from '../oauth2/client-ids.js';
import { IdTokens } from '../oauth2/id-tokens.js';
import { Issuers } from '../oauth2/issuers.js';
import { ExternalLoginRefused } from '../oauth2/oauth2.errors.js';
import { OpenIdFlow } from '../oauth2/openid-flow.js';
import { ProofStrategy } from '../oauth2/proof-strategy.js';
import { tried, type Trial } from '../trial.js';
import { identityOf } from './apple-identity.js';
import { AppleSecret } from './apple-secret.js';
import { appleCredentials, appleSettings, type AppleCredentials, type AppleSettings } from './apple.settings.js';

/** Log in with an Apple account: by redirect, or with an `id_token` or a `code` that an app got. */
@Injectable()
export class AppleProvider extends AuthProvider<AppleSettings, AppleCredentials> {
  readonly type = 'oauth2-apple';
  readonly settingsSchema = appleSettings;
  readonly credentialsSchema = appleCredentials;

  constructor(
    private readonly config: Config,
    private readonly issuers: Issuers,
    private readonly idTokens: IdTokens,
    private readonly secret: AppleSecret,
    private readonly outbound: Outbound,
  ) {
    super();
  }

  override createStrategies(app: App, settings: AppleSettings): Strategies<AppleCredentials> {
    return {
      credentials: new ProofStrategy<AppleCredentials>(async ({ id_token: token, code, nonce }) => {
        const proof = token ?? (await this.#exchange(app, settings, code!));
        return identityOf(await this.#verify(settings, proof, nonce));
      }),
      redirect: this.#flow(app, settings, settings.config?.clientId),
    };
  }

  #flow(app: App, settings: AppleSettings, clientId: string | null | undefined): OpenIdFlow {
    return new OpenIdFlow({
      clientId: clientId ?? '',
      scopes: ['name', 'email'],
      // Apple asks for it where it is to give a name or an address.
      parameters: { response_mode: 'form_post' },
      secretInBody: true,
      fetch: outboundFetch(this.outbound),
      metadata: () => this.#metadata(),
      clientSecret: () => this.secret.of(app, settings, clientIdIn({ clientId })),
      verify: (token, nonce) => this.#verify(settings, token, nonce),
      toIdentity: (claims, answer) => identityOf(claims, answer.get('user')),
    });
  }

  override displayNameOf(): string {
    return 'Apple';
  }

  /** Whether Apple knows us by our secret, as the first client ID: one that was made elsewhere is for one client alone. */
  override async tryOut(app: App, settings: AppleSettings): Promise<Trial[]> {
    return [
      await tried('what Apple says of itself', async () => void (await this.#metadata())),
      await tried('the client ID', async () => void clientIdsIn(settings)),
      await tried('the client secret', () =>
        this.#flow(app, settings, clientIdsIn(settings)[0]).tryClient(callbackUrlOf(this.config)),
      ),
    ];
  }

  #metadata() {
    return this.issuers.discover(this.config.appleIssuer);
  }

  async #verify(settings: AppleSettings, token: string, nonce?: string): Promise<JWTPayload> {
    const clientIds = clientIdsIn(settings);
    const { issuer, jwks_uri: jwksUri } = await this.#metadata();
    return this.idTokens.verify(token, { issuers: [issuer], jwksUri, clientIds, nonce });
  }

  /** A code is of one client; which one, it does not say. @returns the ID token that it is good for */
  async #exchange(app: App, settings: AppleSettings, code: string): Promise<string> {
    const { token_endpoint: url } = await this.#metadata();
    for (const clientId of clientIdsIn(settings)) {
      const clientSecret = await this.secret.of(app, settings, clientId);
      const body = new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        client_id: clientId,
        client_secret: clientSecret,
      });
      const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
      const answer = await this.outbound.request(url, { method: 'POST', headers, body: body.toString() });
      const { id_token: token, error } = objectIn(answer.body);
      if (answer.status === 200 && typeof token === 'string') return token;
      if (error !== 'invalid_grant' && error !== 'invalid_client') {
        throw new OutboundFailed(`the token endpoint answered with status ${answer.status}`);
      }
    }
    throw new ExternalLoginRefused('the identity provider does not accept the code');
  }
}

/** @throws ExternalLoginRefused where there is none */
function clientIdsIn({ config }: AppleSettings): string[] {
  const further = (config?.clientIds ?? []).filter(Boolean);
  return [...new Set(config?.clientId || further.length === 0 ? [clientIdIn(config), ...further] : further)];
}

function objectIn(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
