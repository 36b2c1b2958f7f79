import { createHash } from 'node:crypto';

const MODULUS = 1n << 256n;

/**
 * Number and hash of a set of documents, whatever order they come in: the sum of the SHA-256 of each one's BSON, modulo 2^256.
 * It tells whether two databases hold the same bytes; it is no signature against somebody who chooses the documents.
 */
export class DocumentDigest {
  count = 0;
  private sum = 0n;

  add(document: Uint8Array): void {
    this.count++;
    this.sum = (this.sum + BigInt(`0x${createHash('sha256').update(document).digest('hex')}`)) % MODULUS;
  }

  get hash(): string {
    return this.sum.toString(16).padStart(64, '0');
  }
}
