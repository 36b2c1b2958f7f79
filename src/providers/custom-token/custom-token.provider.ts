import type { KeyObject } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { AuthProvider, CredentialsStrategy, type Attempt, type Strategies } from '../auth-provider.js';
import { CustomTokenRefused, CustomTokenRefusedForLink } from './custom-token.errors.js';
import {
  customTokenCredentials,
  customTokenSettings,
  type CustomTokenCredentials,
  type CustomTokenSettings,
} from './custom-token.settings.js';
import { MetadataMissing, readMetadata } from './metadata.js';
import { readSigningKey } from './signing-key.js';
import { faultIn, rulesOf, wordsOf, type TokenRules } from './token-rules.js';

/** Log in with a JWT of somebody else, whose keys the app knows. Its subject is the user. */
@Injectable()
export class CustomTokenProvider extends AuthProvider<CustomTokenSettings, CustomTokenCredentials> {
  readonly type = 'custom-token';
  readonly settingsSchema = customTokenSettings;
  readonly credentialsSchema = customTokenCredentials;
  readonly #logger = new Logger(CustomTokenProvider.name);

  constructor(
    private readonly secrets: SecretsService,
    private readonly clock: Clock,
  ) {
    super();
  }

  override createStrategies(app: App, settings: CustomTokenSettings): Strategies<CustomTokenCredentials> {
    const rules = rulesOf(settings, app.clientAppId);
    return { credentials: new CustomTokenStrategy((token) => this.#verify(app, settings, rules, token)) };
  }

  /** @returns why not, in words, where the token is refused */
  async #verify(
    app: App,
    settings: CustomTokenSettings,
    rules: TokenRules,
    token: string,
  ): Promise<VerifiedIdentity | string> {
    const keys = await this.#keys(app, settings, rules);
    if (keys.length === 0) return 'the provider has no usable signing key';
    const claims = await this.#claims(token, keys, rules);
    if (typeof claims === 'string') return claims;
    const fault = faultIn(claims, rules, this.clock.now());
    if (fault !== undefined) return fault;
    try {
      return { subject: claims.sub!, data: readMetadata(claims, settings.metadata_fields ?? []) };
    } catch (error) {
      if (error instanceof MetadataMissing) return error.message;
      throw error;
    }
  }

  /** The first key that made the signature decides. */
  async #claims(
    token: string,
    keys: readonly (KeyObject | Uint8Array)[],
    rules: TokenRules,
  ): Promise<JWTPayload | string> {
    const options = {
      algorithms: [rules.algorithm],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: rules.skewSeconds,
      currentDate: this.clock.now(),
      ...(rules.issuer === undefined ? {} : { issuer: rules.issuer }),
    };
    let words = '';
    for (const key of keys) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        words = wordsOf(error);
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
      }
    }
    return words;
  }

  /** Read for each login, so that a secret that is replaced counts at once. */
  async #keys(app: App, settings: CustomTokenSettings, rules: TokenRules): Promise<(KeyObject | Uint8Array)[]> {
    const names = settings.secret_config?.signingKeys ?? [];
    const read = await Promise.all(
      names.map(async (name) => {
        const value = await this.secrets.findValue(app, name);
        const key = value === null ? 'does not exist' : readSigningKey(value, rules.algorithm);
        if (typeof key === 'string') this.#logger.warn(`app ${app.clientAppId}: signing key '${name}' ${key}`);
        return key;
      }),
    );
    return read.filter((key) => typeof key !== 'string');
  }
}

class CustomTokenStrategy extends CredentialsStrategy<CustomTokenCredentials> {
  constructor(private readonly check: (token: string) => Promise<VerifiedIdentity | string>) {
    super();
  }

  override async verify({ token }: CustomTokenCredentials, { link }: Attempt): Promise<VerifiedIdentity> {
    const verified = await this.check(token);
    if (typeof verified !== 'string') return verified;
    throw link ? new CustomTokenRefusedForLink(verified) : new CustomTokenRefused(verified);
  }
}
