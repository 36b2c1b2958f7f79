import type { Value } from '../bson/value.js';
import { isDoc } from '../bson/value.js';
import { MongoError, typeMismatch, unsupported } from '../errors.js';
import type { Accumulator } from './accumulators/accumulator.js';
import { Average, Count, StandardDeviation, Total } from './accumulators/numeric.js';
import { Collected, CollectedSet, Extreme, First, Last, Merged } from './accumulators/values.js';
import type { Expression } from './types.js';

export type { Accumulator } from './accumulators/accumulator.js';

const accumulators = new Map<string, () => Accumulator>([
  ['$sum', () => new Total()],
  ['$avg', () => new Average()],
  ['$min', () => new Extreme(1)],
  ['$max', () => new Extreme(-1)],
  ['$first', () => new First()],
  ['$last', () => new Last()],
  ['$push', () => new Collected()],
  ['$addToSet', () => new CollectedSet()],
  ['$count', () => new Count()],
  ['$mergeObjects', () => new Merged()],
  ['$stdDevPop', () => new StandardDeviation(0)],
  ['$stdDevSamp', () => new StandardDeviation(1)],
]);

/** Those of MongoDB 8.0 that the store does not have. */
const known = new Set(
  '$accumulator $bottom $bottomN $firstN $lastN $maxN $median $minN $percentile $top $topN'.split(' '),
);

export interface AccumulatedField {
  readonly name: string;
  readonly operator: string;
  readonly argument: Value;
  readonly expression: Expression;
  start(): Accumulator;
}

/** `{$sum: '$amount'}` behind a field of `$group`. */
export function compileAccumulator(
  name: string,
  spec: Value,
  compile: (expression: Value) => Expression,
): AccumulatedField {
  const [entry, second] = isDoc(spec) ? spec : [];
  if (entry === undefined || !entry[0].startsWith('$')) {
    throw new MongoError(40234, `The field '${name}' must be an accumulator object`);
  }
  if (name.includes('.')) throw new MongoError(40235, `The field name '${name}' cannot contain '.'`);
  if (name.startsWith('$')) throw new MongoError(40236, `The field name '${name}' cannot be an operator name`);
  if (second !== undefined) throw new MongoError(40238, `The field '${name}' must specify one accumulator`);
  const [operator, argument] = entry;
  const start = accumulators.get(operator);
  if (start === undefined) throw unknownAccumulator(operator);
  if (Array.isArray(argument)) throw new MongoError(40237, `The ${operator} accumulator is a unary operator`);
  return { name, operator, argument, expression: compile(checkedArgument(operator, argument)), start };
}

function checkedArgument(operator: string, argument: Value): Value {
  if (operator === '$count') {
    if (!isDoc(argument) || argument.size > 0) throw typeMismatch('$count takes no arguments, i.e. $count:{}');
    return null;
  }
  return argument;
}

function unknownAccumulator(operator: string): MongoError {
  return known.has(operator)
    ? unsupported(`the accumulator ${operator}`)
    : new MongoError(15952, `unknown group operator '${operator}'`);
}
