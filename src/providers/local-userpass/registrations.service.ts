import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type Binary, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { isDuplicateKey, MAX_TIME_MS } from '../../database/database.js';
import { BadRequest } from '../../errors/errors.js';
import { HookRegistry } from '../../hooks/hook.registry.js';
import { identityKey } from '../../identities/identities.service.js';
import { UserCreationLimit } from '../../rate-limits/limits.js';
import { isEmail, normaliseEmail } from '../../users/email.js';
import { AccountNameInUse } from '../../users/users.errors.js';
import { UsersService } from '../../users/users.service.js';
import type { ActiveProvider } from '../provider-configs.service.js';
import { EmailInvalid } from './local-userpass.errors.js';
import type { LocalUserpassSettings } from './local-userpass.settings.js';
import { Passwords } from './passwords.js';
import { Registration } from './registration.model.js';

@Injectable()
export class RegistrationsService {
  constructor(
    @InjectModel(Registration.name) private readonly registrations: Model<Registration>,
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly hooks: HookRegistry,
    private readonly creationLimit: UserCreationLimit,
    private readonly clock: Clock,
  ) {}

  /**
   * Registers an address with its password. The user comes into being at the first login.
   *
   * @throws EmailInvalid, PasswordRefused, AccountNameInUse, TooManyRequests, LoginRefused
   */
  async register(
    app: App,
    active: ActiveProvider,
    wanted: { email: string; password: string },
    ip: string,
  ): Promise<void> {
    const { email, password } = wanted;
    if (!isEmail(email)) throw new EmailInvalid();
    const { config } = active.config.settings as LocalUserpassSettings;
    if (config.autoConfirm !== true) {
      throw new BadRequest('this app does not confirm new accounts automatically, which is all that is offered so far');
    }
    const event = { clientAppId: app.clientAppId, provider: active.config.type, ip, email };
    await this.creationLimit.charge(app.clientAppId, ip);
    await this.hooks.before('beforeRegistration', event);
    const identityId = new ObjectId().toHexString();
    const now = this.clock.now();
    const registration: Registration = {
      _id: new ObjectId(),
      app: app._id,
      emailKey: normaliseEmail(email),
      email,
      identityId,
      sealedSecret: await this.passwords.make(app, identityId, password),
      confirmedAt: now,
      createdAt: now,
    };
    await this.#insert(app, active.config.name, registration);
    await this.hooks.after('afterRegistration', event);
  }

  async find(app: App, emailKey: string): Promise<Registration | null> {
    const found = await this.registrations.collection.findOne({ app: app._id, emailKey }, { maxTimeMS: MAX_TIME_MS });
    if (!found) return null;
    const registration = found as unknown as Registration;
    const secret = registration.sealedSecret as Buffer | Binary;
    return { ...registration, sealedSecret: Buffer.from(secret.buffer as Uint8Array) };
  }

  /** Takes a registration away as its identity comes into being. @throws AccountNameInUse where another login was faster */
  async consume(registration: Registration, transaction: ClientSession): Promise<void> {
    const { deletedCount } = await this.registrations.collection.deleteOne(
      { _id: registration._id },
      { session: transaction },
    );
    if (deletedCount === 0) throw new AccountNameInUse();
  }

  /**
   * Takes an unconfirmed registration out of the way of a user who is made under its address.
   *
   * @throws AccountNameInUse where it is confirmed: it belongs to whoever logs in first
   */
  async giveWay(app: App, emailKey: string, transaction: ClientSession): Promise<void> {
    const waiting = await this.registrations.collection.findOne({ app: app._id, emailKey }, { session: transaction });
    if (!waiting) return;
    if ((waiting as unknown as Registration).confirmedAt) throw new AccountNameInUse();
    await this.registrations.collection.deleteOne({ _id: waiting._id }, { session: transaction });
  }

  /** Whatever waits under the addresses of these identity keys, as their user is deleted. */
  async removeOf(app: App, keys: readonly string[], transaction: ClientSession): Promise<void> {
    const emailKeys = keys.map((key) => key.slice(key.indexOf(':') + 1));
    const filter = { app: app._id, emailKey: { $in: emailKeys } };
    await this.registrations.collection.deleteMany(filter, { session: transaction });
  }

  async #insert(app: App, providerName: string, registration: Registration): Promise<void> {
    try {
      await this.registrations.collection.insertOne(registration);
    } catch (error) {
      throw isDuplicateKey(error) ? new AccountNameInUse() : error;
    }
    // After the insert, not before: a first login takes its registration away and makes its user in one step, so whoever
    // could insert after it sees the user here.
    const owner = await this.users.findByIdentity(app, identityKey(providerName, registration.emailKey));
    if (!owner) return;
    await this.registrations.collection.deleteOne({ _id: registration._id });
    throw new AccountNameInUse();
  }
}
