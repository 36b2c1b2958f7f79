import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** RFC 7677. */
export const SCRAM_MECHANISM = 'SCRAM-SHA-256';
/** There is one user, in the database `admin`. */
export const SCRAM_USER = 'latchkey';
/** As MongoDB has it; with 256 random bits the password needs no stretching. */
const ITERATIONS = 15_000;
const NONCE_BYTES = 24;
/** base64 of the header `n,,`, which says that there is no channel binding. */
const NO_BINDING = 'biws';

/** What the server keeps of a password (RFC 5802 §3). */
export interface ScramCredentials {
  salt: Buffer;
  storedKey: Buffer;
  serverKey: Buffer;
}

/** A client's message that cannot be understood, or a proof that is wrong: the answer is the same. */
export class ScramRefused extends Error {}

/** @param password ASCII, so that SASLprep would leave it as it is */
export function scramCredentials(password: string): ScramCredentials {
  const salt = randomBytes(28);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const storedKey = sha256(hmac(salted, 'Client Key'));
  return { salt, storedKey, serverKey: hmac(salted, 'Server Key') };
}

/** One authentication on the side of the server: two messages from the client, each answered. */
export class ScramConversation {
  readonly serverFirst: string;
  private readonly nonce: string;
  private readonly isKnown: boolean;
  private readonly clientFirstBare: string;

  /**
   * @param clientFirst `n,,n=<user>,r=<nonce>`
   * @throws ScramRefused
   */
  constructor(
    private readonly credentials: ScramCredentials,
    clientFirst: string,
  ) {
    const parts = /^n,,(n=([^,]+),r=([!-+\--~]+))$/.exec(clientFirst);
    if (!parts) throw new ScramRefused('not a first message of SCRAM');
    const [, bare, user, clientNonce] = parts as unknown as [string, string, string, string];
    this.clientFirstBare = bare;
    this.isKnown = user === SCRAM_USER;
    this.nonce = clientNonce + randomBytes(NONCE_BYTES).toString('base64');
    this.serverFirst = `r=${this.nonce},s=${credentials.salt.toString('base64')},i=${ITERATIONS}`;
  }

  /**
   * @param clientFinal `c=biws,r=<nonce>,p=<proof>`
   * @returns `v=<signature>`, by which the client knows the server
   * @throws ScramRefused
   */
  finish(clientFinal: string): string {
    const parts = /^(c=([^,]+),r=([^,]+)),p=([A-Za-z\d+/=]+)$/.exec(clientFinal);
    if (!parts) throw new ScramRefused('not a final message of SCRAM');
    const [, withoutProof, binding, nonce, proof] = parts as unknown as [string, string, string, string, string];
    const { storedKey, serverKey } = this.credentials;
    const message = `${this.clientFirstBare},${this.serverFirst},${withoutProof}`;
    const signature = hmac(storedKey, message);
    const given = Buffer.from(proof, 'base64');
    if (given.length !== signature.length) throw new ScramRefused('a proof has 32 bytes');
    const clientKey = Buffer.from(given.map((byte, i) => byte ^ signature[i]!));
    const isProved = timingSafeEqual(sha256(clientKey), storedKey);
    if (!isProved || !this.isKnown || binding !== NO_BINDING || nonce !== this.nonce)
      throw new ScramRefused('wrong user or password');
    return `v=${hmac(serverKey, message).toString('base64')}`;
  }
}

const hmac = (key: Buffer, message: string): Buffer => createHmac('sha256', key).update(message).digest();
const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest();
