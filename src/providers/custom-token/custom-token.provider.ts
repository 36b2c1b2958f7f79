import type { KeyObject } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { KeySets } from '../../outbound/key-sets.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { AuthProvider, CredentialsStrategy, type Attempt, type Strategies } from '../auth-provider.js';
import { CustomTokenRefused, CustomTokenRefusedForLink } from './custom-token.errors.js';
import {
  customTokenCredentials,
  customTokenSettings,
  type Algorithm,
  type CustomTokenCredentials,
  type CustomTokenSettings,
} from './custom-token.settings.js';
import { MetadataMissing, readMetadata } from '../metadata.js';
import { readSigningKey } from './signing-key.js';
import { tried, type Trial } from '../trial.js';
import { faultIn, rulesOf, wordsOf, type TokenRules } from './token-rules.js';

/** The keys that may have made a token. */
type KeySource = (token: string) => Promise<(KeyObject | Uint8Array)[]>;

/** Log in with a JWT of somebody else, whose keys the app knows. Its subject is the user. */
@Injectable()
export class CustomTokenProvider extends AuthProvider<CustomTokenSettings, CustomTokenCredentials> {
  readonly type = 'custom-token';
  readonly settingsSchema = customTokenSettings;
  readonly credentialsSchema = customTokenCredentials;
  readonly #logger = new Logger(CustomTokenProvider.name);

  constructor(
    private readonly secrets: SecretsService,
    private readonly keySets: KeySets,
    private readonly clock: Clock,
  ) {
    super();
  }

  override createStrategies(app: App, settings: CustomTokenSettings): Strategies<CustomTokenCredentials> {
    const rules = rulesOf(settings, app.clientAppId);
    const keys = this.#keySource(app, settings, rules);
    return { credentials: new CustomTokenStrategy((token) => this.#verify(settings, rules, keys, token)) };
  }

  /** @returns why not, in words, where the token is refused */
  async #verify(
    settings: CustomTokenSettings,
    rules: TokenRules,
    keysFor: KeySource,
    token: string,
  ): Promise<VerifiedIdentity | string> {
    const keys = await keysFor(token);
    if (keys.length === 0) {
      return rules.keySetUrl === undefined
        ? 'the provider has no usable signing key'
        : 'its key is none of those at the configured address';
    }
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

  #keySource(app: App, settings: CustomTokenSettings, rules: TokenRules): KeySource {
    if (rules.keySetUrl === undefined) return () => this.#secretKeys(app, settings, rules);
    const { keySetUrl: url, algorithm: alg } = rules;
    return (token) => this.keySets.at(url).keysFor({ alg, kid: keyIdIn(token) });
  }

  override async tryOut(app: App, settings: CustomTokenSettings): Promise<Trial[]> {
    const { keySetUrl: url, algorithm } = rulesOf(settings, app.clientAppId);
    if (url !== undefined) {
      const set = this.keySets.at(url);
      return [await tried('key set', async () => keySetFinding(await set.describe(algorithm), algorithm))];
    }
    const names = settings.secret_config?.signingKeys ?? [];
    if (names.length === 0) return [{ what: 'signing keys', problem: 'no secret is named that holds one' }];
    return Promise.all(
      names.map((name) =>
        tried(`signing key '${name}'`, async () => {
          const key = await this.#secretKey(app, name, algorithm);
          return typeof key === 'string' ? `the secret ${key}` : undefined;
        }),
      ),
    );
  }

  /** @returns why not, in words, where there is none that can be used */
  async #secretKey(app: App, name: string, algorithm: Algorithm): Promise<KeyObject | Uint8Array | string> {
    const value = await this.secrets.findValue(app, name);
    return value === null ? 'does not exist' : readSigningKey(value, algorithm);
  }

  /** Read for each login, so that a secret that is replaced counts at once. */
  async #secretKeys(app: App, settings: CustomTokenSettings, rules: TokenRules): Promise<(KeyObject | Uint8Array)[]> {
    const names = settings.secret_config?.signingKeys ?? [];
    const read = await Promise.all(
      names.map(async (name) => {
        const key = await this.#secretKey(app, name, rules.algorithm);
        if (typeof key === 'string') this.#logger.warn(`app ${app.clientAppId}: signing key '${name}' ${key}`);
        return key;
      }),
    );
    return read.filter((key) => typeof key !== 'string');
  }
}

function keyIdIn(token: string): unknown {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    return undefined;
  }
}

/** Keys of no use beside a good one are no problem; but an administrator who looks for one is told. */
function keySetFinding({ usable, skipped }: { usable: number; skipped: string[] }, algorithm: Algorithm) {
  const leftOut = skipped.length > 0 ? { note: `of no use: ${skipped.slice(0, 20).join(', ')}` } : {};
  return usable > 0 ? leftOut : { problem: `no key in it is for ${algorithm}`, ...leftOut };
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
