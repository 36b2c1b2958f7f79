import type { z } from 'zod';
import { mailSender } from '../config/setting-types.js';
import { InvalidParameter } from '../errors/errors.js';
import { allMailTexts, type AllMailTexts } from '../mail/templates/own-texts.js';
import type { App } from './app.model.js';

export type MailSettings = Pick<App, 'mailSender' | 'mailLocale' | 'mailTexts'>;

/** @throws InvalidParameter */
export function checkMailSettings({ sender, texts }: { sender?: string | undefined; texts?: unknown }): {
  mailTexts?: AllMailTexts | undefined;
} {
  // Empty: that of the server again.
  if (sender !== undefined && sender !== '' && !mailSender.schema.safeParse(sender).success) {
    throw new InvalidParameter(`'mail_sender' must be ${mailSender.expected}`);
  }
  return texts === undefined ? {} : { mailTexts: parsed(allMailTexts, texts, 'mail_texts') };
}

/** @throws InvalidParameter that names the field */
export function parsed<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new InvalidParameter(`'${[name, ...(issue?.path ?? [])].join('.')}': ${issue?.message ?? 'not valid'}`);
}
