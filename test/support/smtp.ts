import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

export interface Received extends Email {
  /** Whom the envelope named. */
  recipients: string[];
  raw: string;
}

/** A real SMTP server that keeps what it is given. */
export class TestSmtp {
  readonly received: Received[] = [];
  /** Answers to the next recipients instead of taking them: `450`, `550`. */
  readonly refusals: number[] = [];

  private constructor(
    private readonly server: SMTPServer,
    readonly port: number,
  ) {}

  static async start(port = 0): Promise<TestSmtp> {
    let smtp: TestSmtp | undefined;
    const server = new SMTPServer({
      authOptional: true,
      closeTimeout: 200,
      disabledCommands: ['STARTTLS'],
      onRcptTo: (_address, _session, done) => {
        const code = smtp!.refusals.shift();
        done(code === undefined ? null : Object.assign(new Error('no'), { responseCode: code }));
      },
      onData: (stream, session, done) => {
        void keep(
          stream,
          session.envelope.rcptTo.map(({ address }) => address),
          done,
        );
      },
    });
    async function keep(stream: AsyncIterable<Buffer>, recipients: string[], done: () => void): Promise<void> {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      const raw = Buffer.concat(chunks);
      smtp!.received.push({ ...(await PostalMime.parse(raw)), recipients, raw: raw.toString('latin1') });
      done();
    }
    await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
    smtp = new TestSmtp(server, (server.server.address() as AddressInfo).port);
    return smtp;
  }

  get env(): Record<string, string> {
    return { LATCHKEY_SMTP_URL: `smtp://127.0.0.1:${this.port}`, LATCHKEY_MAIL_FROM: 'Shop <no-reply@shop.example>' };
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

/** The one-time link in a mail: that of its text, which the HTML must hold too. */
export function linkIn({ text = '', html = '' }: { text?: string; html?: string }): URL {
  const link = text.split(/\r?\n/).find((line) => /^[a-z]+:\/\/\S+$/.test(line));
  if (link === undefined) throw new Error(`no link in: ${text}`);
  if (!html.includes(`href="${link.replaceAll('&', '&amp;')}"`)) throw new Error(`another link in: ${html}`);
  return new URL(link);
}

/** As SDKs take it from a link. */
export function pairIn(mail: { text?: string; html?: string }): { token: string; tokenId: string } {
  const { searchParams } = linkIn(mail);
  return { token: searchParams.get('token')!, tokenId: searchParams.get('tokenId')! };
}
