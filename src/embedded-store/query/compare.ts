import { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'bson';
import { encode } from '../bson/encode.js';
import {
  compareDecimals,
  decimalFromBigInt,
  decimalFromDouble,
  decimalToDouble,
  parseDecimal,
} from '../bson/decimal.js';
import type { FiniteDecimal } from '../bson/decimal.js';
import type { Doc, NumberValue, TypeCode, Value } from '../bson/value.js';
import {
  dateMs,
  DbPointer,
  FarDate,
  isNumber,
  longToBigInt,
  numberOfMs,
  ScopedCode,
  Type,
  typeOf,
} from '../bson/value.js';

/**
 * Order of the types among each other; types of one number compare by value.
 * https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
 */
const ranks: Readonly<Record<TypeCode, number>> = {
  [Type.minKey]: 5,
  [Type.undefined]: 10,
  [Type.null]: 15,
  [Type.int]: 20,
  [Type.double]: 20,
  [Type.long]: 20,
  [Type.decimal]: 20,
  [Type.string]: 30,
  [Type.symbol]: 30,
  [Type.object]: 40,
  [Type.array]: 50,
  [Type.binData]: 60,
  [Type.objectId]: 70,
  [Type.bool]: 80,
  [Type.date]: 90,
  [Type.timestamp]: 100,
  [Type.regex]: 110,
  [Type.dbPointer]: 120,
  [Type.javascript]: 130,
  [Type.javascriptWithScope]: 140,
  [Type.maxKey]: 240,
};

export const UNDEFINED_RANK = 10;
export const rankOf = (value: Value): number => ranks[typeOf(value)];
export const rankOfType = (type: TypeCode): number => ranks[type];

/** Total order of BSON values: below zero when `a` comes first, zero when equal across numeric types. */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a instanceof Int32 && b instanceof Int32) return a.value - b.value;
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  const type = typeOf(a);
  const rank = ranks[type] - rankOf(b);
  return rank === 0 ? compareSameRank(type, a, b) : rank;
}

/** Missing counts as undefined, below null: as expressions compare. */
export function compareMaybe(a: Value | undefined, b: Value | undefined): number {
  if (a !== undefined && b !== undefined) return compareValues(a, b);
  return (a === undefined ? UNDEFINED_RANK : rankOf(a)) - (b === undefined ? UNDEFINED_RANK : rankOf(b));
}

export const equalValues = (a: Value, b: Value): boolean => compareValues(a, b) === 0;

/** Same type, bytes and field order: 1 and 1.0 differ, and so do 0 and -0. */
export function identicalValues(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeOf(a) !== typeOf(b)) return false;
  if (a === null || typeof a !== 'object') return false;
  if (a instanceof Date && b instanceof Date) return numberOfMs(a) === numberOfMs(b);
  if (a instanceof ObjectId) return a.equals(b as ObjectId);
  return Buffer.compare(encode(new Map([['', a]])), encode(new Map([['', b]]))) === 0;
}

function compareSameRank(type: TypeCode, a: Value, b: Value): number {
  switch (type) {
    case Type.int:
    case Type.double:
    case Type.long:
    case Type.decimal:
      return compareNumbers(a as NumberValue, b as NumberValue);
    case Type.string:
    case Type.symbol:
      return compareStrings(textOf(a), textOf(b));
    case Type.object:
      return compareDocs(a as Doc, b as Doc);
    case Type.array:
      return compareArrays(a as Value[], b as Value[]);
    case Type.objectId:
      return (a as ObjectId).equals(b as ObjectId) ? 0 : Buffer.compare((a as ObjectId).id, (b as ObjectId).id);
    case Type.bool:
      return Number(a) - Number(b);
    case Type.date:
      return compareDates(a as Date | FarDate, b as Date | FarDate);
    default:
      return compareRare(a, b);
  }
}

function compareRare(a: Value, b: Value): number {
  if (a instanceof Binary && b instanceof Binary) return compareBinary(a, b);
  if ((a as unknown) instanceof Timestamp) return compareTimestamps(a as Timestamp, b as Timestamp);
  if (a instanceof BSONRegExp && b instanceof BSONRegExp) {
    return compareStrings(a.pattern, b.pattern) || compareStrings(a.options, b.options);
  }
  if (a instanceof DbPointer && b instanceof DbPointer) {
    const length = Buffer.byteLength(a.namespace) - Buffer.byteLength(b.namespace);
    return length || compareStrings(a.namespace, b.namespace) || Buffer.compare(a.id.id, b.id.id);
  }
  if (a instanceof Code && b instanceof Code) return compareStrings(a.code, b.code);
  if (a instanceof ScopedCode && b instanceof ScopedCode) {
    return compareStrings(a.code, b.code) || compareDocs(a.scope, b.scope);
  }
  return 0;
}

const textOf = (value: Value): string => (value instanceof BSONSymbol ? value.value : (value as string));

/** By UTF-8 bytes, which is the order of code points; JavaScript's own order differs from U+E000 on. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** Moves surrogates (code points from U+10000 on) above the rest of the 16-bit units. */
const codePointRank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

function compareDocs(a: Doc, b: Doc): number {
  const right = b.entries();
  for (const [name, value] of a) {
    const next = right.next();
    if (next.done) return 1;
    const [otherName, other] = next.value;
    const order = rankOf(value) - rankOf(other) || compareStrings(name, otherName) || compareValues(value, other);
    if (order !== 0) return order;
  }
  return a.size - b.size;
}

function compareArrays(a: readonly Value[], b: readonly Value[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareValues(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareBinary(a: Binary, b: Binary): number {
  return a.position - b.position || a.sub_type - b.sub_type || Buffer.compare(a.value(), b.value());
}

const compareTimestamps = (a: Timestamp, b: Timestamp): number => a.t - b.t || a.i - b.i;

function compareDates(a: Date | FarDate, b: Date | FarDate): number {
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime() || 0;
  return order(dateMs(a), dateMs(b));
}

const order = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0);

export const isNaNValue = (value: Value | undefined): boolean =>
  (value instanceof Double && Number.isNaN(value.value)) ||
  (value instanceof Decimal128 && parseDecimal(value) === 'NaN');

/** Exact across types. NaN equals NaN and comes before all other numbers; 0 equals -0. */
export function compareNumbers(a: NumberValue, b: NumberValue): number {
  const left = plainNumber(a);
  const right = plainNumber(b);
  const leftNaN = left !== left;
  const rightNaN = right !== right;
  if (leftNaN || rightNaN) return Number(rightNaN) - Number(leftNaN);
  // JavaScript compares bigint with number exactly.
  if (typeof left !== 'object' && typeof right !== 'object') return order(left, right);
  return compareWithDecimal(left, right);
}

/** A decimal comes out as a number when it is NaN or infinite. */
function plainNumber(value: NumberValue): number | bigint | FiniteDecimal {
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (value instanceof Long) return longToBigInt(value);
  const decimal = parseDecimal(value);
  return typeof decimal === 'string' ? Number(decimal) : decimal;
}

function compareWithDecimal(a: number | bigint | FiniteDecimal, b: number | bigint | FiniteDecimal): number {
  // Rounding keeps order, so only values with one nearest double need the exact, slower look.
  const near = order(nearestDouble(a), nearestDouble(b));
  if (near !== 0) return near;
  const left = exact(a);
  const right = exact(b);
  return left === undefined || right === undefined
    ? order(Number(left === undefined), Number(right === undefined)) * signOf(a, b)
    : compareDecimals(left, right);
}

const nearestDouble = (value: number | bigint | FiniteDecimal): number =>
  typeof value === 'object' ? decimalToDouble(value) : Number(value);

/** @returns undefined for an infinity */
function exact(value: number | bigint | FiniteDecimal): FiniteDecimal | undefined {
  if (typeof value === 'object') return value;
  if (typeof value === 'bigint') return decimalFromBigInt(value);
  const decimal = decimalFromDouble(value);
  return typeof decimal === 'string' ? undefined : decimal;
}

/** An infinity and a decimal beyond the doubles have one nearest double: the sign tells which is greater. */
const signOf = (a: number | bigint | FiniteDecimal, b: number | bigint | FiniteDecimal): number =>
  nearestDouble(a) < 0 || nearestDouble(b) < 0 ? -1 : 1;

/** The type bracket that comparison operators of filters stay in. */
export const sameBracket = (a: Value, b: Value): boolean =>
  a === b || (isNumber(a) && isNumber(b)) || rankOf(a) === rankOf(b);
