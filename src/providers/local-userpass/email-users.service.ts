import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { App } from '../../apps/app.model.js';
import { Database } from '../../database/database.js';
import { IdentitiesService, identityKey } from '../../identities/identities.service.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { isEmail, normaliseEmail } from '../../users/email.js';
import type { Identity } from '../../users/identity.schema.js';
import { UsersService, type StoredUser } from '../../users/users.service.js';
import { ProviderConfigsService } from '../provider-configs.service.js';
import { EmailInvalid, NoEmailIdentity } from './local-userpass.errors.js';
import { Passwords } from './passwords.js';
import { RegistrationsService } from './registrations.service.js';
import { ResetTokensService } from './reset-tokens.service.js';

const EMAIL = 'local-userpass';

/**
 * Email users as an administrator makes and changes them: they exist at once, confirmed, without a mail, and what is set
 * counts without the old password.
 */
@Injectable()
export class EmailUsersService {
  constructor(
    private readonly users: UsersService,
    private readonly identities: IdentitiesService,
    private readonly sessions: SessionsService,
    private readonly registrations: RegistrationsService,
    private readonly configs: ProviderConfigsService,
    private readonly passwords: Passwords,
    private readonly resets: ResetTokensService,
    private readonly database: Database,
  ) {}

  /** @throws AuthProviderNotFound, EmailInvalid, PasswordRefused, AccountNameInUse */
  async create(app: App, wanted: { email: string; password: string }): Promise<StoredUser> {
    const { identity, emailKey } = await this.#identityOf(app, wanted);
    return this.database.transaction(async (transaction) => {
      await this.registrations.giveWay(app, emailKey, transaction);
      return this.users.create(app, { identity }, transaction);
    });
  }

  /** Gives a user who has none an address and a password. @throws as `create` does, and as `IdentitiesService.link` does */
  async addTo(app: App, userId: ObjectId, wanted: { email: string; password: string }): Promise<void> {
    const { identity, emailKey } = await this.#identityOf(app, wanted);
    const { id, data, sealedSecret } = identity;
    const source = { _id: identity.providerId, name: EMAIL, type: EMAIL };
    await this.identities.link(app, userId, source, {
      subject: emailKey,
      id,
      data,
      sealedSecret,
      consume: (transaction) => this.registrations.giveWay(app, emailKey, transaction),
    });
    this.sessions.forget(userId);
  }

  /** Ends all sessions, for whoever had the old password. @throws UserNotFound, NoEmailIdentity, PasswordRefused */
  async setPassword(app: App, userId: ObjectId, password: string): Promise<void> {
    const { id } = emailIdentityOf(await this.users.get(app, userId));
    const sealedSecret = await this.passwords.make(app, id, password);
    await this.database.transaction(async (transaction) => {
      if (!(await this.users.setSecret(app, userId, id, sealedSecret, transaction))) throw new NoEmailIdentity();
      await this.resets.void(app, [id], transaction);
      await this.sessions.end(app, { user: userId }, 'revoked', transaction);
    });
    this.sessions.forget(userId);
  }

  /**
   * The new address takes the old one's place everywhere; the old one is free. The password stays.
   *
   * @throws UserNotFound, NoEmailIdentity, EmailInvalid, AccountNameInUse
   */
  async changeEmail(app: App, userId: ObjectId, email: string): Promise<void> {
    if (!isEmail(email)) throw new EmailInvalid();
    const emailKey = normaliseEmail(email);
    await this.database.transaction(async (transaction) => {
      const user = await this.users.get(app, userId, transaction);
      const { key, id } = emailIdentityOf(user);
      const newKey = identityKey(EMAIL, emailKey);
      if (newKey !== key) await this.registrations.giveWay(app, emailKey, transaction);
      const identities = user.identities.map((identity) =>
        identity.key === key ? renamed(identity, newKey, email) : identity,
      );
      await this.users.replaceIdentities(app, userId, identities, transaction);
      await this.registrations.removeOf(app, [key], transaction);
      await this.resets.void(app, [id], transaction);
    });
    this.sessions.forget(userId);
  }

  async #identityOf(app: App, { email, password }: { email: string; password: string }) {
    const { config } = await this.configs.getActive(app, EMAIL);
    if (!isEmail(email)) throw new EmailInvalid();
    const emailKey = normaliseEmail(email);
    const id = new ObjectId().toHexString();
    const identity = {
      key: identityKey(config.name, emailKey),
      id,
      provider: config.type,
      providerId: config._id,
      data: { email },
      sealedSecret: await this.passwords.make(app, id, password),
    };
    return { identity, emailKey };
  }
}

/** Nobody has answered a mail to another address yet. */
function renamed({ verifiedEmail, ...identity }: Identity, key: string, email: string): Identity {
  const isSame = key === identity.key && verifiedEmail !== undefined;
  return { ...identity, key, data: { ...identity.data, email }, ...(isSame ? { verifiedEmail } : {}) };
}

/** @throws NoEmailIdentity */
function emailIdentityOf(user: StoredUser): Identity {
  const found = user.identities.find(({ provider }) => provider === EMAIL);
  if (!found) throw new NoEmailIdentity();
  return found;
}
