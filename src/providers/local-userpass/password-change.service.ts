import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { App } from '../../apps/app.model.js';
import { Database } from '../../database/database.js';
import { LoginFailureLimit } from '../../rate-limits/limits.js';
import { LoginThrottle } from '../../rate-limits/login-throttle.js';
import type { LiveSession } from '../../sessions/live-session.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import type { Identity } from '../../users/identity.schema.js';
import { UsersService } from '../../users/users.service.js';
import { NoEmailIdentity, OldPasswordWrong } from './local-userpass.errors.js';
import { Passwords } from './passwords.js';
import { ResetTokensService } from './reset-tokens.service.js';

export interface PasswordChange {
  oldPassword: string;
  password: string;
}

/** People change their own password, with the old one: whoever found an open browser must not keep the account. */
@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
    private readonly resets: ResetTokensService,
    private readonly throttle: LoginThrottle,
    private readonly failures: LoginFailureLimit,
    private readonly database: Database,
  ) {}

  /**
   * Ends the other sessions with the same commit.
   *
   * @param live the session that goes on
   * @throws NoEmailIdentity, OldPasswordWrong, PasswordRefused, TooManyRequests, InvalidSession
   */
  async change(app: App, live: LiveSession, { oldPassword, password }: PasswordChange, ip: string): Promise<void> {
    const userId = ObjectId.createFromHexString(live.user.id);
    const { identity, old } = await this.#emailIdentityOf(app, userId);
    await this.#checkOld(app, { userId, identity, old, guess: oldPassword, ip });
    const sealedSecret = await this.passwords.make(app, identity.id, password);
    const keep = ObjectId.createFromHexString(live.id);
    await this.database.transaction(async (transaction) => {
      // Somebody was faster: what was checked is no longer the password.
      if (!(await this.users.replaceSecret(app, userId, identity.id, old, sealedSecret, transaction))) {
        throw new OldPasswordWrong();
      }
      await this.resets.void(app, [identity.id], transaction);
      await this.sessions.endOthers(app, { user: userId, keep }, 'revoked', transaction);
    });
    this.sessions.forget(userId);
  }

  /** A guess at the old password counts as one at the login does: a stolen access token is no way around the limit. */
  async #checkOld(
    app: App,
    {
      userId,
      identity: { id, key },
      old,
      guess,
      ip,
    }: { userId: ObjectId; identity: Identity; old: Buffer; guess: string; ip: string },
  ): Promise<void> {
    const account = `${app._id.toHexString()}:${key.slice(key.indexOf(':') + 1)}`;
    const right = await this.throttle.judge(
      account,
      ip,
      () => this.sessions.isKnownClient(app, userId, ip, undefined),
      async () => {
        const verdict = await this.passwords.check(app, { identityId: id, sealedSecret: old }, guess);
        return verdict.ok || undefined;
      },
    );
    if (right) return;
    await this.failures.charge(app.clientAppId, ip);
    throw new OldPasswordWrong();
  }

  async #emailIdentityOf(app: App, userId: ObjectId): Promise<{ identity: Identity; old: Buffer }> {
    const { identities } = await this.users.get(app, userId);
    const identity = identities.find(({ sealedSecret }) => sealedSecret !== undefined);
    if (!identity?.sealedSecret) throw new NoEmailIdentity();
    return { identity, old: identity.sealedSecret };
  }
}
