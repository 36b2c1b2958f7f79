import { createHash } from 'node:crypto';

/** Of a longer input bcrypt sees the beginning only. */
const BCRYPT_BYTES = 72;

/**
 * How the bytes that were hashed came from the password. The name stands in front of the stored hash, so that hashes
 * from elsewhere can be told apart from ours.
 */
export type Scheme = 'bcrypt' | 'bcrypt-sha384';

export interface Stored {
  readonly scheme: Scheme;
  /** `$2b$12$` + 22 characters of salt + 31 of hash. */
  readonly hash: string;
  readonly cost: number;
}

/**
 * The bytes bcrypt is given (design: no truncation anywhere). NFC, so that a keyboard that composes letters and one that
 * does not type the same password; longer than bcrypt sees, or with a NUL where it stops, as a digest that is neither.
 */
export function bytesToHash(password: string): { scheme: Scheme; bytes: Buffer } {
  const bytes = Buffer.from(password.normalize('NFC'), 'utf8');
  if (bytes.length <= BCRYPT_BYTES && !bytes.includes(0)) return { scheme: 'bcrypt', bytes };
  const digest = createHash('sha384').update(bytes).digest('base64');
  return { scheme: 'bcrypt-sha384', bytes: Buffer.from(digest) };
}

export function formatStored(scheme: Scheme, hash: string): string {
  return `${scheme}:${hash}`;
}

/** @throws Error when it is no stored form: the database was damaged or written by a later version */
export function parseStored(stored: string): Stored {
  const match = /^(bcrypt|bcrypt-sha384):(\$2b\$(\d\d)\$[./A-Za-z\d]{53})$/.exec(stored);
  if (!match?.[1] || !match[2]) throw new Error('a stored password hash has a form that this version does not know');
  return { scheme: match[1] as Scheme, hash: match[2], cost: Number(match[3]) };
}
