import { ObjectId } from 'bson';
import type { Value } from '../../bson/value.js';
import { dateFromMs, dateMs, isDate, Type, typeName, typeOf } from '../../bson/value.js';
import { ErrorCodes, MongoError, unsupported } from '../../errors.js';
import { isNullish } from './booleans.js';

/** @returns milliseconds since 1970 of a Date, Timestamp or ObjectId */
export function dateArgument(value: Value, name: string): bigint {
  if (isDate(value)) return dateMs(value);
  if (value instanceof ObjectId) return BigInt(value.getTimestamp().getTime());
  if (typeOf(value) === Type.timestamp) return BigInt((value as unknown as { t: number }).t) * 1000n;
  throw new MongoError(16006, `${name}: can't convert from BSON type ${typeName(value)} to Date`);
}

/** Moves the date by `offset`, so that the UTC parts of the result are the local ones. @throws beyond JavaScript's dates */
export function localDate(ms: bigint, offset: number): Date {
  const local = dateFromMs(ms + BigInt(offset));
  if (!(local instanceof Date)) throw unsupported('a date beyond the year 275760 in an expression');
  return local;
}

const OFFSET = /^([+-])(\d{2})(?::?(\d{2}))?$/;

/**
 * @returns milliseconds to add to UTC; null when the zone is null, which makes the whole expression null
 * @throws MongoError 115 for named zones, whose rules the store does not carry
 */
export function zoneOffset(zone: Value | undefined, name: string): number | null {
  if (zone === undefined) return 0;
  if (isNullish(zone)) return null;
  if (typeof zone !== 'string')
    throw new MongoError(40517, `${name}: timezone must evaluate to a string, found ${typeName(zone)}`);
  if (['UTC', 'GMT', 'Z', 'Etc/UTC', 'Etc/GMT'].includes(zone)) return 0;
  const match = OFFSET.exec(zone);
  if (match === null) throw unsupported(`${name}: the time zone '${zone}'`);
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return (match[1] === '-' ? -minutes : minutes) * 60_000;
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** ISO 8601 forms only; MongoDB takes more. @throws MongoError ConversionFailure (241) */
export function parseIsoDate(text: string): Value {
  const match = ISO.exec(text);
  const ms = match === null ? undefined : msOf(match);
  if (ms === undefined) throw new MongoError(ErrorCodes.ConversionFailure, `Error parsing date string '${text}'`);
  return dateFromMs(BigInt(ms));
}

function msOf(match: RegExpExecArray): number | undefined {
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const fraction = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const date = new Date(0);
  date.setUTCFullYear(year!, month! - 1, day);
  if (date.getUTCMonth() !== month! - 1 || date.getUTCDate() !== day!) return undefined;
  if (hour! > 23 || minute! > 59 || second! > 59) return undefined;
  const offset = zoneOffset(match[8]?.toUpperCase() ?? 'UTC', '$convert') ?? 0;
  return date.getTime() + ((hour! * 60 + minute!) * 60 + second!) * 1000 + fraction - offset;
}

const DAY = 86_400_000;

/** Monday is 1. */
export const isoWeekday = (date: Date): number => date.getUTCDay() || 7;

export const dayOfYear = (date: Date): number =>
  Math.floor((date.getTime() - startOfYear(date.getUTCFullYear())) / DAY) + 1;

export function startOfYear(year: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, 0, 1);
  return date.getTime();
}

/** The week belongs to the year of its Thursday. */
export function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(date.getTime() + (4 - isoWeekday(date)) * DAY);
  return { year: thursday.getUTCFullYear(), week: Math.floor((dayOfYear(thursday) - 1) / 7) + 1 };
}

/** Weeks begin on Sunday; days before the first one are in week 0. */
export const sundayWeek = (date: Date): number => Math.floor((dayOfYear(date) + 6 - date.getUTCDay()) / 7);
