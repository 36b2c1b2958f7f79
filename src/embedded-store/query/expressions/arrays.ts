import type { Value } from '../../bson/value.js';
import { int32, isArray, isNumber, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { equalValues } from '../compare.js';
import { fitsInt32, wholeNumber } from '../numbers.js';
import { isNullish } from './booleans.js';
import type { Operators } from './scope.js';
import { binary, positional, unary } from './scope.js';

type Maybe = Value | undefined;

function size(value: Maybe): Value {
  if (!isArray(value)) {
    throw new MongoError(17124, `The argument to $size must be an array, but was of type: ${typeName(value)}`);
  }
  return int32(value.length);
}

function elementAt(array: Maybe, index: Maybe): Maybe {
  if (isNullish(array) || isNullish(index)) return null;
  if (!isArray(array))
    throw new MongoError(28689, `$arrayElemAt's first argument must be an array, but is ${typeName(array)}`);
  if (!isNumber(index))
    throw new MongoError(28690, `$arrayElemAt's second argument must be a numeric value, but is ${typeName(index)}`);
  const at = wholeNumber(index);
  if (at === undefined || !fitsInt32(at)) {
    throw new MongoError(28691, "$arrayElemAt's second argument must be representable as a 32-bit integer");
  }
  return array.at(at);
}

const edge =
  (at: 0 | -1) =>
  (array: Maybe, name: string): Maybe => {
    if (isNullish(array)) return null;
    if (!isArray(array)) throw new MongoError(28689, `${name}'s argument must be an array, but is ${typeName(array)}`);
    return array.at(at);
  };

function contains(value: Maybe, array: Maybe): Value {
  if (!isArray(array))
    throw new MongoError(40081, `$in requires an array as a second argument, found: ${typeName(array)}`);
  return value !== undefined && array.some((item) => equalValues(item, value));
}

function concatArrays(arrays: readonly Maybe[]): Value {
  const all: Value[][] = [];
  for (const array of arrays) {
    if (isNullish(array)) return null;
    if (!isArray(array)) throw new MongoError(28664, `$concatArrays only supports arrays, not ${typeName(array)}`);
    all.push(array);
  }
  return all.flat(1);
}

function sliceNumber(value: Maybe, code: number, what: string): number {
  const whole = wholeNumber(value);
  if (whole === undefined)
    throw new MongoError(code, `${what} to $slice must be numeric, but is of type: ${typeName(value)}`);
  return Math.min(Math.max(whole, -2147483648), 2147483647);
}

/** `[array, n]`: the first n, or last when negative; `[array, position, n]`. */
function slice([array, first, second]: readonly Maybe[], count: number): Value {
  if (isNullish(array) || isNullish(first) || (count === 3 && isNullish(second))) return null;
  if (!isArray(array))
    throw new MongoError(28724, `First argument to $slice must be an array, but is of type: ${typeName(array)}`);
  const n = sliceNumber(first, 28725, 'Second argument');
  if (count === 2) return n >= 0 ? array.slice(0, n) : array.slice(n);
  const length = sliceNumber(second, 28727, 'Third argument');
  if (length <= 0) throw new MongoError(28729, `Third argument to $slice must be positive: ${length}`);
  const start = n < 0 ? Math.max(0, array.length + n) : n;
  return array.slice(start, start + length);
}

function reverse(array: Maybe): Value {
  if (isNullish(array)) return null;
  if (!isArray(array))
    throw new MongoError(34435, `The argument to $reverseArray must be an array, but was of type: ${typeName(array)}`);
  return [...array].reverse();
}

function indexOf([array, value, from, to]: readonly Maybe[]): Value {
  if (isNullish(array)) return null;
  if (!isArray(array))
    throw new MongoError(40090, `$indexOfArray requires an array as a first argument, found: ${typeName(array)}`);
  const start = limit(from, 0);
  const end = Math.min(limit(to, array.length), array.length);
  for (let i = start; i < end; i++) if (value !== undefined && equalValues(array[i]!, value)) return int32(i);
  return int32(-1);
}

function limit(value: Maybe, otherwise: number): number {
  if (value === undefined) return otherwise;
  const whole = wholeNumber(value);
  if (whole === undefined)
    throw new MongoError(40096, `$indexOfArray requires an integral index, found a value of type: ${typeName(value)}`);
  if (whole < 0) throw new MongoError(40097, `$indexOfArray requires a nonnegative index, found: ${whole}`);
  return whole;
}

const MAX_RANGE_ITEMS = 4_000_000;

function range([from, to, by]: readonly Maybe[]): Value {
  const start = rangeNumber(from, 34443, 'starting value');
  const end = rangeNumber(to, 34445, 'ending value');
  const step = by === undefined ? 1 : rangeNumber(by, 34447, 'step value');
  if (step === 0) throw new MongoError(34449, '$range requires a non-zero step value');
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (count > MAX_RANGE_ITEMS) throw new MongoError(146, '$range would use too much memory');
  return Array.from({ length: count }, (_, i) => int32(start + i * step));
}

/** @param code for what is no number; the next one stands for numbers that are no int32 */
function rangeNumber(value: Maybe, code: number, what: string): number {
  const whole = wholeNumber(value);
  if (whole === undefined || !fitsInt32(whole))
    throw new MongoError(
      isNumber(value) ? code + 1 : code,
      `$range requires a numeric 32-bit ${what}, found value of type: ${typeName(value)}`,
    );
  return whole;
}

export const arrays: Operators = {
  $size: unary(size),
  $arrayElemAt: binary(elementAt),
  $first: unary(edge(0)),
  $last: unary(edge(-1)),
  $in: binary(contains),
  $isArray: unary(isArray),
  $concatArrays: positional(0, Infinity, concatArrays),
  $slice: (argument, scope, name) => {
    const count = isArray(argument) ? argument.length : 1;
    return positional(2, 3, (values) => slice(values, count))(argument, scope, name);
  },
  $reverseArray: unary(reverse),
  $indexOfArray: positional(2, 4, indexOf),
  $range: positional(2, 3, range),
};
