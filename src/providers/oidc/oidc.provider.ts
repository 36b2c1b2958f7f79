import { Injectable } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import type { App } from '../../apps/app.model.js';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { Outbound } from '../../outbound/outbound.js';
import { outboundFetch, type Fetch } from '../../outbound/outbound-fetch.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { AuthProvider, type Strategies } from '../auth-provider.js';
import { checkDomain } from '../oauth2/domains.js';
import { IdTokens } from '../oauth2/id-tokens.js';
import { Issuers } from '../oauth2/issuers.js';
import { ExternalLoginRefused } from '../oauth2/oauth2.errors.js';
import { OpenIdFlow } from '../oauth2/openid-flow.js';
import { ProofStrategy } from '../oauth2/proof-strategy.js';
import { MetadataMissing, readMetadata, readPath } from '../metadata.js';
import { faultInSubject } from '../subject.js';
import { tried, type Trial } from '../trial.js';
import { oidcPresets } from './presets.js';
import { oidcCredentials, oidcSettings, type OidcCredentials, type OidcSettings } from './oidc.settings.js';

const SCOPES = ['profile', 'email'];

/** Log in at any issuer that speaks OpenID Connect: by redirect, or with an `id_token`. */
@Injectable()
export class OidcProvider extends AuthProvider<OidcSettings, OidcCredentials> {
  readonly type = 'oidc';
  override readonly isMany = true;
  override readonly presets = oidcPresets;
  readonly settingsSchema = oidcSettings;
  readonly credentialsSchema = oidcCredentials;
  readonly #fetch: Fetch;

  constructor(
    private readonly issuers: Issuers,
    private readonly idTokens: IdTokens,
    private readonly secrets: SecretsService,
    outbound: Outbound,
  ) {
    super();
    this.#fetch = outboundFetch(outbound);
  }

  override createStrategies(app: App, settings: OidcSettings): Strategies<OidcCredentials> {
    const verify = (token: string, nonce?: string): Promise<JWTPayload> => this.#verify(settings, token, nonce);
    const fields = settings.metadata_fields ?? [];
    const toIdentity = (claims: JWTPayload): VerifiedIdentity => identityOf(settings, claims);
    return {
      credentials: new ProofStrategy<OidcCredentials>(async ({ id_token: token, nonce }) =>
        toIdentity(await verify(token, nonce)),
      ),
      redirect: new OpenIdFlow({
        clientId: settings.config.clientId,
        scopes: settings.config.scopes ?? SCOPES,
        fetch: this.#fetch,
        metadata: () => this.issuers.discover(settings.config.issuer),
        clientSecret: async () => {
          const name = settings.secret_config?.clientSecret;
          return name ? this.secrets.findValue(app, name) : null;
        },
        verify,
        // Some issuers give some fields at their userinfo endpoint only.
        wantsMore: (claims) => fields.some(({ name }) => !Object.hasOwn(claims, readPath(name)[0]!)),
        toIdentity,
      }),
    };
  }

  override displayNameOf({ config }: OidcSettings): string | undefined {
    return oidcPresets.find(({ id }) => id === config.preset)?.title;
  }

  /** Whether the issuer answers as itself, and its client secret is there. */
  override async tryOut(app: App, { config, secret_config }: OidcSettings): Promise<Trial[]> {
    const secret = secret_config?.clientSecret;
    const trials = [
      tried('issuer', async () => {
        await this.issuers.discover(config.issuer);
        return undefined;
      }),
    ];
    if (secret) {
      const find = async (): Promise<string | undefined> =>
        (await this.secrets.findValue(app, secret)) === null ? 'the secret does not exist' : undefined;
      trials.push(tried(`client secret '${secret}'`, find));
    }
    return Promise.all(trials);
  }

  async #verify({ config }: OidcSettings, token: string, nonce?: string): Promise<JWTPayload> {
    const { issuer, jwks_uri: jwksUri } = await this.issuers.discover(config.issuer);
    return this.idTokens.verify(token, { issuers: [issuer], jwksUri, clientIds: [config.clientId], nonce });
  }
}

/** @throws ExternalLoginRefused, DomainNotAllowed */
function identityOf(settings: OidcSettings, claims: JWTPayload): VerifiedIdentity {
  const { config, metadata_fields: fields, domain_restrictions: domains } = settings;
  const claim = config.subjectClaim || 'sub';
  const subject = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const fault = faultInSubject(subject);
  if (fault !== undefined) throw new ExternalLoginRefused(`invalid ID token: the claim '${claim}' ${fault}`);
  checkDomain(domains, claims['email_verified'] === true ? claims['email'] : undefined);
  try {
    const data = Object.entries(readMetadata(claims, fields ?? [])).filter(([, value]) => value !== '');
    return { subject: subject as string, data: Object.fromEntries(data) };
  } catch (error) {
    if (error instanceof MetadataMissing) throw new ExternalLoginRefused(`invalid ID token: ${error.message}`);
    throw error;
  }
}
