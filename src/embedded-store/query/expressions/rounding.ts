import { Decimal128, Double, Int32 } from 'bson';
import type { FiniteDecimal } from '../../bson/decimal.js';
import {
  countDigits,
  decimalFromDouble,
  formatDecimal,
  negateDecimal,
  parseDecimal,
  pow10,
} from '../../bson/decimal.js';
import type { NumberValue, Value } from '../../bson/value.js';
import { int32, isNumber, long, longToBigInt, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { fitsInt32, fitsInt64, wholeNumber } from '../numbers.js';
import { isNullish } from './booleans.js';
import type { Operator, Operators } from './scope.js';
import { positional, unary } from './scope.js';

/** How to bring a quotient to a whole number: given the whole part (towards zero) and what is left over. */
type Mode = (whole: bigint, twiceRest: bigint, divisor: bigint, negative: boolean) => bigint;

export const halfEven: Mode = (whole, twiceRest, divisor) =>
  twiceRest > divisor || (twiceRest === divisor && whole % 2n === 1n) ? whole + 1n : whole;
const truncate: Mode = (whole) => whole;
const floor: Mode = (whole, twiceRest, _divisor, negative) => (negative && twiceRest > 0n ? whole + 1n : whole);
const ceil: Mode = (whole, twiceRest, _divisor, negative) => (!negative && twiceRest > 0n ? whole + 1n : whole);

/** @param places digits behind the point to keep; negative: zeros before it */
export function roundDecimal(decimal: FiniteDecimal, places: number, mode: Mode): FiniteDecimal {
  const drop = -places - decimal.exponent;
  if (drop <= 0) return padDecimal(decimal, -drop);
  const divisor = pow10(drop);
  const digits = mode(decimal.digits / divisor, (decimal.digits % divisor) * 2n, divisor, decimal.negative);
  return { negative: decimal.negative, digits, exponent: -places };
}

/** As far as 34 digits reach, so many zeros as places were asked for. */
function padDecimal({ negative, digits, exponent }: FiniteDecimal, zeros: number): FiniteDecimal {
  if (zeros + countDigits(digits) > 34) return { negative, digits, exponent };
  return { negative, digits: digits * pow10(zeros), exponent: exponent - zeros };
}

function roundValue(value: NumberValue, places: number, mode: Mode): NumberValue {
  if (value instanceof Double) return new Double(roundDouble(value.value, places, mode));
  if (value instanceof Decimal128) {
    const decimal = parseDecimal(value);
    return typeof decimal === 'string' ? value : formatDecimal(roundDecimal(decimal, places, mode));
  }
  if (places >= 0) return value;
  const whole = value instanceof Int32 ? BigInt(value.value) : longToBigInt(value);
  const rounded = roundWhole(whole, places, mode);
  if (value instanceof Int32 && fitsInt32(Number(rounded))) return int32(Number(rounded));
  if (!fitsInt64(rounded)) throw new MongoError(51080, `Cannot round ${whole} to ${places}: beyond the range of long`);
  return long(rounded);
}

function roundWhole(value: bigint, places: number, mode: Mode): bigint {
  const negative = value < 0n;
  const { digits, exponent } = roundDecimal({ negative, digits: negative ? -value : value, exponent: 0 }, places, mode);
  const size = digits * pow10(exponent);
  return negative ? -size : size;
}

/** Goes by the 34 digits that Decimal128 takes of the double, as MongoDB does: 2.675 is a little less and becomes 2.67. */
function roundDouble(value: number, places: number, mode: Mode): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const decimal = parseDecimal(formatDecimal(decimalFromDouble(value)));
  if (typeof decimal === 'string') return value;
  const { negative, digits, exponent } = roundDecimal(decimal, places, mode);
  return Number(`${negative ? '-' : ''}${digits}e${exponent}`);
}

const toPlace = (mode: Mode): Operator =>
  positional(1, 2, ([value, place], name) => {
    if (isNullish(value)) return null;
    if (!isNumber(value)) throw new MongoError(51081, `${name} only supports numeric types, not ${typeName(value)}`);
    if (place === null) return null;
    const places = place === undefined ? 0 : wholeNumber(place);
    if (places === undefined) throw new MongoError(51082, `precision argument to ${name} must be a integral value`);
    if (places < -20 || places > 100) {
      throw new MongoError(51083, `cannot apply ${name} with precision value ${places} value must be in [-20, 100]`);
    }
    return roundValue(value, places, mode);
  });

const toWhole = (mode: Mode): Operator =>
  unary((value, name) => {
    if (isNullish(value)) return null;
    if (!isNumber(value)) throw new MongoError(28765, `${name} only supports numeric types, not ${typeName(value)}`);
    return roundValue(value, 0, mode);
  });

function absolute(value: Value | undefined): Value {
  if (isNullish(value)) return null;
  if (!isNumber(value)) throw new MongoError(28765, `$abs only supports numeric types, not ${typeName(value)}`);
  if (value instanceof Double) return new Double(Math.abs(value.value));
  if (value instanceof Decimal128) {
    const decimal = parseDecimal(value);
    const negative = typeof decimal === 'string' ? decimal === '-Infinity' : decimal.negative;
    return negative ? formatDecimal(negateDecimal(decimal)) : value;
  }
  const whole = value instanceof Int32 ? BigInt(value.value) : longToBigInt(value);
  const size = whole < 0n ? -whole : whole;
  if (!fitsInt64(size)) throw new MongoError(28680, "can't take $abs of long long min");
  return value instanceof Int32 && fitsInt32(Number(size)) ? int32(Number(size)) : long(size);
}

export const rounding: Operators = {
  $abs: unary(absolute),
  $floor: toWhole(floor),
  $ceil: toWhole(ceil),
  $round: toPlace(halfEven),
  $trunc: toPlace(truncate),
};
