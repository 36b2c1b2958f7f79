import { appendFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Mailer, type Mail } from 'latchkey';

/** Writes mails to a file, one a line; another might hand them to the HTTP API of a mail service. */
@Injectable()
export class FileMailer extends Mailer {
  readonly delivers = true;

  override async send({ to, subject, text }: Mail, id: string): Promise<void> {
    const file = process.env['MAIL_FILE'] ?? 'mails.jsonl';
    await appendFile(file, `${JSON.stringify({ id, to, subject, text })}\n`, { mode: 0o600 });
  }
}
