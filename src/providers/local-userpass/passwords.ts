import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import type { Verdict } from '../../crypto/passwords/password-hasher.js';
import { PasswordPolicyService } from './password-policy.service.js';
import { SealedPasswords } from './sealed-passwords.js';

/** Passwords of email identities: each is bound to its app and identity. */
@Injectable()
export class Passwords {
  constructor(
    private readonly sealed: SealedPasswords,
    private readonly policy: PasswordPolicyService,
  ) {}

  /** @throws PasswordRefused for what the app's policy does not allow, ServiceUnavailable when too many wait */
  async make(app: App, identityId: string, password: string): Promise<Buffer> {
    await this.policy.check(app, password);
    return this.sealed.remake(contextOf(app, identityId), password);
  }

  /** Hashes a password that is in use already, whatever today's rule says of it. @throws ServiceUnavailable */
  async remake(app: App, identityId: string, password: string): Promise<Buffer> {
    return this.sealed.remake(contextOf(app, identityId), password);
  }

  /**
   * @param stored undefined where there is nobody to check against: as dear, and never right
   * @throws ServiceUnavailable when too many wait
   */
  async check(
    app: App,
    stored: { identityId: string; sealedSecret: Buffer } | undefined,
    password: string,
  ): Promise<Verdict> {
    const known = stored && { context: contextOf(app, stored.identityId), sealed: stored.sealedSecret };
    return this.sealed.check(known, password);
  }
}

/** What the sealed bytes are bound to, of a user and of a registration alike. */
export function contextOf(app: Pick<App, '_id'>, identityId: string): string {
  return `users.password:${app._id.toHexString()}:${identityId}`;
}
