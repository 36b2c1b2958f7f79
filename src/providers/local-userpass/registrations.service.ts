import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { bytesOf } from '../../database/bytes.js';
import { isDuplicateKey, MAX_TIME_MS } from '../../database/database.js';
import { HookRegistry } from '../../hooks/hook.registry.js';
import { identityKey } from '../../identities/identities.service.js';
import { UserCreationLimit } from '../../rate-limits/limits.js';
import { isEmail, normaliseEmail } from '../../users/email.js';
import { AccountNameInUse } from '../../users/users.errors.js';
import { UsersService } from '../../users/users.service.js';
import type { ActiveProvider } from '../provider-configs.service.js';
import { EmailInvalid, RegistrationFailed } from './local-userpass.errors.js';
import { confirmationOf, type LocalUserpassSettings } from './local-userpass.settings.js';
import { Passwords } from './passwords.js';
import { Registration } from './registration.model.js';

/** How long an unconfirmed registration waits, and how many of one address may. */
const WAITS_MS = 24 * 3_600_000;
const MOST_WAITING = 3;

/** Registers addresses, and hands them over to the user that the first login makes. */
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
   * @throws EmailInvalid, PasswordRefused, AccountNameInUse, TooManyRequests, LoginRefused, RegistrationFailed
   */
  async register(
    app: App,
    active: ActiveProvider,
    wanted: { email: string; password: string },
    ip: string,
  ): Promise<void> {
    const { email, password } = wanted;
    if (!isEmail(email)) throw new EmailInvalid();
    const confirmation = confirmationOf(active.config.settings as LocalUserpassSettings);
    // No function can be called yet, so none says "success".
    if (confirmation === 'function') throw new RegistrationFailed(email);
    await this.creationLimit.charge(app.clientAppId, ip);
    const identityId = new ObjectId().toHexString();
    const event = { clientAppId: app.clientAppId, provider: active.config.type, ip, email, identityId };
    await this.hooks.before('beforeRegistration', event);
    const now = this.clock.now();
    const registration: Registration = {
      _id: new ObjectId(),
      app: app._id,
      emailKey: normaliseEmail(email),
      email,
      identityId,
      sealedSecret: await this.passwords.make(app, identityId, password),
      createdAt: now,
      ...(confirmation === 'automatic' ? { confirmedAt: now } : { removeAt: new Date(now.getTime() + WAITS_MS) }),
    };
    await this.#insert(app, active.config.name, registration);
    await this.hooks.after('afterRegistration', event);
  }

  /** The confirmed one of an address, or else the newest that waits. */
  async find(app: App, emailKey: string): Promise<Registration | null> {
    const living = await this.findLiving(app, emailKey);
    return living.find(({ confirmedAt }) => confirmedAt !== undefined) ?? living[0] ?? null;
  }

  /** Newest first. */
  async findLiving(app: App, emailKey: string, transaction?: ClientSession): Promise<Registration[]> {
    const now = this.clock.now();
    const filter = { app: app._id, emailKey, $or: [{ removeAt: { $exists: false } }, { removeAt: { $gt: now } }] };
    const options = {
      sort: { _id: -1 },
      maxTimeMS: MAX_TIME_MS,
      ...(transaction ? { session: transaction } : {}),
    } as const;
    const found = (await this.registrations.collection.find(filter, options).toArray()) as unknown as Registration[];
    return found.map((each) => ({ ...each, sealedSecret: bytesOf(each.sealedSecret) }));
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
   * Takes unconfirmed registrations out of the way of a user who is made under their address.
   *
   * @throws AccountNameInUse where one is confirmed: it belongs to whoever logs in first
   */
  async giveWay(app: App, emailKey: string, transaction: ClientSession): Promise<void> {
    const waiting = await this.findLiving(app, emailKey, transaction);
    if (waiting.some(({ confirmedAt }) => confirmedAt !== undefined)) throw new AccountNameInUse();
    await this.registrations.collection.deleteMany({ app: app._id, emailKey }, { session: transaction });
  }

  /** Whatever waits under the addresses of these identity keys, as their user is deleted. */
  async removeOf(app: App, keys: readonly string[], transaction: ClientSession): Promise<void> {
    const emailKeys = keys.map((key) => key.slice(key.indexOf(':') + 1));
    const filter = { app: app._id, emailKey: { $in: emailKeys } };
    await this.registrations.collection.deleteMany(filter, { session: transaction });
  }

  async #insert(app: App, providerName: string, registration: Registration): Promise<void> {
    const { _id, emailKey, confirmedAt } = registration;
    try {
      await this.registrations.collection.insertOne(registration);
    } catch (error) {
      throw isDuplicateKey(error) ? new AccountNameInUse() : error;
    }
    // After the insert, not before: a first login takes its registration away and makes its user in one step, so whoever
    // could insert after it sees the user here.
    const owner = await this.users.findByIdentity(app, identityKey(providerName, emailKey));
    const others = (await this.findLiving(app, emailKey)).filter((other) => !other._id.equals(_id));
    if (owner || (!confirmedAt && others.some((other) => other.confirmedAt))) {
      await this.registrations.collection.deleteOne({ _id });
      throw new AccountNameInUse();
    }
    const waiting = others.filter((other) => !other.confirmedAt);
    // One that counts at once voids those that wait; of those that wait, the oldest make room.
    const obsolete = confirmedAt ? waiting : waiting.slice(MOST_WAITING - 1);
    if (obsolete.length === 0) return;
    const ids = obsolete.map((other) => other._id);
    await this.registrations.collection.deleteMany({ _id: { $in: ids }, confirmedAt: { $exists: false } });
  }
}
