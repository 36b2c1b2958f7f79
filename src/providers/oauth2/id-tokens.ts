import { Injectable } from '@nestjs/common';
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from 'jose';
import { Clock } from '../../common/clock.js';
import { equalSecrets } from '../../crypto/tokens.js';
import { KeySets } from '../../outbound/key-sets.js';
import { ExternalLoginRefused } from './oauth2.errors.js';
import { isOfManyTenants, issuerOf } from './tenants.js';

/** What an ID token has to be (OpenID Connect Core §3.1.3.7). */
export interface IdTokenRules {
  /** The spellings of the issuer that count; one of many tenants stands for that of the token's. */
  issuers: string[];
  jwksUri: string;
  /** Our client ids; the token must be for one of them. */
  clientIds: string[];
  /** Of the login that the token belongs to. */
  nonce?: string | undefined;
  /** True where `azp` may be another client of the same owner, as of an app on a phone (Google). */
  anyParty?: boolean;
}

export const LONGEST_ID_TOKEN = 32_768;
const SKEW_SECONDS = 60;
/** Those with a public key: nothing that is shared with us signs. */
const ALGORITHMS = new Set([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]);

/** Checks ID tokens of other issuers. */
@Injectable()
export class IdTokens {
  constructor(
    private readonly keySets: KeySets,
    private readonly clock: Clock,
  ) {}

  /** @returns its claims @throws ExternalLoginRefused, OutboundFailed */
  async verify(token: string, rules: IdTokenRules): Promise<JWTPayload> {
    if (token.length > LONGEST_ID_TOKEN) throw refused('it is too long');
    const payload = await this.#signed(token, rules);
    const { aud, azp, nonce, iat = 0 } = payload;
    const fault = partyFault(aud, azp, rules);
    if (fault !== undefined) throw refused(fault);
    if (iat > this.clock.now().getTime() / 1_000 + SKEW_SECONDS) throw refused('it was issued in the future');
    if (rules.nonce !== undefined && (typeof nonce !== 'string' || !equalSecrets(nonce, rules.nonce))) {
      throw refused('it belongs to another login');
    }
    return payload;
  }

  async #signed(token: string, { issuers, jwksUri, clientIds }: IdTokenRules): Promise<JWTPayload> {
    const algorithm = algorithmIn(token);
    const { own, ofKeys } = issuersOf(token, issuers);
    const keys = await this.keySets.at(jwksUri).keysFor(algorithm, ofKeys);
    const options = {
      algorithms: [algorithm.alg],
      issuer: own,
      audience: clientIds,
      requiredClaims: ['exp', 'iat', 'sub'],
      clockTolerance: SKEW_SECONDS,
      currentDate: this.clock.now(),
    };
    let fault = refused('its key is none of the issuer');
    for (const key of keys) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        fault = refused(wordsOf(error), error);
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
      }
    }
    throw fault;
  }
}

/** @throws ExternalLoginRefused before anybody is asked for keys */
function algorithmIn(token: string): { alg: string; kid?: unknown } {
  let header: ProtectedHeaderParameters;
  try {
    header = decodeProtectedHeader(token);
  } catch (error) {
    throw refused('it is no signed JWT', error as Error);
  }
  const { alg = '', kid } = header;
  if (!ALGORITHMS.has(alg)) throw refused('its algorithm is not allowed');
  return { alg, kid };
}

/**
 * What `iss` may be, and of whom the key may be said to be: of the tenant's issuer, or of all of them. A tenant is believed
 * before the signature is checked, since what it leads to is what the signed `iss` is compared with.
 *
 * @throws ExternalLoginRefused
 */
function issuersOf(token: string, issuers: string[]): { own: string[]; ofKeys?: string[] } {
  if (!issuers.some(isOfManyTenants)) return { own: issuers };
  let tenant: unknown;
  try {
    tenant = decodeJwt(token)['tid'];
  } catch (error) {
    throw refused('it is no signed JWT', error as Error);
  }
  const own = issuers.flatMap((issuer) => issuerOf(issuer, tenant) ?? []);
  if (own.length === 0) throw refused("its claim 'tid' is missing or not as it should be");
  return { own, ofKeys: [...own, ...issuers] };
}

/** A token for several parties must say that it was given to one of ours. */
function partyFault(aud: unknown, azp: unknown, { clientIds, anyParty }: IdTokenRules): string | undefined {
  const isOurs = typeof azp === 'string' && clientIds.includes(azp);
  if (Array.isArray(aud) && aud.length > 1 && !isOurs) return 'it was given to another client';
  return azp === undefined || isOurs || (anyParty && typeof azp === 'string')
    ? undefined
    : 'it was given to another client';
}

function refused(reason: string, cause?: Error): ExternalLoginRefused {
  return new ExternalLoginRefused(`invalid ID token: ${reason}`, cause && { cause });
}

function wordsOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it is expired';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is not valid';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'it is of another issuer';
    if (error.claim === 'aud') return 'it is for another client';
    if (error.claim === 'nbf') return 'it is not valid yet';
    return `its claim '${error.claim}' is missing or not as it should be`;
  }
  return 'it is no signed JWT';
}
