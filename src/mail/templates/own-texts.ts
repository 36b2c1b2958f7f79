import { z } from 'zod';
import { LOCALES } from './locale.js';
import { APP_TEMPLATES } from './templates.js';

const LONGEST_SUBJECT = 256;
const LONGEST_TEXT = 2_000;

const text = (most: number) => z.string().max(most).optional();

/** What one mail of an app says in one language, where it is not what we say. */
export const mailTexts = z.strictObject({
  subject: text(LONGEST_SUBJECT),
  intro: text(LONGEST_TEXT),
  button: text(LONGEST_SUBJECT),
  outro: text(LONGEST_TEXT),
});

export type MailTexts = z.infer<typeof mailTexts>;

/** By mail and language. */
export const allMailTexts = z.partialRecord(z.enum(APP_TEMPLATES), z.partialRecord(z.enum(LOCALES), mailTexts));

export type AllMailTexts = z.infer<typeof allMailTexts>;

/** Empty is as good as absent. */
export function withoutEmpty(texts: MailTexts = {}): MailTexts {
  return Object.fromEntries(Object.entries(texts).filter(([, value]) => value?.trim()));
}
