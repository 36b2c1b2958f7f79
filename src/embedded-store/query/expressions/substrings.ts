import type { Value } from '../../bson/value.js';
import { int32, isNumber, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { toInt64, wholeNumber } from '../numbers.js';
import { isNullish } from './booleans.js';
import type { Operators } from './scope.js';
import { positional } from './scope.js';
import { coerceText, codePoints } from './text.js';

type Values = readonly (Value | undefined)[];

/** Fractions are cut off, as MongoDB's substring operators do. */
function bound(value: Value | undefined, code: number, what: string, name: string): number {
  const whole = isNumber(value) ? toInt64(value) : undefined;
  if (whole === undefined)
    throw new MongoError(code, `${name}: ${what} must be a numeric type (is BSON type ${typeName(value)})`);
  return Number(whole);
}

const continues = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Counts in UTF-8 bytes; a negative length means to the end. */
function bytes([value, from, size]: Values, name: string): Value {
  const text = Buffer.from(coerceText(value, name));
  const start = bound(from, 16034, 'starting index', name);
  const length = bound(size, 16035, 'length', name);
  if (start < 0) throw new MongoError(50752, `${name}: starting index must be non-negative (got: ${start})`);
  const end = length < 0 ? text.length : Math.min(text.length, start + length);
  if (start < text.length && continues(text[start])) {
    throw new MongoError(28656, `${name}: Invalid range, starting index is a UTF-8 continuation byte.`);
  }
  if (end > start && continues(text[end])) {
    throw new MongoError(28657, `${name}: Invalid range, ending index is in the middle of a UTF-8 character.`);
  }
  return start >= text.length ? '' : text.toString('utf8', start, end);
}

/** Counts in code points. */
function points([value, from, size]: Values, name: string): Value {
  const start = wholeNumber(from);
  const length = wholeNumber(size);
  if (start === undefined) throw new MongoError(34450, `${name}: starting index must be a numeric type`);
  if (length === undefined) throw new MongoError(34452, `${name}: length must be a numeric type`);
  if (start < 0) throw new MongoError(34455, `${name}: the starting index must be nonnegative integer.`);
  if (length < 0) throw new MongoError(34454, `${name}: length must be a nonnegative integer.`);
  return Array.from(coerceText(value, name))
    .slice(start, start + length)
    .join('');
}

/** @returns where `find` begins, in code points; -1 when it is not there */
function indexOf([value, find, from, to]: Values, name: string): Value {
  if (isNullish(value)) return null;
  if (typeof value !== 'string')
    throw new MongoError(40093, `${name} requires a string as the first argument, found: ${typeName(value)}`);
  if (typeof find !== 'string')
    throw new MongoError(40094, `${name} requires a string as the second argument, found: ${typeName(find)}`);
  const text = Array.from(value);
  const start = limit(from, 0, 'starting', name);
  const end = Math.min(limit(to, text.length, 'ending', name), text.length);
  if (start > end) return int32(-1);
  const within = text.slice(start, end).join('');
  const at = within.indexOf(find);
  return int32(at < 0 ? -1 : start + codePoints(within.slice(0, at)));
}

function limit(value: Value | undefined, otherwise: number, what: string, name: string): number {
  if (value === undefined) return otherwise;
  const whole = wholeNumber(value);
  if (whole === undefined)
    throw new MongoError(
      40096,
      `${name} requires an integral ${what} index, found a value of type: ${typeName(value)}`,
    );
  if (whole < 0) throw new MongoError(40097, `${name} requires a nonnegative ${what} index, found: ${whole}`);
  return whole;
}

export const substrings: Operators = {
  $substr: positional(3, 3, bytes),
  $substrBytes: positional(3, 3, bytes),
  $substrCP: positional(3, 3, points),
  $indexOfCP: positional(2, 4, indexOf),
};
