import type { FarDate, NumberValue, Value } from '../../bson/value.js';
import { dateFromMs, dateMs, isDate, isNumber, long, typeName } from '../../bson/value.js';
import { badValue, ErrorCodes, MongoError, typeMismatch } from '../../errors.js';
import {
  divideNumbers,
  fitsInt64,
  isZero,
  multiplyNumbers,
  remainderOfNumbers,
  subtractNumbers,
  Sum,
  toDouble,
  toInt64,
} from '../numbers.js';
import { Double } from 'bson';
import { isNullish } from './booleans.js';
import type { Operators } from './scope.js';
import { binary, positional } from './scope.js';

function add(values: readonly (Value | undefined)[]): Value {
  const sum = new Sum();
  let date: Date | FarDate | undefined;
  let absent = false;
  for (const value of values) {
    if (isNullish(value)) absent = true;
    else if (isNumber(value)) sum.add(value);
    else if (isDate(value)) {
      if (date !== undefined) throw new MongoError(16612, 'only one date allowed in an $add expression');
      date = value;
    } else throw typeMismatch(`$add only supports numeric or date types, not ${typeName(value)}`);
  }
  if (absent) return null;
  return date === undefined ? sum.total() : shiftDate(date, sum.total());
}

function shiftDate(date: Date | FarDate, by: NumberValue): Value {
  const rounded = by instanceof Double ? toInt64(new Double(roundHalfEven(by.value))) : toInt64(by);
  const ms = rounded === undefined ? undefined : dateMs(date) + rounded;
  if (ms === undefined || !fitsInt64(ms)) throw new MongoError(ErrorCodes.Overflow, 'date overflow');
  return dateFromMs(ms);
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
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
  let product: NumberValue | undefined;
  let absent = false;
  for (const value of values) {
    if (isNullish(value)) absent = true;
    else if (!isNumber(value)) throw typeMismatch(`$multiply only supports numeric types, not ${typeName(value)}`);
    else if (product === undefined) product = value;
    else product = multiplyNumbers(product, value) ?? new Double(toDouble(product) * toDouble(value));
  }
  return absent ? null : (product ?? null);
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
  if (isZero(b)) throw new MongoError(16610, "can't $mod by zero");
  return remainderOfNumbers(a, b);
}

export const arithmetic: Operators = {
  $add: positional(0, Infinity, add),
  $subtract: binary(subtract),
  $multiply: positional(1, Infinity, multiply),
  $divide: binary(divide),
  $mod: binary(modulo),
};
