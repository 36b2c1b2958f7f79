import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

const MIN_MODULUS = 2_048;
const CURVES: Record<string, string> = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' };

/** Whether an algorithm of JWS (RFC 7518 §3.1, RFC 8037) can use it: kind, curve and size. */
export function fits({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, algorithm: string): boolean {
  if (/^[RP]S\d+$/.test(algorithm)) {
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_MODULUS;
  }
  if (isEdDsa(algorithm)) return asymmetricKeyType === 'ed25519';
  return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === CURVES[algorithm];
}

/**
 * A JSON Web Key that somebody published, as the key of one algorithm.
 *
 * @returns why not, in words for the log, where it is none
 */
export function readPublicKey(jwk: unknown, algorithm: string): KeyObject | string {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return 'no object';
  const { kty, use, alg, key_ops: operations, n, e, crv, x, y } = jwk as Record<string, unknown>;
  if (use !== undefined && use !== 'sig') return 'not for signatures';
  if (Array.isArray(operations) && !operations.includes('verify')) return 'not for signatures';
  const isOther = alg !== undefined && alg !== algorithm && !(isEdDsa(alg) && isEdDsa(algorithm));
  if (isOther) return 'for another algorithm';
  try {
    // The public parts only: nothing else that stands in it is looked at.
    const key = createPublicKey({ key: { kty, n, e, crv, x, y } as JsonWebKey, format: 'jwk' });
    return fits(key, algorithm) ? key : `not for ${algorithm}`;
  } catch {
    return 'cannot be read';
  }
}

/** One algorithm by two names. */
function isEdDsa(algorithm: unknown): boolean {
  return algorithm === 'EdDSA' || algorithm === 'Ed25519';
}
