import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession, type Document } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { Database, isDuplicateKey, MAX_TIME_MS } from '../../database/database.js';
import { HookRegistry } from '../../hooks/hook.registry.js';
import { identityKey } from '../../identities/identities.service.js';
import type { Letter } from '../../mail/mail.js';
import { MailService } from '../../mail/mail.service.js';
import { OutboxService } from '../../mail/outbox.service.js';
import { MailLimit, MailRequestLimit } from '../../rate-limits/limits.js';
import { isEmail, normaliseEmail } from '../../users/email.js';
import { UserNotFound } from '../../users/users.errors.js';
import { UsersService } from '../../users/users.service.js';
import type { ProviderConfig } from '../provider-config.model.js';
import { ProviderConfigsService, type ActiveProvider } from '../provider-configs.service.js';
import { AuthProviderNotFound } from '../providers.errors.js';
import {
  ConfirmationByFunction,
  EmailInvalid,
  UserAlreadyConfirmed,
  UserpassTokenInvalid,
} from './local-userpass.errors.js';
import { confirmationOf, settingsOf } from './local-userpass.settings.js';
import { Registration } from './registration.model.js';
import { RegistrationsService } from './registrations.service.js';
import { makePair, pairFilter, type TokenPair } from './token-pair.js';
import { uniformly } from './uniform-answer.js';
import { confirmationTopic, UserpassMails } from './userpass-mails.service.js';

const EMAIL = 'local-userpass';

/** Of a registration, what a mail needs. */
type Addressee = Pick<Registration, '_id' | 'email' | 'createdAt' | 'locale' | 'device'>;

interface Renewed {
  pair: TokenPair;
  expiresAt: Date;
}

/** Turns a registration that waits into one that counts: by a token, or by an administrator's word. */
@Injectable()
export class ConfirmationsService {
  constructor(
    @InjectModel(Registration.name) private readonly registrations: Model<Registration>,
    private readonly service: RegistrationsService,
    private readonly configs: ProviderConfigsService,
    private readonly users: UsersService,
    private readonly mail: MailService,
    private readonly outbox: OutboxService,
    private readonly mails: UserpassMails,
    private readonly mailLimit: MailLimit,
    private readonly requestLimit: MailRequestLimit,
    private readonly database: Database,
    private readonly hooks: HookRegistry,
    private readonly clock: Clock,
  ) {}

  /** Works once. @throws UserpassTokenInvalid when it is used, too old or unknown */
  async confirmByToken(app: App, pair: TokenPair, ip: string): Promise<void> {
    const confirmed = await this.#confirm(app, { app: app._id, ...pairFilter(pair, this.clock.now()) });
    if (!confirmed) throw new UserpassTokenInvalid();
    const { identityId } = confirmed;
    await this.hooks.after('afterConfirmation', { clientAppId: app.clientAppId, provider: EMAIL, ip, identityId });
  }

  /** An administrator's word: the newest registration of the address counts. @throws UserNotFound, UserAlreadyConfirmed */
  async confirmByEmail(app: App, email: string): Promise<void> {
    const { _id } = await this.getWaiting(app, email);
    if (!(await this.#confirm(app, { _id, app: app._id }, { isByMail: 1 }))) throw new UserAlreadyConfirmed();
  }

  /** Uses nothing up. @throws UserpassTokenInvalid when it is used, too old or unknown */
  async look(app: App, pair: TokenPair): Promise<{ email: string }> {
    const filter = { app: app._id, ...pairFilter(pair, this.clock.now()), confirmedAt: { $exists: false } };
    const options = { projection: { email: 1 }, maxTimeMS: MAX_TIME_MS };
    const found = await this.registrations.collection.findOne(filter, options);
    if (!found) throw new UserpassTokenInvalid();
    return { email: String(found['email']) };
  }

  /**
   * One mail for each registration of the address that waits, each with a new token: whoever has the mailbox chooses whose
   * password counts.
   *
   * @throws EmailInvalid, ConfirmationByFunction, TooManyRequests, UserNotFound, UserAlreadyConfirmed
   */
  async resend(app: App, { config }: ActiveProvider, email: string, ip: string): Promise<void> {
    if (!isEmail(email)) throw new EmailInvalid();
    // A link in a mail would be a way around the function.
    if (confirmationOf(settingsOf(config)) === 'function') throw new ConfirmationByFunction();
    await this.requestLimit.charge(app.clientAppId, ip);
    await this.mailLimit.charge(app.clientAppId, normaliseEmail(email));
    await uniformly(
      settingsOf(config).config.privacyMode === true,
      async () => {
        const waiting = await this.#listWaiting(app, email);
        await this.mail.post(app._id, async (transaction) => {
          const letters: Letter[] = [];
          for (const each of waiting) letters.push((await this.#renewWithMail(app, config, each, transaction)).letter);
          return { letters, result: undefined };
        });
      },
      () => this.#rehearse(app, config, email),
    );
  }

  /** A mail about a registration that nobody made. */
  #rehearse(app: App, config: ProviderConfig, email: string): Promise<void> {
    const nobody = { _id: new ObjectId(), email, createdAt: this.clock.now() };
    return this.mail.rehearse(app._id, async (transaction) => {
      const renewed = await this.#writeToken(app, nobody, true, transaction);
      return { letters: [this.#letterOf(app, config, nobody, renewed)], result: undefined };
    });
  }

  /**
   * A new token for the newest registration of the address, which is mailed too; an earlier one is void.
   *
   * @throws AuthProviderNotFound, UserNotFound, UserAlreadyConfirmed
   */
  async issueToken(app: App, email: string): Promise<TokenPair> {
    const config = await this.configs.findByName(app, EMAIL);
    if (!config) throw new AuthProviderNotFound(EMAIL);
    const newest = await this.getWaiting(app, email);
    return this.mail.post(app._id, async (transaction) => {
      const { letter, pair } = await this.#renewWithMail(app, config, newest, transaction);
      return { letters: [letter], result: pair };
    });
  }

  /** The same without a mail, for a function that decides. @throws UserNotFound, UserAlreadyConfirmed */
  async renewToken(app: App, email: string): Promise<{ email: string; pair: TokenPair }> {
    const newest = await this.getWaiting(app, email);
    return this.database.transaction(async (transaction) => {
      const { pair } = await this.#renew(app, newest, false, transaction);
      return { email: newest.email, pair };
    });
  }

  /** Those that have no user yet, oldest first. */
  async listPending(
    app: App,
    { after, limit }: { after?: ObjectId | undefined; limit: number },
  ): Promise<Registration[]> {
    const filter = {
      app: app._id,
      ...(after ? { _id: { $gt: after } } : {}),
      $or: [{ removeAt: { $exists: false } }, { removeAt: { $gt: this.clock.now() } }],
    };
    const options = { sort: { _id: 1 }, limit, maxTimeMS: MAX_TIME_MS, hint: 'app_1__id_1' } as const;
    return (await this.registrations.collection.find(filter, options).toArray()) as unknown as Registration[];
  }

  /** @returns null where it has ended, or has become a user */
  async findPending(app: App, id: ObjectId): Promise<Registration | null> {
    const found = await this.registrations.collection.findOne({ _id: id, app: app._id }, { maxTimeMS: MAX_TIME_MS });
    return found as unknown as Registration | null;
  }

  /** All of the address. @throws UserNotFound */
  async deleteByEmail(app: App, email: string): Promise<void> {
    await this.#delete(app, { emailKey: normaliseEmail(email) });
  }

  /** @throws UserNotFound */
  async deleteById(app: App, id: ObjectId): Promise<void> {
    await this.#delete(app, { _id: id });
  }

  /** One step: it is confirmed, its token is spent, and the others of its address are void. */
  async #confirm(app: App, filter: Document, $unset: Document = {}): Promise<Registration | null> {
    try {
      return await this.database.transaction((transaction) => this.#confirmIn(app, filter, $unset, transaction));
    } catch (error) {
      // Another registration of the address was confirmed at the same time.
      if (isDuplicateKey(error)) return null;
      throw error;
    }
  }

  async #confirmIn(
    app: App,
    filter: Document,
    $unset: Document,
    transaction: ClientSession,
  ): Promise<Registration | null> {
    const confirmed = await this.registrations.collection.findOneAndUpdate(
      { ...filter, confirmedAt: { $exists: false } },
      {
        $set: { confirmedAt: this.clock.now() },
        $unset: { tokenId: 1, tokenHash: 1, tokenExpiresAt: 1, removeAt: 1, ...$unset },
      },
      { session: transaction, returnDocument: 'after' },
    );
    if (!confirmed) return null;
    const registration = confirmed as unknown as Registration;
    const { _id, emailKey } = registration;
    await this.service.remove(app, { emailKey, _id: { $ne: _id } }, transaction);
    await this.outbox.withdraw(app._id, [confirmationTopic(_id.toHexString())], transaction);
    return registration;
  }

  async #renewWithMail(
    app: App,
    config: ProviderConfig,
    registration: Registration,
    transaction: ClientSession,
  ): Promise<{ letter: Letter; pair: TokenPair }> {
    const renewed = await this.#renew(app, registration, true, transaction);
    return { letter: this.#letterOf(app, config, registration, renewed), pair: renewed.pair };
  }

  #letterOf(app: App, config: ProviderConfig, to: Addressee, { pair, expiresAt }: Renewed): Letter {
    const { _id, email, createdAt, locale = 'en', device } = to;
    const occasion = { email, requestedAt: createdAt, locale, device, pair, expiresAt };
    return this.mails.confirmation(app, config, _id.toHexString(), occasion);
  }

  /** @throws UserAlreadyConfirmed where it was confirmed meanwhile */
  async #renew(app: App, registration: Registration, isByMail: boolean, transaction: ClientSession): Promise<Renewed> {
    const renewed = await this.#writeToken(app, registration, isByMail, transaction);
    if (!renewed.found) throw new UserAlreadyConfirmed();
    return renewed;
  }

  async #writeToken(
    app: App,
    { _id }: Addressee,
    isByMail: boolean,
    transaction: ClientSession,
  ): Promise<Renewed & { found: boolean }> {
    const { pair, stored } = makePair(this.clock.now());
    const filter = { _id, app: app._id, confirmedAt: { $exists: false } };
    const options = { session: transaction };
    const { matchedCount } = await this.registrations.collection.updateOne(
      filter,
      { $set: { ...stored, isByMail } },
      options,
    );
    return { pair, expiresAt: stored.tokenExpiresAt, found: matchedCount > 0 };
  }

  /** The newest that waits. @throws UserNotFound, UserAlreadyConfirmed */
  async getWaiting(app: App, email: string): Promise<Registration> {
    const [newest] = await this.#listWaiting(app, email);
    return newest!;
  }

  /** Newest first, and one at least. @throws UserNotFound, UserAlreadyConfirmed */
  async #listWaiting(app: App, email: string): Promise<Registration[]> {
    const emailKey = normaliseEmail(email);
    const [living, owner] = await Promise.all([
      this.service.findLiving(app, emailKey),
      this.users.findByIdentity(app, identityKey(EMAIL, emailKey)),
    ]);
    if (living.some(({ confirmedAt }) => confirmedAt)) throw new UserAlreadyConfirmed();
    if (living.length > 0) return living;
    throw owner ? new UserAlreadyConfirmed() : new UserNotFound();
  }

  async #delete(app: App, filter: Document): Promise<void> {
    const removed = await this.database.transaction((transaction) => this.service.remove(app, filter, transaction));
    if (removed === 0) throw new UserNotFound();
  }
}
