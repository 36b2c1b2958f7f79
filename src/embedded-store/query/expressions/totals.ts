import type { Value } from '../../bson/value.js';
import { isNumber } from '../../bson/value.js';
import { compareValues } from '../compare.js';
import { Sum } from '../numbers.js';
import { isNullish } from './booleans.js';
import type { Operator, Operators } from './scope.js';
import { compileArguments } from './scope.js';

/** `{$sum: '$list'}` goes over the list; `{$sum: [a, b]}` over its arguments, arrays among them count as one value. */
const over =
  (combine: (values: readonly Value[]) => Value): Operator =>
  (argument, scope, name) => {
    const parts = compileArguments(argument, scope, name, 0, Infinity);
    return (root, variables) => {
      const values = parts.map((part) => part(root, variables));
      const [only] = values;
      const list = values.length === 1 && Array.isArray(only) ? only : values;
      return combine(list.filter((value) => value !== undefined));
    };
  };

function sum(values: readonly Value[]): Value {
  const total = new Sum();
  for (const value of values) if (isNumber(value)) total.add(value);
  return total.total();
}

function average(values: readonly Value[]): Value {
  const numbers = values.filter(isNumber);
  if (numbers.length === 0) return null;
  const total = new Sum();
  for (const number of numbers) total.add(number);
  return total.average(numbers.length);
}

const extreme =
  (direction: 1 | -1) =>
  (values: readonly Value[]): Value => {
    let best: Value | undefined;
    for (const value of values) {
      if (!isNullish(value) && (best === undefined || direction * compareValues(value, best) < 0)) best = value;
    }
    return best ?? null;
  };

export const totals: Operators = {
  $sum: over(sum),
  $avg: over(average),
  $min: over(extreme(1)),
  $max: over(extreme(-1)),
};
