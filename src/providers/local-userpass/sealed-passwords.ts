import { Injectable } from '@nestjs/common';
import { checkPassword } from '../../crypto/passwords/check-password.js';
import { HashingBusy } from '../../crypto/passwords/hashing-busy.js';
import { PasswordHasher, type Verdict } from '../../crypto/passwords/password-hasher.js';
import { MasterKey } from '../../crypto/sealing.js';
import { ServiceUnavailable } from '../../errors/errors.js';
import { PasswordRefused } from './local-userpass.errors.js';

/** Nobody's password is longer; what is, is not even normalised. */
const MOST_TYPED = 4_096;

/** Password hashes, sealed. A hash is bound to its context, which names one account, and opens nowhere else. */
@Injectable()
export class SealedPasswords {
  constructor(
    private readonly hasher: PasswordHasher,
    private readonly masterKey: MasterKey,
  ) {}

  /** @throws PasswordRefused for what the rule does not allow, ServiceUnavailable when too many wait */
  async make(context: string, password: string): Promise<Buffer> {
    const fault = checkPassword(password);
    if (fault) throw PasswordRefused.for(fault);
    return this.remake(context, password);
  }

  /** Hashes a password that is in use already, whatever today's rule says of it. @throws ServiceUnavailable */
  async remake(context: string, password: string): Promise<Buffer> {
    return this.#admitted(() => this.hasher.hashAndSeal(password, this.masterKey, context));
  }

  /**
   * @param stored undefined where there is nobody to check against: as dear, and never right
   * @throws ServiceUnavailable when too many wait
   */
  async check(stored: { context: string; sealed: Buffer } | undefined, password: string): Promise<Verdict> {
    if (password.length > MOST_TYPED) return { ok: false, needsRehash: false };
    return this.#admitted(() =>
      stored
        ? this.hasher.verifySealed(password, stored.sealed, this.masterKey, stored.context)
        : this.hasher.verifyAgainstNothing(password),
    );
  }

  async #admitted<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HashingBusy)) throw error;
      throw new ServiceUnavailable(error.message, error.retryAfterSeconds);
    }
  }
}
