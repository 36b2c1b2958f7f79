import { Decimal128, Double, Int32 } from 'bson';
import { addDecimals, formatDecimal, multiplyDecimals, parseDecimal, type Decimal } from '../../bson/decimal.js';
import { int32, isNumber, long, longToBigInt, typeName, type NumberValue, type Value } from '../../bson/value.js';
import { badValue, typeMismatch } from '../../errors.js';
import { identicalValues } from '../compare.js';
import { idOf } from './messages.js';
import type { Leaf } from './tree.js';

interface Operation {
  name: '$inc' | '$mul';
  verb: string;
  integers: (a: bigint, b: bigint) => bigint;
  doubles: (a: number, b: number) => number;
  decimals: (a: Decimal, b: Decimal) => Decimal;
}

const INC: Operation = {
  name: '$inc',
  verb: 'increment',
  integers: (a, b) => a + b,
  doubles: (a, b) => a + b,
  decimals: addDecimals,
};
const MUL: Operation = {
  name: '$mul',
  verb: 'multiply',
  integers: (a, b) => a * b,
  doubles: (a, b) => a * b,
  decimals: multiplyDecimals,
};

export const inc = (operand: Value, path: string): Leaf => arithmetic(INC, operand, path, (by) => by);

/** A missing field counts as a zero of the type of the factor. */
export const mul = (operand: Value, path: string): Leaf =>
  arithmetic(MUL, operand, path, (by) => compute(MUL, int32(0), by)!);

function arithmetic(
  operation: Operation,
  operand: Value,
  path: string,
  initial: (by: NumberValue) => NumberValue,
): Leaf {
  if (!isNumber(operand)) {
    throw typeMismatch(`Cannot ${operation.verb} with non-numeric argument: {${path}: ${typeName(operand)}}`);
  }
  return {
    kind: 'leaf',
    create: () => initial(operand),
    change: (before, place, { root }) => {
      if (!isNumber(before)) {
        throw typeMismatch(
          `Cannot apply ${operation.name} to a value of non-numeric type. ${idOf(root)} has the field ` +
            `'${place.path.split('.').at(-1)}' of non-numeric type ${typeName(before)}`,
        );
      }
      const after = compute(operation, before, operand);
      if (after === undefined)
        throw badValue(`Failed to apply ${operation.name} operations to current value of '${place.path}': overflow`);
      return identicalValues(before, after) ? before : after;
    },
  };
}

/**
 * int32 grows to int64 where it has to, a double makes doubles, a decimal decimals.
 *
 * @returns undefined when int64 overflows
 */
function compute({ integers, doubles, decimals }: Operation, a: NumberValue, b: NumberValue): NumberValue | undefined {
  if (a instanceof Decimal128 || b instanceof Decimal128) return formatDecimal(decimals(toDecimal(a), toDecimal(b)));
  if (a instanceof Double || b instanceof Double) return new Double(doubles(toNumber(a), toNumber(b)));
  const result = integers(toBigInt(a), toBigInt(b));
  if (a instanceof Int32 && b instanceof Int32 && BigInt.asIntN(32, result) === result) return int32(Number(result));
  return BigInt.asIntN(64, result) === result ? long(result) : undefined;
}

type Binary = Exclude<NumberValue, Decimal128>;

const toBigInt = (value: Binary): bigint =>
  value instanceof Int32 || value instanceof Double ? BigInt(value.value) : longToBigInt(value);

const toNumber = (value: Binary): number =>
  value instanceof Int32 || value instanceof Double ? value.value : Number(longToBigInt(value));

/** A double has 15 digits as a decimal, as MongoDB converts it. */
function toDecimal(value: NumberValue): Decimal {
  if (value instanceof Decimal128) return parseDecimal(value);
  if (value instanceof Double) return parseDecimal(Decimal128.fromString(doubleText(value.value)));
  return parseDecimal(Decimal128.fromString(toBigInt(value).toString()));
}

const doubleText = (value: number): string => (Number.isFinite(value) ? value.toPrecision(15) : String(value));
