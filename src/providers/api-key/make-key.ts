import { randomInt } from 'node:crypto';
import { InvalidParameter, MissingParameter } from '../../errors/errors.js';

const LENGTH = 64;
const ALPHANUMERICS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const PREFIX_LENGTH = 6;
const NAME = /^[A-Za-z0-9_-]+$/;
const MAX_NAME = 128;

/** 64 letters and digits, as the original's keys were, of 62 kinds: more than 350 bits. */
export function makeKey(): string {
  return Array.from({ length: LENGTH }, () => ALPHANUMERICS[randomInt(ALPHANUMERICS.length)]).join('');
}

/** What may be shown of a key, so that its owner recognises it. */
export function prefixOf(key: string): string {
  return key.slice(0, PREFIX_LENGTH);
}

/** @throws MissingParameter, InvalidParameter */
export function checkKeyName(name: string): void {
  if (name === '') throw new MissingParameter("'name' is a required string");
  if (!NAME.test(name) || name.length > MAX_NAME) {
    throw new InvalidParameter('can only contain ASCII letters, numbers, underscores, and hyphens');
  }
}

/** Any of the free ones of `most` places, so that keys made at once seldom want the same; undefined where none is. */
export function freePlace(taken: readonly number[], most: number): number | undefined {
  const free = Array.from({ length: most }, (_, place) => place).filter((place) => !taken.includes(place));
  return free.length === 0 ? undefined : free[randomInt(free.length)];
}
