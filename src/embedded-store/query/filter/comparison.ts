import { MaxKey, MinKey } from 'bson';
import type { Value } from '../../bson/value.js';
import { compareValues, isNaNValue, rankOf } from '../compare.js';
import type { Comparison } from './node.js';

/** Says of one value, undefined where there is none, whether it satisfies an operator. */
export type ValueTest = (value: Value | undefined) => boolean;

const holds: Record<Comparison, (order: number) => boolean> = {
  eq: (order) => order === 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
};

/**
 * Comparisons hold within one bracket of types (all numbers are one, strings and symbols another). Null also equals a
 * missing field. MinKey and MaxKey are the exception: everything, even a missing field, is on their other side.
 *
 * @see https://www.mongodb.com/docs/manual/reference/method/db.collection.find/#type-bracketing
 */
export function comparisonTest(kind: Comparison, operand: Value): ValueTest {
  if (operand === null) return nullTest(kind);
  if (operand instanceof MinKey || operand instanceof MaxKey) return extremeTest(kind, operand);
  const bracket = rankOf(operand);
  if (kind !== 'eq' && isNaNValue(operand)) return nanTest(kind);
  const satisfies = holds[kind];
  return (value) => {
    if (value === undefined || rankOf(value) !== bracket) return false;
    if (kind !== 'eq' && isNaNValue(value)) return false;
    return satisfies(compareValues(value, operand));
  };
}

function nullTest(kind: Comparison): ValueTest {
  const includesEqual = holds[kind](0);
  return (value) => includesEqual && (value === null || value === undefined);
}

function extremeTest(kind: Comparison, operand: MinKey | MaxKey): ValueTest {
  const satisfies = holds[kind];
  const bracket = rankOf(operand);
  const others = operand instanceof MaxKey ? -1 : 1;
  return (value) => satisfies(value !== undefined && rankOf(value) === bracket ? 0 : others);
}

/** NaN is below all numbers when sorted, but `$lt` and `$gt` do not see it. */
function nanTest(kind: Comparison): ValueTest {
  const includesEqual = holds[kind](0);
  return (value) => includesEqual && isNaNValue(value);
}

/** @param values as in an InNode: in BSON order */
export function inTest(values: readonly Value[]): ValueTest {
  const hasNull = values.includes(null);
  return (value) => (value === undefined ? hasNull : hasValue(values, value));
}

function hasValue(sorted: readonly Value[], value: Value): boolean {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareValues(sorted[middle]!, value);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
