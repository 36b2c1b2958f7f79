import { Decimal128, Double } from 'bson';
import { formatDecimal, parseDecimal } from '../../bson/decimal.js';
import type { FarDate, NumberValue, Value } from '../../bson/value.js';
import { dateFromMs, dateMs, int32, isDate, isDoc, isNumber, long, typeName } from '../../bson/value.js';
import { badValue, ErrorCodes, MongoError, typeMismatch } from '../../errors.js';
import {
  addNumbers,
  divideNumbers,
  fitsInt64,
  isZero,
  multiplyNumbers,
  remainderOfNumbers,
  subtractNumbers,
  toDouble,
  toInt64,
} from '../numbers.js';
import { isNullish } from './booleans.js';
import { halfEven, roundDecimal } from './rounding.js';
import type { Operators } from './scope.js';
import { binary, positional } from './scope.js';

/** One by one, as MongoDB adds: doubles round at each step, and the first null ends it before later types are looked at. */
function add(values: readonly (Value | undefined)[]): Value {
  let total: NumberValue = int32(0);
  let date: Date | FarDate | undefined;
  for (const value of values) {
    if (isNullish(value)) return null;
    if (isDate(value)) {
      if (date !== undefined) throw new MongoError(16612, 'only one date allowed in an $add expression');
      date = shiftDate(value, total);
    } else if (!isNumber(value)) {
      throw typeMismatch(`$add only supports numeric or date types, not ${typeName(value)}`);
    } else if (date !== undefined) date = shiftDate(date, value);
    else total = addNumbers(total, value) ?? new Double(toDouble(total) + toDouble(value));
  }
  return date ?? total;
}

/** Doubles round half away from zero, decimals half to even. */
function shiftDate(date: Date | FarDate, by: NumberValue): Date | FarDate {
  const rounded = wholeMs(by);
  const ms = rounded === undefined ? undefined : dateMs(date) + rounded;
  if (ms === undefined || !fitsInt64(ms)) throw new MongoError(ErrorCodes.Overflow, 'date overflow');
  return dateFromMs(ms);
}

function wholeMs(by: NumberValue): bigint | undefined {
  if (by instanceof Double) return toInt64(new Double(Math.sign(by.value) * Math.round(Math.abs(by.value))));
  if (!(by instanceof Decimal128)) return toInt64(by);
  const decimal = parseDecimal(by);
  return typeof decimal === 'string' ? undefined : toInt64(formatDecimal(roundDecimal(decimal, 0, halfEven)));
}

function subtract(a: Value | undefined, b: Value | undefined): Value {
  if (isNullish(a) || isNullish(b)) return null;
  if (isNumber(a) && isNumber(b)) return subtractNumbers(a, b) ?? new Double(toDouble(a) - toDouble(b));
  if (isDate(a) && isDate(b)) {
    const ms = dateMs(a) - dateMs(b);
    if (!fitsInt64(ms)) throw new MongoError(ErrorCodes.Overflow, 'date overflow in $subtract');
    return long(ms);
  }
  if (isDate(a) && isNumber(b)) return shiftDate(a, subtractNumbers(long(0n), b) ?? new Double(-toDouble(b)));
  throw typeMismatch(`can't $subtract ${typeName(b)} from ${typeName(a)}`);
}

function multiply(values: readonly (Value | undefined)[]): Value {
  let product: NumberValue = int32(1);
  for (const value of values) {
    if (isNullish(value)) return null;
    if (!isNumber(value)) throw typeMismatch(`$multiply only supports numeric types, not ${typeName(value)}`);
    product = multiplyNumbers(product, value) ?? new Double(toDouble(product) * toDouble(value));
  }
  return product;
}

function divide(a: Value | undefined, b: Value | undefined): Value {
  if (isNullish(a) || isNullish(b)) return null;
  if (!isNumber(a) || !isNumber(b)) {
    throw typeMismatch(`$divide only supports numeric types, not ${typeName(a)} and ${typeName(b)}`);
  }
  if (isZero(b)) throw badValue("can't $divide by zero");
  return divideNumbers(a, b);
}

function modulo(a: Value | undefined, b: Value | undefined): Value {
  if (isNullish(a) || isNullish(b)) return null;
  if (!isNumber(a) || !isNumber(b)) {
    throw new MongoError(16611, `$mod only supports numeric types, not ${typeName(a)} and ${typeName(b)}`);
  }
  const inDecimal = a instanceof Decimal128 || b instanceof Decimal128;
  if (isZero(b)) throw new MongoError(inDecimal ? 5733415 : 16610, "can't $mod by zero");
  return remainderOfNumbers(a, b);
}

export const arithmetic: Operators = {
  $add: positional(0, Infinity, add),
  $subtract: binary(subtract),
  $multiply: positional(0, Infinity, multiply),
  $divide: binary(divide),
  $mod: binary(modulo),
  $rand: (argument) => {
    if (isDoc(argument) && argument.size === 0) return () => new Double(Math.random());
    throw new MongoError(3040501, '$rand does not currently accept arguments');
  },
};
