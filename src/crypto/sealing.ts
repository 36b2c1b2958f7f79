import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { equalSecrets } from './tokens.js';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD = 1 + NONCE_BYTES + TAG_BYTES;

/** A sealed value that this master key does not open: damaged, sealed with another key, or for another place. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';

  constructor(options?: ErrorOptions) {
    super(
      'a sealed value cannot be opened: it is damaged, or was sealed with another master key or for another place',
      options,
    );
  }
}

/**
 * Seals what the database must be able to give back (password hashes, key and client secrets), so that a stolen dump is
 * of no use. The bytes: version 1, nonce of 12, ciphertext, tag of 16; AES-256-GCM (NIST SP 800-38D).
 *
 * Nonces are random, good for 2^32 values under one key (§8.3): a login a second for a century.
 */
export class MasterKey {
  readonly #sealingKey: KeyObject;
  readonly #checkValue: string;
  #auditKey: KeyObject;

  /** @param key 32 bytes; each use gets a key of its own, derived from it (RFC 5869) */
  constructor(key: Buffer | KeyObject) {
    const master = Buffer.isBuffer(key) ? createSecretKey(key) : key;
    if (master.symmetricKeySize !== 32) throw new RangeError('a master key has 32 bytes');
    this.#sealingKey = createSecretKey(derive(master, 'latchkey sealing 1'));
    this.#checkValue = derive(master, 'latchkey check value 1').toString('base64url');
    this.#auditKey = createSecretKey(derive(master, 'latchkey audit 1'));
  }

  /**
   * @param context where the value belongs, such as `password:<app id>:<user id>`: it opens there only, so nobody who
   * can write to the database moves a password of his own into another's account
   */
  seal(plaintext: Buffer | string, context: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#sealingKey, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(authenticated(context));
    const body = [cipher.update(plaintext), cipher.final()];
    return Buffer.concat([Buffer.of(VERSION), nonce, ...body, cipher.getAuthTag()]);
  }

  /** @throws SealBroken */
  open(sealed: Buffer, context: string): Buffer {
    if (sealed.length < OVERHEAD || sealed[0] !== VERSION) throw new SealBroken();
    const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#sealingKey, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(authenticated(context));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      throw new SealBroken({ cause });
    }
  }

  /** The key of the audit trail, to be sealed with the master key that comes after this one. */
  auditKey(): Buffer {
    return this.#auditKey.export();
  }

  /** The trail goes on under the key that it began with, whatever the master key is now. */
  useAuditKey(key: Buffer): void {
    this.#auditKey = createSecretKey(key);
  }

  /** HMAC-SHA-256 for the audit trail, in hex: who can write to the database, but has no master key, cannot make one. */
  auditHash(content: string): string {
    return createHmac('sha256', this.#auditKey).update(content).digest('hex');
  }

  /** Stored beside the data at first start; tells nothing of the key. */
  checkValue(): string {
    return this.#checkValue;
  }

  /** True where the data was made with this key. */
  fits(checkValue: string): boolean {
    return equalSecrets(this.#checkValue, checkValue);
  }
}

function derive(master: KeyObject, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), purpose, 32));
}

function authenticated(context: string): Buffer {
  return Buffer.concat([Buffer.of(VERSION), Buffer.from(context)]);
}
