import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { isLoopbackHost } from '../../common/address.js';
import { FunctionsService, type FunctionReference } from '../../functions/functions.service.js';
import { MailService } from '../../mail/mail.service.js';
import { AddressNotPublic } from '../../outbound/outbound.errors.js';
import { Outbound } from '../../outbound/outbound.js';
import { tried, type Trial } from '../trial.js';
import { confirmationOf, type LocalUserpassSettings } from './local-userpass.settings.js';
import { PasswordPolicyService } from './password-policy.service.js';
import { isPage } from './userpass-mails.service.js';

/** What somebody who registers, or forgot a password, would stumble over. */
@Injectable()
export class UserpassTrials {
  constructor(
    private readonly functions: FunctionsService,
    private readonly mail: MailService,
    private readonly outbound: Outbound,
    private readonly policy: PasswordPolicyService,
  ) {}

  async run(app: App, settings: LocalUserpassSettings): Promise<Trial[]> {
    const { config } = settings;
    const confirmation = confirmationOf(settings);
    const trials: Promise<Trial>[] = [];
    if (confirmation === 'automatic') trials.push(Promise.resolve(AUTOMATIC));
    if (confirmation === 'function') {
      const { confirmationFunctionName: name, confirmationFunctionId: id } = config;
      trials.push(this.#function(app, 'confirmation', { name, id }));
    }
    if (confirmation === 'mail') trials.push(this.#page('confirmation page', config.emailConfirmationUrl));
    if (config.runResetFunction === true) {
      trials.push(this.#function(app, 'reset', { name: config.resetFunctionName, id: config.resetFunctionId }));
    } else {
      trials.push(this.#page('reset page', config.resetPasswordUrl));
    }
    if (confirmation === 'mail' || config.runResetFunction !== true) trials.push(this.#mail());
    if (config.passwordPolicy?.refuseBreached === true) {
      trials.push(tried('breached passwords', async () => void (await this.policy.lookUp('password'))));
    }
    return Promise.all(trials);
  }

  #function(app: App, which: string, reference: FunctionReference): Promise<Trial> {
    const what = `${which} function '${reference.name || (reference.id ?? '')}'`;
    return tried(what, () => this.functions.problemWith(app, reference));
  }

  /** Where a mail leads. The page is opened without a token, as nobody's. */
  #page(what: string, url: string | null | undefined): Promise<Trial> {
    return tried(what, async () => {
      if (!url) return { note: 'a page of Latchkey' };
      if (!isPage(url)) return 'this is no address of a page: the mail leads to a page of Latchkey instead';
      const { protocol, hostname } = new URL(url);
      if (protocol === 'http:' && !isLoopbackHost(hostname)) {
        return 'the address must begin with https://: whoever listens could use the link';
      }
      if (!/^https?:$/.test(protocol)) return { note: `opens what is installed for ${protocol} and cannot be tried` };
      try {
        const status = await this.outbound.statusOf(url);
        return status >= 400 ? `the page answered with status ${status}` : undefined;
      } catch (error) {
        // A page for the people inside, which is no place for a server to knock.
        if (error instanceof AddressNotPublic) return { note: `not tried: ${error.reason}` };
        throw error;
      }
    });
  }

  #mail(): Promise<Trial> {
    return tried('mail', async () => {
      if (!this.mail.delivers) return { note: 'no SMTP server is set: mails stay in the inbox of the app' };
      return this.mail.findProblem();
    });
  }
}

const AUTOMATIC: Trial = {
  what: 'confirmation',
  note: 'new accounts count at once: nobody shows that the address is theirs',
};
