import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession, type Document } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { bytesOf } from '../../database/bytes.js';
import { Database, isDuplicateKey, MAX_TIME_MS } from '../../database/database.js';
import { HookRegistry } from '../../hooks/hook.registry.js';
import { identityKey } from '../../identities/identities.service.js';
import { MailService } from '../../mail/mail.service.js';
import { OutboxService } from '../../mail/outbox.service.js';
import { deviceKind } from '../../mail/templates/device-kind.js';
import { localeOf } from '../../mail/templates/locale.js';
import { MailLimit, UserCreationLimit } from '../../rate-limits/limits.js';
import { isEmail, normaliseEmail } from '../../users/email.js';
import { AccountNameInUse } from '../../users/users.errors.js';
import { UsersService } from '../../users/users.service.js';
import type { ProviderConfig } from '../provider-config.model.js';
import type { ActiveProvider } from '../provider-configs.service.js';
import { EmailInvalid } from './local-userpass.errors.js';
import { confirmationOf, settingsOf } from './local-userpass.settings.js';
import { Passwords } from './passwords.js';
import { Registration } from './registration.model.js';
import type { Requester } from './requester.js';
import { makePair, type TokenPair } from './token-pair.js';
import { confirmationTopic, UserpassMails } from './userpass-mails.service.js';

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
    private readonly database: Database,
    private readonly mail: MailService,
    private readonly outbox: OutboxService,
    private readonly mails: UserpassMails,
    private readonly hooks: HookRegistry,
    private readonly creationLimit: UserCreationLimit,
    private readonly mailLimit: MailLimit,
    private readonly clock: Clock,
  ) {}

  /**
   * Registers an address with its password. The user comes into being at the first login. Where the app confirms by mail, the
   * mail is written with the registration.
   *
   * @returns the token of one that waits
   * @throws EmailInvalid, PasswordRefused, AccountNameInUse, TooManyRequests, LoginRefused
   */
  async register(
    app: App,
    active: ActiveProvider,
    { email, password }: { email: string; password: string },
    requester: Requester,
  ): Promise<TokenPair | undefined> {
    if (!isEmail(email)) throw new EmailInvalid();
    const confirmation = confirmationOf(settingsOf(active.config));
    const { ip } = requester;
    await this.creationLimit.charge(app.clientAppId, ip);
    if (confirmation !== 'automatic') await this.mailLimit.charge(app.clientAppId, normaliseEmail(email));
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
    const pair =
      confirmation === 'automatic'
        ? await this.#insert(registration)
        : await this.#insertWaiting(app, active.config, registration, requester);
    await this.#settle(app, active.config.name, registration);
    await this.hooks.after('afterRegistration', event);
    return pair;
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
  async consume({ _id, sealedSecret }: Registration, transaction: ClientSession): Promise<void> {
    // With the password that was checked: a reset at the same time wins.
    const { deletedCount } = await this.registrations.collection.deleteOne(
      { _id, sealedSecret },
      { session: transaction },
    );
    if (deletedCount === 0) throw new AccountNameInUse();
  }

  /**
   * Another password for a confirmed one.
   *
   * @param isByMail whether it was chosen by whoever answered a mail to the address
   * @returns false where there is none (any more)
   */
  async setSecret(
    app: App,
    identityId: string,
    { sealedSecret, isByMail }: { sealedSecret: Buffer; isByMail: boolean },
    transaction: ClientSession,
  ): Promise<boolean> {
    const filter = { app: app._id, identityId, confirmedAt: { $exists: true } };
    const { matchedCount } = await this.registrations.collection.updateOne(
      filter,
      { $set: { sealedSecret, ...(isByMail ? { isByMail } : {}) } },
      { session: transaction },
    );
    return matchedCount > 0;
  }

  /**
   * Takes unconfirmed registrations out of the way of a user who is made under their address.
   *
   * @throws AccountNameInUse where one is confirmed: it belongs to whoever logs in first
   */
  async giveWay(app: App, emailKey: string, transaction: ClientSession): Promise<void> {
    const waiting = await this.findLiving(app, emailKey, transaction);
    if (waiting.some(({ confirmedAt }) => confirmedAt !== undefined)) throw new AccountNameInUse();
    await this.remove(app, { emailKey }, transaction);
  }

  /** Whatever waits under the addresses of these identity keys, as their user is deleted. */
  async removeOf(app: App, keys: readonly string[], transaction: ClientSession): Promise<void> {
    const emailKeys = keys.map((key) => key.slice(key.indexOf(':') + 1));
    await this.remove(app, { emailKey: { $in: emailKeys } }, transaction);
  }

  /** With their mails that wait. @returns how many there were */
  async remove(app: App, filter: Document, transaction: ClientSession): Promise<number> {
    const options = { session: transaction, projection: { _id: 1 } };
    const found = await this.registrations.collection.find({ ...filter, app: app._id }, options).toArray();
    const ids = found.map(({ _id }) => _id);
    if (ids.length === 0) return 0;
    const { deletedCount } = await this.registrations.collection.deleteMany(
      { ...filter, _id: { $in: ids } },
      { session: transaction },
    );
    const topics = ids.map((id) => confirmationTopic(id.toHexString()));
    await this.outbox.withdraw(app._id, topics, transaction);
    return deletedCount;
  }

  async #insert(registration: Registration): Promise<undefined> {
    try {
      await this.registrations.collection.insertOne(registration);
    } catch (error) {
      throw isDuplicateKey(error) ? new AccountNameInUse() : error;
    }
  }

  async #insertWaiting(
    app: App,
    config: ProviderConfig,
    registration: Registration,
    { userAgent, acceptLanguage }: Requester,
  ): Promise<TokenPair> {
    // Nobody who has an account is sent a mail that is of no use. What decides is `#settle`.
    if (await this.#isTaken(app, config.name, registration.emailKey)) throw new AccountNameInUse();
    const { _id, email, createdAt } = registration;
    const device = deviceKind(userAgent);
    const locale = localeOf(acceptLanguage, app.mailLocale);
    const { pair, stored } = makePair(createdAt);
    const occasion = { email, requestedAt: createdAt, locale, device, pair, expiresAt: stored.tokenExpiresAt };
    const isByMail = confirmationOf(settingsOf(config)) === 'mail';
    const letters = isByMail ? [this.mails.confirmation(app, config, _id.toHexString(), occasion)] : [];
    const record = { ...registration, ...stored, isByMail, locale, ...(device === undefined ? {} : { device }) };
    await this.mail.post(app._id, async (transaction) => {
      await this.registrations.collection.insertOne(record, { session: transaction });
      return { letters, result: undefined };
    });
    return pair;
  }

  async #isTaken(app: App, providerName: string, emailKey: string): Promise<boolean> {
    // Both, also where the first would do: how much is asked tells nothing of the address.
    const [owner, registration] = await Promise.all([
      this.users.findByIdentity(app, identityKey(providerName, emailKey)),
      this.find(app, emailKey),
    ]);
    return owner !== null || registration?.confirmedAt !== undefined;
  }

  /**
   * After the insert, not before: a first login takes its registration away and makes its user in one step, so whoever could
   * insert after it sees the user here.
   */
  async #settle(app: App, providerName: string, { _id, emailKey, confirmedAt }: Registration): Promise<void> {
    const owner = await this.users.findByIdentity(app, identityKey(providerName, emailKey));
    const others = (await this.findLiving(app, emailKey)).filter((other) => !other._id.equals(_id));
    if (owner || (!confirmedAt && others.some((other) => other.confirmedAt))) {
      await this.database.transaction((transaction) => this.remove(app, { _id }, transaction));
      throw new AccountNameInUse();
    }
    const waiting = others.filter((other) => !other.confirmedAt);
    // One that counts at once voids those that wait; of those that wait, the oldest make room.
    const obsolete = confirmedAt ? waiting : waiting.slice(MOST_WAITING - 1);
    if (obsolete.length === 0) return;
    const filter = { _id: { $in: obsolete.map((other) => other._id) }, confirmedAt: { $exists: false } };
    await this.database.transaction((transaction) => this.remove(app, filter, transaction));
  }
}
