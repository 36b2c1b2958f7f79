import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { MailLimit, MailRequestLimit } from '../../rate-limits/limits.js';
import { isEmail, normaliseEmail } from '../../users/email.js';
import type { ProviderConfig } from '../provider-config.model.js';
import { ProviderConfigsService, type ActiveProvider } from '../provider-configs.service.js';
import { ConfirmationsService } from './confirmations.service.js';
import {
  AutomaticallyConfirmed,
  ConfirmationByMail,
  EmailInvalid,
  RegistrationFailed,
  UserpassTokenInvalid,
} from './local-userpass.errors.js';
import { confirmationOf, settingsOf } from './local-userpass.settings.js';
import type { TokenPair } from './token-pair.js';
import { uniformly } from './uniform-answer.js';
import { UserpassFunctions } from './userpass-functions.js';

const EMAIL = 'local-userpass';
const NOBODY = '';

/** Apps that have a function confirm their registrations. */
@Injectable()
export class ConfirmationFunctionsService {
  constructor(
    private readonly confirmations: ConfirmationsService,
    private readonly configs: ProviderConfigsService,
    private readonly functions: UserpassFunctions,
    private readonly mailLimit: MailLimit,
    private readonly requestLimit: MailRequestLimit,
  ) {}

  /** Asks about a registration whose token is `pair`. @throws RegistrationFailed where the answer is no */
  async decide(
    app: App,
    config: ProviderConfig,
    { email, pair }: { email: string; pair: TokenPair },
    ip: string,
  ): Promise<void> {
    const { confirmationFunctionName: name, confirmationFunctionId: id } = settingsOf(config).config;
    const verdict = await this.functions.ask(app, { name, id }, [{ ...pair, username: email }]);
    if (verdict === 'fail') throw new RegistrationFailed(email);
    if (verdict === 'success') await this.#confirm(app, pair, ip);
  }

  /**
   * At the client's wish.
   *
   * @throws EmailInvalid, AutomaticallyConfirmed, ConfirmationByMail, TooManyRequests, UserNotFound, UserAlreadyConfirmed,
   *   RegistrationFailed
   */
  async callAgain(app: App, { config }: ActiveProvider, email: string, ip: string): Promise<void> {
    if (!isEmail(email)) throw new EmailInvalid();
    const settings = settingsOf(config);
    const confirmation = confirmationOf(settings);
    if (confirmation === 'automatic') throw new AutomaticallyConfirmed(email);
    if (confirmation === 'mail') throw new ConfirmationByMail();
    await this.requestLimit.charge(app.clientAppId, ip);
    await this.mailLimit.charge(app.clientAppId, normaliseEmail(email));
    await uniformly(settings.config.privacyMode === true, async () => {
      const renewed = await this.confirmations.renewToken(app, email);
      await this.decide(app, config, renewed, ip);
    });
  }

  /**
   * At an administrator's wish: whatever way the app has.
   *
   * @throws UserNotFound, UserAlreadyConfirmed, AuthProviderNotFound, AutomaticallyConfirmed, RegistrationFailed
   */
  async runAgain(app: App, email: string): Promise<TokenPair> {
    const { config } = await this.configs.getActive(app, EMAIL);
    const confirmation = confirmationOf(settingsOf(config));
    const typed = await this.confirmations.getWaiting(app, email);
    if (confirmation === 'automatic') throw new AutomaticallyConfirmed(typed.email);
    if (confirmation === 'mail') return this.confirmations.issueToken(app, email);
    const renewed = await this.confirmations.renewToken(app, email);
    await this.decide(app, config, renewed, NOBODY);
    return renewed.pair;
  }

  async #confirm(app: App, pair: TokenPair, ip: string): Promise<void> {
    try {
      await this.confirmations.confirmByToken(app, pair, ip);
    } catch (error) {
      // The function sent the token to somebody who was faster.
      if (!(error instanceof UserpassTokenInvalid)) throw error;
    }
  }
}
