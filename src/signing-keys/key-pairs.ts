import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningAlgorithm } from './signing-key.model.js';

const generate = promisify(generateKeyPair);
/** RFC 7518 §3.3 asks for 2048 at least. */
const RSA_BITS = 2_048;

export interface KeyPair {
  /** PKCS #8 */
  privateDer: Buffer;
  publicJwk: Record<string, string>;
}

/** Off the main thread: an RSA key takes its time. */
export async function makeKeyPair(algorithm: SigningAlgorithm): Promise<KeyPair> {
  const { privateKey, publicKey } =
    algorithm === 'RS256'
      ? await generate('rsa', { modulusLength: RSA_BITS })
      : await generate('ec', { namedCurve: 'P-256' });
  return {
    privateDer: privateKey.export({ type: 'pkcs8', format: 'der' }),
    publicJwk: publicKey.export({ format: 'jwk' }) as Record<string, string>,
  };
}

export function readKeyPair(privateDer: Buffer): { privateKey: KeyObject; publicKey: KeyObject } {
  const privateKey = createPrivateKey({ key: privateDer, format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
