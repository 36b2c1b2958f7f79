import type { Transporter } from 'nodemailer';
import { isLoopbackHost } from '../common/address.js';
import type { Mail } from './mail.js';
import { Mailer, MailRefused } from './mailer.js';

const TIMEOUTS = { connectionTimeout: 8_000, greetingTimeout: 8_000, socketTimeout: 15_000, dnsTimeout: 5_000 };
const ABOUT_THIS_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);

/** Sends by SMTP. A password is sent over TLS only, unless the server is on this machine. */
export class SmtpMailer extends Mailer {
  readonly delivers = true;
  #transport: Promise<Transporter> | undefined;

  /** @param url `smtp://user:password@host:port` or `smtps://…` @param from `Shop <no-reply@shop.example>` */
  constructor(
    private readonly url: string,
    private readonly from: string,
  ) {
    super();
  }

  async send(mail: Mail, id: string): Promise<void> {
    const domain = /@([^@<>]+)>?$/.exec(this.from)?.[1] ?? 'latchkey.invalid';
    const transport = await this.#open();
    try {
      await transport.sendMail({
        from: mail.from ?? this.from,
        // As an object: a text would be read as a list of addresses.
        to: { name: '', address: mail.to },
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        messageId: `<${id}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    } catch (error) {
      throw failureOf(error);
    }
  }

  /** Greets the server, with TLS, user name and password as they are set. */
  override async findProblem(): Promise<string | undefined> {
    const transport = await this.#open();
    try {
      await transport.verify();
      return undefined;
    } catch (error) {
      const isRefusal = (error as { code?: string }).code === 'EAUTH';
      const words = isRefusal ? 'does not take the user name and password' : 'cannot be used';
      return `the SMTP server ${words}: ${failureOf(error).message}`;
    }
  }

  #open(): Promise<Transporter> {
    return (this.#transport ??= this.#make());
  }

  async #make(): Promise<Transporter> {
    const { createTransport } = await import('nodemailer');
    const { hostname, username } = new URL(this.url);
    const requireTLS = username !== '' && !isLoopbackHost(hostname);
    return createTransport({ url: this.url, requireTLS, ...TIMEOUTS });
  }
}

/** Servers repeat addresses and more in their answers: of those, only the codes are kept. */
function failureOf(error: unknown): Error {
  const { code = 'EUNKNOWN', responseCode } = error as { code?: string; responseCode?: number };
  const words = responseCode === undefined ? code : `${code} ${responseCode}`;
  const isFinal = ABOUT_THIS_MAIL.has(code) && (responseCode ?? 0) >= 500;
  return isFinal ? new MailRefused(words) : new Error(words);
}
