import type { Value } from '../../bson/value.js';
import { isArray, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { compareValues } from '../compare.js';
import { encodeComponent } from '../key-string.js';
import { isNullish, isTruthy } from './booleans.js';
import type { Operators } from './scope.js';
import { binary, positional, unary } from './scope.js';

type Maybe = Value | undefined;

/** Text that is alike for equal values only: a key for Map and Set. */
export const keyOf = (value: Value): string => Buffer.from(encodeComponent(value)).toString('latin1');

/** Each value once, in BSON order: MongoDB promises none, an order makes answers repeatable. */
const sorted = (values: Iterable<Value>): Value[] => [...values].sort(compareValues);

/** Of equal values the first one counts. */
function byKey(values: readonly Value[]): Map<string, Value> {
  const map = new Map<string, Value>();
  for (const value of values) {
    const key = keyOf(value);
    if (!map.has(key)) map.set(key, value);
  }
  return map;
}

function requireArray(value: Maybe, code: number, name: string): Value[] {
  if (!isArray(value))
    throw new MongoError(code, `All operands of ${name} must be arrays. One argument is of type: ${typeName(value)}`);
  return value;
}

function union(arrays: readonly Maybe[], name: string): Value {
  if (arrays.some(isNullish)) return null;
  return sorted(byKey(arrays.flatMap((array) => requireArray(array, 17043, name))).values());
}

function intersection(arrays: readonly Maybe[], name: string): Value {
  if (arrays.some(isNullish)) return null;
  const [first = new Map<string, Value>(), ...others] = arrays.map((array) => byKey(requireArray(array, 17047, name)));
  return sorted([...first].filter(([key]) => others.every((other) => other.has(key))).map(([, value]) => value));
}

function difference(a: Maybe, b: Maybe, name: string): Value {
  if (isNullish(a) || isNullish(b)) return null;
  const without = byKey(requireArray(b, 17049, name));
  const left = byKey(requireArray(a, 17048, name));
  return [...left].filter(([key]) => !without.has(key)).map(([, value]) => value);
}

function equal(arrays: readonly Maybe[], name: string): Value {
  const [first, ...others] = arrays.map((array) => byKey(requireArray(array, 17044, name)));
  return others.every((other) => other.size === first!.size && [...other.keys()].every((key) => first!.has(key)));
}

function subset(a: Maybe, b: Maybe, name: string): Value {
  const within = byKey(requireArray(b, 17042, name));
  return [...byKey(requireArray(a, 17046, name)).keys()].every((key) => within.has(key));
}

function elements(value: Maybe, code: number, name: string): Value[] {
  if (!isArray(value)) throw new MongoError(code, `${name}'s argument must be an array, but is ${typeName(value)}`);
  return value;
}

export const sets: Operators = {
  $setUnion: positional(0, Infinity, union),
  $setIntersection: positional(0, Infinity, intersection),
  $setDifference: binary(difference),
  $setEquals: positional(2, Infinity, equal),
  $setIsSubset: binary(subset),
  $anyElementTrue: unary((value, name) => elements(value, 17041, name).some(isTruthy)),
  $allElementsTrue: unary((value, name) => elements(value, 17040, name).every(isTruthy)),
};
