import { createPublicKey, type KeyObject } from 'node:crypto';
import { fits } from '../../crypto/public-keys.js';
import type { Algorithm } from './custom-token.settings.js';

const MIN_SECRET = 32;
const MAX_SECRET = 512;

/**
 * Reads what a secret holds as a key for one algorithm. A public key never passes as a shared secret: everybody knows it.
 *
 * @returns why not, in words for the log, where it is no such key
 */
export function readSigningKey(value: string, algorithm: Algorithm): KeyObject | Uint8Array | string {
  if (algorithm === 'HS256') {
    if (value.trimStart().startsWith('-----BEGIN')) return 'holds a PEM key, which is no secret for HS256';
    if (value.length < MIN_SECRET || value.length > MAX_SECRET) {
      return `must have ${MIN_SECRET} to ${MAX_SECRET} characters for HS256`;
    }
    return new TextEncoder().encode(value);
  }
  let key: KeyObject;
  try {
    key = createPublicKey(value);
  } catch {
    return 'holds no public key in PEM format';
  }
  return fits(key, algorithm) ? key : `holds a key that ${algorithm} cannot use`;
}
