import type { Mail } from './mail.js';

/** The receiving side will never take this mail: trying again is of no use. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/**
 * Hands a mail over to whoever carries it. Extend it for a service that takes no SMTP, and register it from your module's
 * constructor with `MailerRegistry`.
 */
export abstract class Mailer {
  /** False where mails go nowhere: then an administrator reads them in the inbox. */
  abstract readonly delivers: boolean;

  /**
   * Resolves when it was taken over.
   *
   * @param id the same each time that a mail is tried, so that a second copy can be told
   * @throws MailRefused for what no later try changes, anything else for what one may. Messages name no recipient.
   */
  abstract send(mail: Mail, id: string): Promise<void>;

  /** Tries what can be tried without a mail. @returns what would stand in the way of one, in words for an administrator */
  async findProblem(): Promise<string | undefined> {
    return undefined;
  }
}

/** Where no SMTP server is set. */
export class NoMailer extends Mailer {
  readonly delivers = false;

  async send(): Promise<void> {
    throw new Error('no SMTP server is set');
  }
}
