import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** @returns base64url without padding; 32 bytes are 43 characters. 16 bytes (128 bits) are the least that a secret has. */
export function randomToken(bytes = 32): string {
  if (bytes < 16) throw new RangeError('a secret has at least 16 bytes');
  return randomBytes(bytes).toString('base64url');
}

/** What is stored of a token: enough to find it again, of no use to who steals the database. */
export function sha256(token: string | Buffer): Buffer {
  return hash('sha256', token, 'buffer');
}

export function sha256Hex(token: string | Buffer): string {
  return hash('sha256', token, 'hex');
}

/** Takes the same time wherever the first difference is, and whatever the lengths are. */
export function equalSecrets(a: string | Buffer, b: string | Buffer): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}
