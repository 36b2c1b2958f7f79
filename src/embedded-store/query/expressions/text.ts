import { Binary, BSONSymbol, Code, Decimal128, Double, Int32, Long, ObjectId } from 'bson';
import type { FarDate, Value } from '../../bson/value.js';
import { dateMs, isDate, longToBigInt, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { isNullish } from './booleans.js';

/** ISO 8601 with milliseconds, in UTC. @throws MongoError for years that do not fit into four digits */
export function isoDate(date: Date | FarDate): string {
  const ms = dateMs(date);
  const text = ms >= -62167219200000n && ms <= 253402300799999n ? new Date(Number(ms)).toISOString() : undefined;
  if (text === undefined)
    throw new MongoError(18537, `Could not convert date to string: date component was outside 0-9999`);
  return text;
}

export const doubleText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** @returns undefined for types that have no text in MongoDB */
export function toText(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Int32) return String(value.value);
  if (value instanceof Double) return doubleText(value.value);
  if (isDate(value)) return isoDate(value);
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Decimal128) return value.toString();
  if (value instanceof BSONSymbol) return value.value;
  if (value instanceof Long) return longToBigInt(value).toString();
  return undefined;
}

/** UUIDs have a text for $toString, other bytes have none before MongoDB 8.0's `format`. */
export const uuidText = (value: Value): string | undefined =>
  value instanceof Binary && value.sub_type === Binary.SUBTYPE_UUID && value.position === 16
    ? value.toUUID().toHexString()
    : undefined;

/** For operators that take anything with a text: missing and null count as empty. */
export function coerceText(value: Value | undefined, name: string): string {
  if (isNullish(value)) return '';
  const coercible = typeof value !== 'boolean' && !(value instanceof ObjectId);
  const text = coercible ? (value instanceof Code ? value.code : toText(value)) : undefined;
  if (text === undefined)
    throw new MongoError(16007, `${name}: can't convert from BSON type ${typeName(value)} to String`);
  return text;
}

export const codePoints = (text: string): number => Array.from(text).length;
