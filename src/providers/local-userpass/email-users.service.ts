import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { App } from '../../apps/app.model.js';
import { Database } from '../../database/database.js';
import { identityKey } from '../../identities/identities.service.js';
import { isEmail, normaliseEmail } from '../../users/email.js';
import { UsersService, type StoredUser } from '../../users/users.service.js';
import { ProviderConfigsService } from '../provider-configs.service.js';
import { EmailInvalid } from './local-userpass.errors.js';
import { Passwords } from './passwords.js';
import { RegistrationsService } from './registrations.service.js';

const EMAIL = 'local-userpass';

/** Email users made by somebody else than themselves: they exist at once, confirmed, without a mail. */
@Injectable()
export class EmailUsersService {
  constructor(
    private readonly users: UsersService,
    private readonly registrations: RegistrationsService,
    private readonly configs: ProviderConfigsService,
    private readonly passwords: Passwords,
    private readonly database: Database,
  ) {}

  /** @throws AuthProviderNotFound, EmailInvalid, PasswordRefused, AccountNameInUse */
  async create(app: App, { email, password }: { email: string; password: string }): Promise<StoredUser> {
    const { config } = await this.configs.getActive(app, EMAIL);
    if (!isEmail(email)) throw new EmailInvalid();
    const emailKey = normaliseEmail(email);
    const id = new ObjectId().toHexString();
    const sealedSecret = await this.passwords.make(app, id, password);
    const identity = {
      key: identityKey(config.name, emailKey),
      id,
      provider: config.type,
      providerId: config._id,
      data: { email },
      sealedSecret,
    };
    return this.database.transaction(async (transaction) => {
      await this.registrations.giveWay(app, emailKey, transaction);
      return this.users.create(app, { identity }, transaction);
    });
  }
}
