import { errors, type JWTPayload } from 'jose';
import { faultInSubject } from '../subject.js';
import { isOn, type Algorithm, type CustomTokenSettings } from './custom-token.settings.js';

const DEFAULT_SKEW_SECONDS = 5;
// Times may be fractions of seconds; the present is compared in whole ones.
const MIN_SKEW_SECONDS = 1;

/** What a token has to be, as the settings say. */
export interface TokenRules {
  algorithm: Algorithm;
  /** Where the keys are, where they are not secrets of the app. */
  keySetUrl: string | undefined;
  audiences: string[];
  anyAudience: boolean;
  issuer: string | undefined;
  skewSeconds: number;
}

/** @param clientAppId the audience where none is configured */
export function rulesOf({ config }: CustomTokenSettings, clientAppId: string): TokenRules {
  const { audience, requireAnyAudience, signingAlgorithm, issuer, clockSkewSeconds, useJWKURI, jwkURI } = config ?? {};
  const keySetUrl = isOn(useJWKURI) && jwkURI ? jwkURI : undefined;
  const audiences = (typeof audience === 'string' ? audience.split(/[\s,]+/u) : (audience ?? [])).filter(Boolean);
  return {
    algorithm: algorithmOf(signingAlgorithm || undefined, keySetUrl !== undefined),
    keySetUrl,
    audiences: audiences.length > 0 ? audiences : [clientAppId],
    anyAudience: isOn(requireAnyAudience),
    issuer: issuer || undefined,
    skewSeconds: Math.max(clockSkewSeconds ?? DEFAULT_SKEW_SECONDS, MIN_SKEW_SECONDS),
  };
}

/** What an address publishes is public, so no shared secret: as in the original, RS256 unless another is chosen. */
function algorithmOf(chosen: Algorithm | undefined, published: boolean): Algorithm {
  if (published) return chosen === undefined || chosen === 'HS256' ? 'RS256' : chosen;
  return chosen ?? 'HS256';
}

/** @returns why the claims are not accepted, in words for the client */
export function faultIn(claims: JWTPayload, rules: TokenRules, now: Date): string | undefined {
  const { sub, iat } = claims;
  const fault = faultInSubject(sub);
  if (fault !== undefined) return `the claim 'sub' ${fault}`;
  if (iat !== undefined && iat > now.getTime() / 1_000 + rules.skewSeconds) return 'it was issued in the future';
  return audienceFault(claims.aud, rules);
}

function audienceFault(aud: unknown, { audiences, anyAudience }: TokenRules): string | undefined {
  const named = new Set(Array.isArray(aud) ? aud : [aud]);
  const missing = audiences.filter((audience) => !named.has(audience));
  if (anyAudience ? missing.length < audiences.length : missing.length === 0) return undefined;
  const list = missing.map((audience) => `'${audience}'`).join(', ');
  return anyAudience ? `the claim 'aud' names none of ${list}` : `the claim 'aud' does not name ${list}`;
}

/** The words for what is wrong with the token itself. */
export function wordsOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it is expired';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not the configured one';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is not valid';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf' && error.reason === 'check_failed') return 'it is not valid yet';
    return error.reason === 'missing'
      ? `the claim '${error.claim}' is missing`
      : `the claim '${error.claim}' is not as it should be`;
  }
  return 'it is no signed JWT';
}
