import { Injectable } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import type { App } from '../../apps/app.model.js';
import { Config } from '../../config/config.js';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { Outbound } from '../../outbound/outbound.js';
import { outboundFetch, type Fetch } from '../../outbound/outbound-fetch.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { AuthProvider, type Strategies } from '../auth-provider.js';
import { callbackUrlOf } from '../oauth2/callback-url.js';
import { checkDomain } from '../oauth2/domains.js';
import { IdTokens } from '../oauth2/id-tokens.js';
import { Issuers } from '../oauth2/issuers.js';
import { ExternalLoginRefused, TenantNotAllowed } from '../oauth2/oauth2.errors.js';
import { OpenIdFlow } from '../oauth2/openid-flow.js';
import { ProofStrategy } from '../oauth2/proof-strategy.js';
import { isOfManyTenants } from '../oauth2/tenants.js';
import { MetadataMissing, readMetadata, readPath } from '../metadata.js';
import { faultInSubject } from '../subject.js';
import { tried, type Trial } from '../trial.js';
import { vouchedEmail } from '../oauth2/vouched-email.js';
import { emailOfDirectory, isMicrosoft } from './microsoft.js';
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
    private readonly config: Config,
    outbound: Outbound,
  ) {
    super();
    this.#fetch = outboundFetch(outbound);
  }

  override createStrategies(app: App, settings: OidcSettings): Strategies<OidcCredentials> {
    return {
      credentials: new ProofStrategy<OidcCredentials>(async ({ id_token: token, nonce }) =>
        this.#identityOf(settings, await this.#verify(settings, token, nonce)),
      ),
      redirect: this.#flow(app, settings),
    };
  }

  #flow(app: App, settings: OidcSettings): OpenIdFlow {
    const { config, secret_config: secrets, metadata_fields: fields } = settings;
    return new OpenIdFlow({
      clientId: config.clientId,
      scopes: config.scopes ?? SCOPES,
      fetch: this.#fetch,
      metadata: () => this.issuers.discover(config.issuer),
      clientSecret: async () => {
        const name = secrets?.clientSecret;
        return name ? this.secrets.findValue(app, name) : null;
      },
      verify: (token, nonce) => this.#verify(settings, token, nonce),
      // Some issuers give some fields at their userinfo endpoint only.
      wantsMore: (claims) => (fields ?? []).some(({ name }) => !Object.hasOwn(claims, readPath(name)[0]!)),
      toIdentity: (claims) => this.#identityOf(settings, claims),
    });
  }

  override displayNameOf({ config }: OidcSettings): string | undefined {
    return oidcPresets.find(({ id }) => id === config.preset)?.title;
  }

  /** Whether the issuer answers as itself, and knows us by our client secret. */
  override async tryOut(app: App, settings: OidcSettings): Promise<Trial[]> {
    const { config, secret_config: secrets } = settings;
    const trials = [await tried('issuer', async () => void (await this.issuers.discover(config.issuer)))];
    const secret = secrets?.clientSecret;
    if (secret) {
      const isThere = (await this.secrets.findValue(app, secret)) !== null;
      trials.push({ what: `client secret '${secret}'`, ...(isThere ? {} : { problem: 'the secret does not exist' }) });
    }
    if (trials.some(({ problem }) => problem !== undefined)) return trials;
    const client = await tried('client', () => this.#flow(app, settings).tryClient(callbackUrlOf(this.config)));
    return [...trials, client];
  }

  async #verify({ config }: OidcSettings, token: string, nonce?: string): Promise<JWTPayload> {
    const { issuer, jwks_uri: jwksUri } = await this.issuers.discover(config.issuer);
    return this.idTokens.verify(token, { issuers: [issuer], jwksUri, clientIds: [config.clientId], nonce });
  }

  async #identityOf(settings: OidcSettings, claims: JWTPayload): Promise<VerifiedIdentity> {
    const { issuer } = await this.issuers.discover(settings.config.issuer);
    return identityOf(settings, claims, isOfManyTenants(issuer));
  }
}

/** @throws ExternalLoginRefused, DomainNotAllowed, TenantNotAllowed */
function identityOf(settings: OidcSettings, claims: JWTPayload, hasTenants: boolean): VerifiedIdentity {
  const { config, metadata_fields: fields, domain_restrictions: domains } = settings;
  const { tid: tenant } = claims;
  if (config.tenants?.length && !config.tenants.some((id) => id === tenant)) throw new TenantNotAllowed(tenant);
  const claim = config.subjectClaim || 'sub';
  const subject = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const fault = faultInSubject(subject);
  if (fault !== undefined) throw new ExternalLoginRefused(`invalid ID token: the claim '${claim}' ${fault}`);
  const verifiedEmail = hasTenants || isMicrosoft(config) ? emailOfDirectory(claims) : vouchedEmail(claims);
  checkDomain(domains, verifiedEmail);
  try {
    const data = Object.entries(readMetadata(claims, fields ?? [])).filter(([, value]) => value !== '');
    return {
      subject: hasTenants ? `${String(tenant)}:${subject as string}` : (subject as string),
      verifiedEmail,
      data: Object.fromEntries(data),
    };
  } catch (error) {
    if (error instanceof MetadataMissing) throw new ExternalLoginRefused(`invalid ID token: ${error.message}`);
    throw error;
  }
}
