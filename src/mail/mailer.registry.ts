import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { Mail } from './mail.js';
import { Mailer, NoMailer } from './mailer.js';
import { SmtpMailer } from './smtp.mailer.js';

/** The mailer in use: what a module registered, or else what the settings say. */
@Injectable()
export class MailerRegistry extends Mailer {
  readonly #ofSettings: Mailer;
  #registered: Mailer | undefined;

  constructor({ smtpUrl, mailFrom }: Config) {
    super();
    this.#ofSettings =
      smtpUrl !== undefined && mailFrom !== undefined ? new SmtpMailer(smtpUrl, mailFrom) : new NoMailer();
  }

  /** @throws when there is one already, naming both classes: the start ends there */
  register(mailer: Mailer): void {
    const taken = this.#registered;
    if (taken) throw new Error(`there is a mailer already: ${taken.constructor.name} and ${mailer.constructor.name}`);
    this.#registered = mailer;
  }

  get delivers(): boolean {
    return this.#current.delivers;
  }

  send(mail: Mail, id: string): Promise<void> {
    return this.#current.send(mail, id);
  }

  override findProblem(): Promise<string | undefined> {
    return this.#current.findProblem();
  }

  get #current(): Mailer {
    return this.#registered ?? this.#ofSettings;
  }
}
