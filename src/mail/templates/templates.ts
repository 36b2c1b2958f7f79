import type { Mail } from '../mail.js';
import { escapeHtml, oneLine } from './escape.js';
import type { Locale } from './locale.js';
import { ADMINISTRATOR, CONFIRMATION, FRAMES, INVITATION, RESET, TAKEN, type Texts } from './texts.js';

const TEXTS = {
  confirmation: CONFIRMATION,
  reset: RESET,
  invitation: INVITATION,
  taken: TAKEN,
  administrator: ADMINISTRATOR,
};

export type Template = keyof typeof TEXTS;

/** Those whose texts an app may have of its own. */
export const APP_TEMPLATES = ['confirmation', 'reset', 'invitation', 'taken'] as const satisfies Template[];

export type AppTemplate = (typeof APP_TEMPLATES)[number];

/** What a mail with a link is made of. */
export interface LinkMail {
  to: string;
  locale: Locale;
  appName: string;
  /** The subject that the app's administrators chose, if they did. */
  subject?: string | undefined;
  /** What they chose to say; ours where they did not. */
  texts?: { [Name in keyof Texts]?: string | undefined } | undefined;
  /** Whom it is from, where that is not the server's own sender. */
  from?: string | undefined;
  url: string;
  requestedAt: Date;
  /** A word of ours, from `deviceKind`. */
  device?: string | undefined;
}

export function linkMail(template: Template, mail: LinkMail): Mail {
  const { to, locale, appName, subject, url, requestedAt, device, from } = mail;
  const texts = { ...TEXTS[template][locale], ...mail.texts };
  const frame = FRAMES[locale];
  const values = { app: oneLine(appName), when: timeIn(locale, requestedAt), device: device ?? '' };
  const intro = fill(texts.intro, values);
  const outro = fill(texts.outro, values);
  const asked = fill(device === undefined ? frame.asked : frame.askedFrom, values);
  return {
    to,
    ...(from === undefined ? {} : { from }),
    subject: oneLine(subject ?? '') || oneLine(fill(texts.subject, values)),
    // The link alone on its line, and nothing behind it that a mail program could take for a part of it.
    text: [intro, url, outro, asked, ''].join('\n\n'),
    html: [
      `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${escapeHtml(values.app)}</title></head>`,
      '<body style="font-family:sans-serif;line-height:1.5">',
      `<p>${escapeHtml(intro)}</p>`,
      `<p><a href="${escapeHtml(url)}"><strong>${escapeHtml(texts.button)}</strong></a></p>`,
      `<p>${escapeHtml(url)}</p>`,
      `<p>${escapeHtml(outro)}</p>`,
      `<p><small>${escapeHtml(asked)}</small></p>`,
      '</body></html>',
    ].join('\n'),
  };
}

/** In one pass: what is filled in is not filled in again. */
function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? '');
}

function timeIn(locale: Locale, date: Date): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return `${format.format(date)} UTC`;
}
