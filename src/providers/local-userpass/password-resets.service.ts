import { Injectable } from '@nestjs/common';
import { ObjectId, type ClientSession } from 'mongodb';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { Database, isDuplicateKey } from '../../database/database.js';
import { HookRegistry } from '../../hooks/hook.registry.js';
import { identityKey } from '../../identities/identities.service.js';
import { MailService } from '../../mail/mail.service.js';
import { deviceKind } from '../../mail/templates/device-kind.js';
import { localeOf } from '../../mail/templates/locale.js';
import { LoginFailureLimit, MailLimit, MailRequestLimit } from '../../rate-limits/limits.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { isEmail, normaliseEmail } from '../../users/email.js';
import { UserNotFound } from '../../users/users.errors.js';
import { UsersService, type StoredUser } from '../../users/users.service.js';
import type { ProviderConfig } from '../provider-config.model.js';
import { ProviderConfigsService, type ActiveProvider } from '../provider-configs.service.js';
import {
  EmailInvalid,
  NoEmailIdentity,
  ResetByFunction,
  ResetByMail,
  ResetFailed,
  UserpassTokenInvalid,
} from './local-userpass.errors.js';
import { settingsOf } from './local-userpass.settings.js';
import { PasswordPolicyService } from './password-policy.service.js';
import type { PasswordReset } from './password-reset.model.js';
import { Passwords } from './passwords.js';
import { RegistrationsService } from './registrations.service.js';
import type { Requester } from './requester.js';
import { ResetTokensService } from './reset-tokens.service.js';
import { makePair, type TokenPair } from './token-pair.js';
import { uniformly } from './uniform-answer.js';
import { UserpassFunctions } from './userpass-functions.js';
import { UserpassMails } from './userpass-mails.service.js';

/** Whose password it is: of a user, or of a confirmed registration that has not logged in yet. */
interface Account {
  identityId: string;
  emailKey: string;
  email: string;
}

const EMAIL = 'local-userpass';

/** New passwords for people who forgot theirs: a mail with a link, and what is behind the link. */
@Injectable()
export class PasswordResetsService {
  constructor(
    private readonly tokens: ResetTokensService,
    private readonly users: UsersService,
    private readonly registrations: RegistrationsService,
    private readonly passwords: Passwords,
    private readonly policy: PasswordPolicyService,
    private readonly configs: ProviderConfigsService,
    private readonly sessions: SessionsService,
    private readonly mail: MailService,
    private readonly mails: UserpassMails,
    private readonly functions: UserpassFunctions,
    private readonly mailLimit: MailLimit,
    private readonly requestLimit: MailRequestLimit,
    private readonly failures: LoginFailureLimit,
    private readonly database: Database,
    private readonly hooks: HookRegistry,
    private readonly clock: Clock,
  ) {}

  /** @throws EmailInvalid, ResetByFunction, TooManyRequests, UserNotFound (but in the app's privacy mode) */
  async send(app: App, { config }: ActiveProvider, email: string, requester: Requester): Promise<void> {
    const { config: settings } = settingsOf(config);
    if (settings.runResetFunction === true) throw new ResetByFunction();
    if (!isEmail(email)) throw new EmailInvalid();
    await this.requestLimit.charge(app.clientAppId, requester.ip);
    await this.mailLimit.charge(app.clientAppId, normaliseEmail(email));
    const emailKey = normaliseEmail(email);
    await uniformly(
      settings.privacyMode === true,
      async () => {
        const account = await this.#accountOf(app, config.name, emailKey);
        if (!account) throw new UserNotFound();
        await this.#post(app, config, account, requester);
      },
      () => {
        const nobody = { identityId: new ObjectId().toHexString(), emailKey, email };
        return this.mail.rehearse(app._id, this.#writing(app, config, nobody, requester));
      },
    );
  }

  /**
   * Has the app's function decide about a new password: it counts at once, or when the token that the function was given is
   * sent to `reset`.
   *
   * @throws ResetByMail, EmailInvalid, PasswordRefused, TooManyRequests, ResetFailed, UserNotFound (but in privacy mode)
   */
  async call(
    app: App,
    { config }: ActiveProvider,
    wanted: { email: string; password: string; args: readonly unknown[] },
    requester: Requester,
  ): Promise<void> {
    const { config: settings } = settingsOf(config);
    if (settings.runResetFunction !== true) throw new ResetByMail();
    const { email, password, args } = wanted;
    if (!isEmail(email)) throw new EmailInvalid();
    await this.requestLimit.charge(app.clientAppId, requester.ip);
    await this.mailLimit.charge(app.clientAppId, normaliseEmail(email));
    await this.policy.check(app, password);
    await uniformly(settings.privacyMode === true, async () => {
      const account = await this.#accountOf(app, config.name, normaliseEmail(email));
      if (!account) throw new UserNotFound();
      const { identityId, emailKey } = account;
      const { pair, stored } = makePair(this.clock.now());
      await this.database.transaction((transaction) =>
        this.tokens.keep(app, { identityId, emailKey, isByMail: false }, stored, transaction),
      );
      const asked = { ...pair, username: account.email, email: account.email, password };
      const reference = { name: settings.resetFunctionName, id: settings.resetFunctionId };
      const verdict = await this.functions.ask(app, reference, [asked, ...args]);
      if (verdict === 'success') return this.complete(app, pair, password, requester);
      if (verdict === 'pending') return;
      await this.database.transaction((transaction) => this.tokens.void(app, [identityId], transaction));
      throw new ResetFailed(email);
    });
  }

  /** In place of an answer to whoever registers an address that is taken. */
  async sendTaken(app: App, { config }: ActiveProvider, email: string, requester: Requester): Promise<void> {
    const account = await this.#accountOf(app, config.name, normaliseEmail(email));
    if (account) await this.#post(app, config, account, requester, true);
  }

  /** At an administrator's wish. @throws UserNotFound, NoEmailIdentity */
  async sendTo(app: App, userId: ObjectId): Promise<void> {
    const account = accountIn(await this.users.get(app, userId));
    const config = await this.configs.findByName(app, EMAIL);
    if (!account || !config) throw new NoEmailIdentity();
    await this.#post(app, config, account, { ip: '' });
  }

  /** Whether a token can still be used. Looking uses nothing up. @throws UserpassTokenInvalid */
  async look(app: App, pair: TokenPair): Promise<{ email: string }> {
    const { emailKey, identityId } = await this.tokens.look(app, pair);
    const account = await this.#accountOf(app, EMAIL, emailKey);
    if (account?.identityId !== identityId) throw new UserpassTokenInvalid();
    return { email: account.email };
  }

  /**
   * Sets the password, and ends every session of the user with the same commit. A password that is refused leaves the token
   * as it is.
   *
   * @throws UserpassTokenInvalid, PasswordRefused, TooManyRequests
   */
  async complete(app: App, pair: TokenPair, password: string, requester: Requester): Promise<void> {
    const { identityId, emailKey, isByMail = false } = await this.#look(app, pair, requester.ip);
    const sealedSecret = await this.passwords.make(app, identityId, password);
    const userId = await this.database.transaction(async (transaction) => {
      await this.tokens.spend(app, pair, transaction);
      const owner = await this.users.findByIdentity(app, identityKey(EMAIL, emailKey), transaction);
      if (owner && (await this.users.setSecret(app, owner._id, identityId, sealedSecret, transaction))) {
        await this.sessions.end(app, { user: owner._id }, 'revoked', transaction);
        return owner._id;
      }
      const waits = await this.registrations.setSecret(app, identityId, { sealedSecret, isByMail }, transaction);
      // It was deleted, or has another address by now.
      if (!waits) throw new UserpassTokenInvalid();
      return undefined;
    });
    if (userId) this.sessions.forget(userId);
    await this.hooks.after('afterPasswordReset', {
      clientAppId: app.clientAppId,
      provider: EMAIL,
      ip: requester.ip,
      userAgent: requester.userAgent,
      identityId,
      email: emailKey,
      byMail: isByMail,
      userId: userId?.toHexString(),
    });
  }

  /** Guesses at tokens count as failed logins of the address do. */
  async #look(app: App, pair: TokenPair, ip: string): Promise<PasswordReset> {
    try {
      return await this.tokens.look(app, pair);
    } catch (error) {
      if (error instanceof UserpassTokenInvalid) await this.failures.charge(app.clientAppId, ip);
      throw error;
    }
  }

  async #accountOf(app: App, providerName: string, emailKey: string): Promise<Account | undefined> {
    // Both, also where the first would do: how much is asked tells nothing of the address. In this order: a first login that
    // makes the user of a registration meanwhile leaves one of them to be found.
    const registration = await this.registrations.find(app, emailKey);
    const owner = await this.users.findByIdentity(app, identityKey(providerName, emailKey));
    if (owner) return accountIn(owner);
    if (!registration?.confirmedAt) return undefined;
    return { identityId: registration.identityId, emailKey, email: registration.email };
  }

  async #post(app: App, config: ProviderConfig, account: Account, requester: Requester, taken = false): Promise<void> {
    const write = this.#writing(app, config, account, requester, taken);
    try {
      await this.mail.post(app._id, write);
    } catch (error) {
      // Two at once: the second one takes the place of the first.
      if (!isDuplicateKey(error)) throw error;
      await this.mail.post(app._id, write);
    }
  }

  /** A token, and the mail with it. */
  #writing(app: App, config: ProviderConfig, account: Account, requester: Requester, taken = false) {
    const { identityId, emailKey, email } = account;
    const requestedAt = this.clock.now();
    const { pair, stored } = makePair(requestedAt);
    const locale = localeOf(requester.acceptLanguage, app.mailLocale);
    const device = deviceKind(requester.userAgent);
    const occasion = { email, requestedAt, locale, device, pair, expiresAt: stored.tokenExpiresAt };
    const letter = this.mails.reset(app, config, identityId, occasion, taken);
    return async (transaction: ClientSession) => {
      await this.tokens.keep(app, { identityId, emailKey, isByMail: true }, stored, transaction);
      return { letters: [letter], result: undefined };
    };
  }
}

function accountIn({ identities }: StoredUser): Account | undefined {
  const identity = identities.find(({ provider }) => provider === EMAIL);
  if (!identity) return undefined;
  const emailKey = identity.key.slice(identity.key.indexOf(':') + 1);
  return { identityId: identity.id, emailKey, email: identity.data['email'] ?? emailKey };
}
