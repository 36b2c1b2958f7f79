import { describe, expect, it } from '@jest/globals';
import { deviceKind } from '../../src/mail/templates/device-kind.js';
import { localeOf, LOCALES } from '../../src/mail/templates/locale.js';
import { APP_TEMPLATES, linkMail, type LinkMail, type Template } from '../../src/mail/templates/templates.js';
import { linkIn } from '../support/smtp.js';

const URL_WITH_TOKEN = `https://shop.example/${'p'.repeat(160)}?token=${'a'.repeat(128)}&tokenId=${'b'.repeat(24)}`;
const wanted = (changes: Partial<LinkMail> = {}): LinkMail => ({
  to: 'ada@example.com',
  locale: 'en',
  appName: 'Shop',
  url: URL_WITH_TOKEN,
  requestedAt: new Date('2026-11-25T20:00:00Z'),
  ...changes,
});

const TEMPLATES: Template[] = [...APP_TEMPLATES, 'administrator'];

describe.each(TEMPLATES)('the mail %s', (name) => {
  const template = (mail: LinkMail) => linkMail(name, mail);

  it.each(LOCALES)('says it in %s, with the whole link on a line of its own', (locale) => {
    const mail = template(wanted({ locale, device: 'iPhone' }));
    expect(linkIn(mail).href).toBe(URL_WITH_TOKEN);
    expect(mail.subject).toContain('Shop');
    expect(mail.text).toContain('iPhone');
    expect(mail.html).toContain(`lang="${locale}"`);
    expect(mail.text + mail.subject).not.toMatch(/[{}]|undefined/);
  });

  it('differs in every language', () => {
    expect(new Set(LOCALES.map((locale) => template(wanted({ locale })).subject)).size).toBe(LOCALES.length);
  });

  it('lets no name become HTML, a header, or a placeholder', () => {
    const mail = template(wanted({ appName: '<b>"&{when}\r\nBcc: x@y.z' }));
    expect(mail.html).not.toContain('<b>');
    expect(mail.subject).not.toMatch(/[\r\n]/);
    expect(mail.text).toContain('{when}');
    expect(template(wanted({ subject: 'Hello\r\nBcc: x@y.z' })).subject).toBe('Hello Bcc: x@y.z');
    expect(template(wanted({ subject: ' ' })).subject).toContain('Shop');
  });

  it('says what an app has it say, for the rest what we say', () => {
    const texts = { subject: 'Hello\nfrom {app}', intro: 'One <i>two</i> {app} {nobody}' };
    const mail = template(wanted({ texts }));
    expect(mail.subject).toBe('Hello from Shop');
    expect(mail.text).toMatch(/^One <i>two<\/i> Shop \n/);
    expect(mail.html).toContain('One &lt;i&gt;two&lt;/i&gt; Shop');
    expect(mail.text).toContain(template(wanted()).text.split('\n\n')[2]!);
  });
});

it('takes the language that is wanted most', () => {
  expect(localeOf(undefined)).toBe('en');
  expect(localeOf('de-AT,de;q=0.9,en;q=0.8')).toBe('de');
  expect(localeOf('it, en;q=0.3, es;q=0.7')).toBe('es');
  expect(localeOf('fr;q=0, *')).toBe('en');
  expect(localeOf(';;;q=,,')).toBe('en');
});

it('names a device in words of ours', () => {
  expect(deviceKind('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)')).toBe('iPhone');
  expect(deviceKind('Mozilla/5.0 (Windows NT 10.0)')).toBe('Windows');
  expect(deviceKind('<script>')).toBeUndefined();
});
