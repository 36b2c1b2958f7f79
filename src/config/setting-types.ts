import { createSecretKey, type KeyObject } from 'node:crypto';
import { resolve } from 'node:path';
import { z } from 'zod';
import { normaliseAddress } from '../common/address.js';
import { parseRange } from '../common/client-address.js';

/** How one kind of value is read from the text of an environment variable. */
export interface SettingType<T> {
  /** Completes the sentence `PORT: expected …`, and stands in docs/configuration.md. */
  readonly expected: string;
  readonly schema: z.ZodType<T, string>;
  /** The value is never shown to anybody, in no error and no log. */
  readonly secret?: boolean;
}

export function integer(least: number, most: number): SettingType<number> {
  const schema = z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most));
  return { expected: `a whole number from ${least} to ${most}`, schema };
}

export function oneOf<const T extends string>(...words: readonly T[]): SettingType<T> {
  return { expected: `one of ${words.join(', ')}`, schema: z.enum(words) as z.ZodType<T, string> };
}

/** A name or an address to listen on, no port. */
export const host: SettingType<string> = {
  expected: 'a host name or an IP address without a port',
  schema: z
    .string()
    .max(253)
    .refine((text) => /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(text) || normaliseHost(text) !== undefined)
    .transform((text) => normaliseHost(text) ?? text),
};

/** An address without what an address may carry elsewhere: `[::1]` is `::1`, but `127.0.0.1:80` is not a host. */
function normaliseHost(text: string): string | undefined {
  return text.includes(']:') || /^[\d.]+:/.test(text) ? undefined : normaliseAddress(text);
}

/** The address the world knows us by; every link, redirect and issuer begins with it. No slash at its end. */
export const publicUrl: SettingType<string> = {
  expected: 'an absolute URL',
  schema: z.string().transform((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol === 'http:' || url?.protocol === 'https:') {
      const extra =
        url.username || url.password
          ? 'a user or password'
          : url.search || text.includes('?')
            ? 'a query'
            : url.hash || text.includes('#')
              ? 'a fragment'
              : undefined;
      if (!extra) return url.origin + url.pathname.replace(/\/+$/, '');
      context.addIssue(`expected an absolute URL without ${extra}`);
    } else {
      context.addIssue(`expected an absolute URL${url ? ' that begins with https:// or http://' : ''}`);
    }
    return z.NEVER;
  }),
};

export const directory: SettingType<string> = {
  expected: 'the path of a directory',
  schema: z
    .string()
    .refine((text) => !text.includes('\0'))
    .transform((text) => resolve(text)),
};

export const mongodbUri: SettingType<string> = {
  expected: 'an address that begins with mongodb:// or mongodb+srv://',
  schema: z.string().regex(/^mongodb(\+srv)?:\/\/./),
  secret: true,
};

export const smtpUrl: SettingType<string> = {
  expected: 'an address that begins with smtp:// or smtps://, such as smtp://user:password@mail.example:587',
  schema: z.string().refine((text) => /^smtps?:\/\//.test(text) && URL.canParse(text) && new URL(text).hostname !== ''),
  secret: true,
};

/** Whom mails are from. */
export const mailSender: SettingType<string> = {
  expected: 'a mail address, or a name with one, such as Shop <no-reply@shop.example>',
  schema: z
    .string()
    .max(300)
    .regex(/^(?:[^@<>,;:"\p{C}]+<[^@<>,;:"\s\p{C}]+@[^@<>,;:"\s\p{C}]+>|[^@<>,;:"\s\p{C}]+@[^@<>,;:"\s\p{C}]+)$/u),
};

/** 32 bytes, kept as a KeyObject: it shows nothing when an object that holds it is printed. */
export const masterKey: SettingType<KeyObject> = {
  expected: '32 random bytes, written as base64 or as 64 hexadecimal digits',
  schema: z.string().transform((text, context) => {
    const bytes = decodeKey(text.trim());
    if (bytes?.length === 32) return createSecretKey(bytes);
    context.addIssue('not a key');
    return z.NEVER;
  }),
  secret: true,
};

function decodeKey(text: string): Buffer | undefined {
  if (/^[\da-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (/^[\w+/-]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  return undefined;
}

/** Addresses and CIDR ranges, separated by commas or blanks. */
export const addressRanges: SettingType<readonly string[]> = {
  expected: 'IP addresses or CIDR ranges, separated by commas',
  schema: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((part) => part !== ''))
    .refine((parts) => parts.every((part) => parseRange(part) !== undefined)),
};
