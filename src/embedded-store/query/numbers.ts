import { Decimal128, Double, Int32, Long } from 'bson';
import type { Decimal } from '../bson/decimal.js';
import {
  addDecimals,
  decimalFromBigInt,
  decimalFromDouble,
  decimalToBigInt,
  decimalToDouble,
  divideDecimals,
  formatDecimal,
  multiplyDecimals,
  negateDecimal,
  parseDecimal,
  remainderOfDecimals,
} from '../bson/decimal.js';
import type { NumberValue, Value } from '../bson/value.js';
import { int32, isNumber, long, longToBigInt } from '../bson/value.js';

/*
 * Arithmetic between BSON numbers. The result has the widest type of the two: int32 < int64 < double < Decimal128; what
 * int32 cannot hold becomes int64. Whole numbers and Decimal128 are computed exactly.
 */

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

export const fitsInt32 = (value: number): boolean => value === (value | 0);
export const fitsInt64 = (value: bigint): boolean => value >= MIN_INT64 && value <= MAX_INT64;

type Whole = Int32 | Long;

const isWhole = (value: NumberValue): value is Whole => value instanceof Int32 || value instanceof Long;

const wholeToBigInt = (value: Whole): bigint => (value instanceof Int32 ? BigInt(value.value) : longToBigInt(value));

export function toDouble(value: NumberValue): number {
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (value instanceof Long) return Number(longToBigInt(value));
  return decimalToDouble(parseDecimal(value));
}

export function toDecimal(value: NumberValue): Decimal {
  if (value instanceof Decimal128) return parseDecimal(value);
  if (value instanceof Double) return doubleToDecimal(value.value);
  return decimalFromBigInt(wholeToBigInt(value));
}

/** MongoDB takes the 15 significant digits that every double is good for: 0.1 becomes 0.100000000000000. */
function doubleToDecimal(value: number): Decimal {
  if (!Number.isFinite(value) || value === 0) return decimalFromDouble(value);
  return parseDecimal(Decimal128.fromString(value.toPrecision(15)));
}

/** Cuts off fractions. @returns undefined for NaN, infinities and what int64 cannot hold */
export function toInt64(value: NumberValue): bigint | undefined {
  const whole = wholePart(value);
  return whole !== undefined && fitsInt64(whole) ? whole : undefined;
}

function wholePart(value: NumberValue): bigint | undefined {
  if (isWhole(value)) return wholeToBigInt(value);
  if (value instanceof Decimal128) return decimalToBigInt(parseDecimal(value));
  return Number.isFinite(value.value) ? BigInt(Math.trunc(value.value)) : undefined;
}

/** @returns the number if `value` is one without fraction, of whatever type, that is safe as a JavaScript number */
export function wholeNumber(value: Value | undefined): number | undefined {
  if (!isNumber(value)) return undefined;
  const double = toDouble(value);
  return Number.isSafeInteger(double) ? double || 0 : undefined;
}

/** @param wide true if an operand was an int64, which the result then stays */
function whole(value: bigint, wide: boolean): NumberValue | undefined {
  if (!wide && value >= -2147483648n && value <= 2147483647n) return int32(Number(value));
  return fitsInt64(value) ? long(value) : undefined;
}

interface Operation {
  whole(a: bigint, b: bigint): bigint;
  double(a: number, b: number): number;
  decimal(a: Decimal, b: Decimal): Decimal;
}

/** @returns undefined when the result of whole numbers is beyond int64 */
function calculate(a: NumberValue, b: NumberValue, operation: Operation): NumberValue | undefined {
  if (a instanceof Int32 && b instanceof Int32) {
    // Sums and products of int32 that stay below 2^53 need no bigint.
    const result = operation.double(a.value, b.value) || 0;
    if (fitsInt32(result)) return int32(result);
  }
  if (a instanceof Decimal128 || b instanceof Decimal128) {
    return formatDecimal(operation.decimal(toDecimal(a), toDecimal(b)));
  }
  if (!isWhole(a) || !isWhole(b)) return new Double(operation.double(toDouble(a), toDouble(b)));
  return whole(operation.whole(wholeToBigInt(a), wholeToBigInt(b)), a instanceof Long || b instanceof Long);
}

const addition: Operation = { whole: (a, b) => a + b, double: (a, b) => a + b, decimal: addDecimals };

const subtraction: Operation = {
  whole: (a, b) => a - b,
  double: (a, b) => a - b,
  decimal: (a, b) => addDecimals(a, negateDecimal(b)),
};

const multiplication: Operation = { whole: (a, b) => a * b, double: (a, b) => a * b, decimal: multiplyDecimals };

/** @returns undefined on overflow of int64, which `$inc` refuses */
export const addNumbers = (a: NumberValue, b: NumberValue): NumberValue | undefined => calculate(a, b, addition);

/** @returns undefined on overflow of int64 */
export const subtractNumbers = (a: NumberValue, b: NumberValue): NumberValue | undefined =>
  calculate(a, b, subtraction);

/** @returns undefined on overflow of int64, which `$mul` refuses */
export const multiplyNumbers = (a: NumberValue, b: NumberValue): NumberValue | undefined =>
  calculate(a, b, multiplication);

/** Whole numbers divide to a double. @param b not zero */
export function divideNumbers(a: NumberValue, b: NumberValue): NumberValue {
  if (a instanceof Decimal128 || b instanceof Decimal128) {
    return formatDecimal(divideDecimals(toDecimal(a), toDecimal(b)));
  }
  return new Double(toDouble(a) / toDouble(b));
}

/** The result has the sign of `a`. @param b not zero */
export function remainderOfNumbers(a: NumberValue, b: NumberValue): NumberValue {
  if (a instanceof Decimal128 || b instanceof Decimal128) {
    return formatDecimal(remainderOfDecimals(toDecimal(a), toDecimal(b)));
  }
  if (!isWhole(a) || !isWhole(b)) return new Double(toDouble(a) % toDouble(b));
  return whole(wholeToBigInt(a) % wholeToBigInt(b), a instanceof Long || b instanceof Long)!;
}

export function isZero(value: NumberValue): boolean {
  if (!(value instanceof Decimal128)) return toDouble(value) === 0;
  const decimal = parseDecimal(value);
  return typeof decimal !== 'string' && decimal.digits === 0n;
}

/** @returns the rounded sum, and what rounding lost */
function twoSum(a: number, b: number): [sum: number, lost: number] {
  const sum = a + b;
  const bigger = Math.abs(a) >= Math.abs(b);
  return [sum, bigger ? a - sum + b : b - sum + a];
}

/** Adds up any mix of numbers: whole ones exactly, doubles with the lost low bits kept aside (Neumaier). */
export class Sum {
  private wholes = 0n;
  private doubles = 0;
  private lost = 0;
  private decimals: Decimal | undefined;
  private widest: 'int' | 'long' | 'double' = 'int';

  add(value: NumberValue): void {
    if (value instanceof Decimal128) {
      this.decimals =
        this.decimals === undefined ? parseDecimal(value) : addDecimals(this.decimals, parseDecimal(value));
    } else if (value instanceof Double) {
      this.widest = 'double';
      this.addDouble(value.value);
    } else {
      if (value instanceof Long && this.widest === 'int') this.widest = 'long';
      this.wholes += wholeToBigInt(value);
    }
  }

  private addDouble(value: number): void {
    const [total, lost] = twoSum(this.doubles, value);
    if (Number.isFinite(total)) this.lost += lost;
    this.doubles = total;
  }

  /** What int64 cannot hold becomes a double. */
  total(): NumberValue {
    if (this.decimals !== undefined) return formatDecimal(this.decimalTotal(this.decimals));
    if (this.widest !== 'double') {
      return whole(this.wholes, this.widest === 'long') ?? new Double(Number(this.wholes));
    }
    return new Double(this.doubleTotal());
  }

  /** @param count of the values added, at least one */
  average(count: number): NumberValue {
    const total = this.total();
    return divideNumbers(total, int32(count));
  }

  private doubleTotal(): number {
    if (!Number.isFinite(this.doubles)) return this.doubles;
    const wholes = Number(this.wholes);
    const [total, lost] = twoSum(this.doubles, wholes);
    return total + (lost + this.lost + Number(this.wholes - BigInt(wholes)));
  }

  /** Unlike other arithmetic, sums take all digits of their doubles into a decimal. */
  private decimalTotal(decimals: Decimal): Decimal {
    const withWholes = this.wholes === 0n ? decimals : addDecimals(decimals, decimalFromBigInt(this.wholes));
    if (this.widest !== 'double') return withWholes;
    if (!Number.isFinite(this.doubles)) return addDecimals(withWholes, decimalFromDouble(this.doubles));
    const doubles = addDecimals(decimalFromDouble(this.doubles), decimalFromDouble(this.lost));
    return addDecimals(withWholes, doubles);
  }
}
