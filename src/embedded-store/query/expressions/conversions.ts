import { Decimal128, Double, Int32, ObjectId } from 'bson';
import { formatDecimal, parseDecimal } from '../../bson/decimal.js';
import type { TypeName, Value } from '../../bson/value.js';
import { dateFromMs, dateMs, int32, isDate, isNumber, long, Type, typeName, typeOf } from '../../bson/value.js';
import { ErrorCodes, failedToParse, MongoError, unsupported } from '../../errors.js';
import { fitsInt64, isZero, toDecimal, toDouble, toInt64 } from '../numbers.js';
import { isNullish } from './booleans.js';
import { parseIsoDate } from './dates.js';
import type { Evaluate, Operator, Operators } from './scope.js';
import { compileOptional, namedArguments, unary } from './scope.js';
import { toText, uuidText } from './text.js';

type Convert = (value: Value) => Value | undefined;

const failure = (message: string): MongoError => new MongoError(ErrorCodes.ConversionFailure, message);

const DECIMAL = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

function wholeFrom(value: Value, fits: (whole: bigint) => boolean, kind: string): bigint | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'string') {
    if (!DECIMAL.test(value) || value.length > 40)
      throw failure(`Failed to parse number '${value}' in $convert with no onError value`);
    return inRange(BigInt(value.replace(/^\+/, '')), fits, kind);
  }
  if (!isNumber(value)) return undefined;
  const whole = toInt64(value);
  if (whole === undefined)
    throw failure(`Conversion would overflow target type in $convert to ${kind} with no onError value`);
  return inRange(whole, fits, kind);
}

function inRange(whole: bigint, fits: (whole: bigint) => boolean, kind: string): bigint {
  if (!fits(whole)) throw failure(`Conversion would overflow target type in $convert to ${kind} with no onError value`);
  return whole;
}

const fitsInt = (whole: bigint): boolean => whole >= -2147483648n && whole <= 2147483647n;

const toInt: Convert = (value) => {
  const whole = wholeFrom(value, fitsInt, 'int');
  return whole === undefined ? undefined : int32(Number(whole));
};

const toLong: Convert = (value) => {
  const whole = isDate(value) ? dateMs(value) : wholeFrom(value, fitsInt64, 'long');
  return whole === undefined ? undefined : long(whole);
};

const toDoubleValue: Convert = (value) => {
  if (typeof value === 'boolean') return new Double(value ? 1 : 0);
  if (isDate(value)) return new Double(Number(dateMs(value)));
  if (typeof value === 'string') {
    if (!FLOAT.test(value) && !/^[+-]?(inf|infinity|nan)$/i.test(value))
      throw failure(`Failed to parse number '${value}' in $convert with no onError value`);
    return new Double(FLOAT.test(value) ? Number(value) : namedDouble(value.toLowerCase()));
  }
  if (!isNumber(value)) return undefined;
  const double = toDouble(value);
  const finite = !(value instanceof Decimal128) || typeof parseDecimal(value) !== 'string';
  if (finite && !(value instanceof Double) && !Number.isFinite(double))
    throw failure('Conversion would overflow target type in $convert with no onError value');
  return new Double(double);
};

function namedDouble(text: string): number {
  if (text.endsWith('nan')) return NaN;
  return text.startsWith('-') ? -Infinity : Infinity;
}

const toDecimalValue: Convert = (value) => {
  if (typeof value === 'boolean') return formatDecimal({ negative: false, digits: value ? 1n : 0n, exponent: 0 });
  if (isDate(value)) return formatDecimal(toDecimal(long(dateMs(value))));
  if (value instanceof Decimal128) return value;
  if (isNumber(value)) return formatDecimal(toDecimal(value));
  if (typeof value !== 'string') return undefined;
  try {
    return Decimal128.fromStringWithRounding(value);
  } catch {
    throw failure(`Failed to parse number '${value}' in $convert with no onError value`);
  }
};

const toBool: Convert = (value) => (typeof value === 'boolean' ? value : isNumber(value) ? !isZero(value) : true);

const toDate: Convert = (value) => {
  if (isDate(value)) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  if (typeof value === 'string') return parseIsoDate(value);
  if (typeOf(value) === Type.timestamp) return dateFromMs(BigInt((value as unknown as { t: number }).t) * 1000n);
  if (value instanceof Int32 || !isNumber(value)) return undefined;
  const ms = toInt64(value);
  if (ms === undefined)
    throw failure('Conversion would overflow target type in $convert to date with no onError value');
  return dateFromMs(ms);
};

const toObjectId: Convert = (value) => {
  if (value instanceof ObjectId) return value;
  if (typeof value !== 'string') return undefined;
  if (!/^[0-9a-f]{24}$/i.test(value))
    throw failure(`Failed to parse objectId '${value}' in $convert with no onError value`);
  return new ObjectId(value);
};

const toStringValue: Convert = (value) => toText(value) ?? uuidText(value);

const targets = new Map<TypeName, Convert>([
  ['double', toDoubleValue],
  ['string', toStringValue],
  ['objectId', toObjectId],
  ['bool', toBool],
  ['date', toDate],
  ['int', toInt],
  ['long', toLong],
  ['decimal', toDecimalValue],
]);

function convert(value: Value, to: TypeName): Value {
  const result = targets.get(to)!(value);
  if (result === undefined) {
    throw failure(`Unsupported conversion from ${typeName(value)} to ${to} in $convert with no onError value`);
  }
  return result;
}

const shorthand = (to: TypeName): Operator => unary((value) => (isNullish(value) ? null : convert(value, to)));

function targetOf(value: Value | undefined): TypeName | undefined {
  if (isNullish(value)) return undefined;
  if (value instanceof Map) throw unsupported("$convert with an object as 'to'");
  const code = isNumber(value) ? toDouble(value) : undefined;
  const name = typeof value === 'string' ? value : Object.entries(Type).find(([, number]) => number === code)?.[0];
  if (name !== undefined && targets.has(name as TypeName)) return name as TypeName;
  if (name !== undefined && name in Type) throw unsupported(`$convert to ${name}`);
  throw failedToParse("$convert's 'to' argument is no known type");
}

const convertOperator: Operator = (argument, scope, name) => {
  const given = namedArguments(argument, name, ['input', 'to'], ['onError', 'onNull']);
  const input = scope.compile(given.get('input')!);
  const to = scope.compile(given.get('to')!);
  const onError = compileOptional(given, 'onError', scope);
  const onNull = compileOptional(given, 'onNull', scope);
  const orElse: Evaluate = onNull ?? (() => null);
  return (root, variables) => {
    const target = targetOf(to(root, variables));
    const value = input(root, variables);
    if (isNullish(value)) return orElse(root, variables);
    if (target === undefined) return null;
    try {
      return convert(value, target);
    } catch (error) {
      const failed = error instanceof MongoError && error.code === ErrorCodes.ConversionFailure;
      if (failed && onError !== undefined) return onError(root, variables);
      throw error;
    }
  };
};

export const conversions: Operators = {
  $toString: shorthand('string'),
  $toInt: shorthand('int'),
  $toLong: shorthand('long'),
  $toDouble: shorthand('double'),
  $toDecimal: shorthand('decimal'),
  $toBool: shorthand('bool'),
  $toDate: shorthand('date'),
  $toObjectId: shorthand('objectId'),
  $convert: convertOperator,
};
