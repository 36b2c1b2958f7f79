import type { Doc, Value } from '../bson/value.js';
import { int32, isDoc, isNumber, typeName } from '../bson/value.js';
import { badValue, MongoError, typeMismatch, unsupported } from '../errors.js';
import { valueSize } from '../bson/size.js';
import { compareValues } from './compare.js';
import type { Expression } from './types.js';
import { isNullish } from './expressions/booleans.js';
import { keyOf } from './expressions/sets.js';
import { knownExpressions } from './expressions/known.js';
import { Sum } from './numbers.js';

/** Gathers one field of one group. */
export interface Accumulator {
  /** @returns the bytes of memory that it keeps because of this value */
  add(value: Value | undefined): number;
  result(): Value;
}

class SumOf implements Accumulator {
  private readonly sum = new Sum();

  add(value: Value | undefined): number {
    if (isNumber(value)) this.sum.add(value);
    return 0;
  }

  result(): Value {
    return this.sum.total();
  }
}

class Average implements Accumulator {
  private readonly sum = new Sum();
  private count = 0;

  add(value: Value | undefined): number {
    if (!isNumber(value)) return 0;
    this.sum.add(value);
    this.count++;
    return 0;
  }

  result(): Value {
    return this.count === 0 ? null : this.sum.average(this.count);
  }
}

class Extreme implements Accumulator {
  private best: Value | undefined;

  /** @param direction 1 for the least, -1 for the greatest */
  constructor(private readonly direction: 1 | -1) {}

  add(value: Value | undefined): number {
    if (isNullish(value)) return 0;
    if (this.best === undefined || this.direction * compareValues(value, this.best) < 0) this.best = value;
    return 0;
  }

  result(): Value {
    return this.best ?? null;
  }
}

class First implements Accumulator {
  private value: Value | undefined;
  private seen = false;

  add(value: Value | undefined): number {
    if (this.seen) return 0;
    this.seen = true;
    this.value = value;
    return value === undefined ? 0 : valueSize(value);
  }

  result(): Value {
    return this.value ?? null;
  }
}

class Last implements Accumulator {
  private value: Value | undefined;

  add(value: Value | undefined): number {
    this.value = value;
    return 0;
  }

  result(): Value {
    return this.value ?? null;
  }
}

class Push implements Accumulator {
  private readonly values: Value[] = [];

  add(value: Value | undefined): number {
    if (value === undefined) return 0;
    this.values.push(value);
    return valueSize(value) + 16;
  }

  result(): Value {
    return this.values;
  }
}

class AddToSet implements Accumulator {
  private readonly values = new Map<string, Value>();

  add(value: Value | undefined): number {
    if (value === undefined) return 0;
    const key = keyOf(value);
    if (this.values.has(key)) return 0;
    this.values.set(key, value);
    return key.length + valueSize(value) + 64;
  }

  result(): Value {
    return [...this.values.values()];
  }
}

class Count implements Accumulator {
  private readonly sum = new Sum();

  add(): number {
    this.sum.add(int32(1));
    return 0;
  }

  result(): Value {
    return this.sum.total();
  }
}

class MergeObjects implements Accumulator {
  private readonly merged: Doc = new Map();

  add(value: Value | undefined): number {
    if (isNullish(value)) return 0;
    if (!isDoc(value)) {
      throw new MongoError(40400, `$mergeObjects requires object inputs, but input is of type ${typeName(value)}`);
    }
    for (const [name, field] of value) this.merged.set(name, field);
    return valueSize(value);
  }

  result(): Value {
    return this.merged;
  }
}

const accumulators = new Map<string, () => Accumulator>([
  ['$sum', () => new SumOf()],
  ['$avg', () => new Average()],
  ['$min', () => new Extreme(1)],
  ['$max', () => new Extreme(-1)],
  ['$first', () => new First()],
  ['$last', () => new Last()],
  ['$push', () => new Push()],
  ['$addToSet', () => new AddToSet()],
  ['$count', () => new Count()],
  ['$mergeObjects', () => new MergeObjects()],
]);

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
  if (name.includes('.')) throw new MongoError(40235, `The field name '${name}' cannot contain '.'`);
  if (name.startsWith('$')) throw new MongoError(40236, `The field name '${name}' cannot be an operator name`);
  if (!isDoc(spec)) throw new MongoError(40234, `The field '${name}' must be an accumulator object`);
  const [entry, second] = spec;
  if (entry === undefined || second !== undefined) {
    throw new MongoError(40238, `The field '${name}' must specify one accumulator`);
  }
  const [operator, argument] = entry;
  const start = accumulators.get(operator);
  if (start === undefined) throw unknownAccumulator(operator);
  if (Array.isArray(argument) && argument.length !== 1) {
    throw new MongoError(40237, `The ${operator} accumulator is a unary operator`);
  }
  return { name, operator, argument, expression: compile(checkedArgument(operator, argument)), start };
}

function checkedArgument(operator: string, argument: Value): Value {
  if (operator === '$count') {
    if (!isDoc(argument)) throw typeMismatch('$count takes no arguments, i.e. $count:{}');
    if (argument.size > 0) throw badValue('$count takes no arguments, i.e. $count:{}');
    return null;
  }
  return Array.isArray(argument) ? argument[0]! : argument;
}

function unknownAccumulator(operator: string): MongoError {
  return knownExpressions.has(operator)
    ? unsupported(`the accumulator ${operator}`)
    : new MongoError(15952, `unknown group operator '${operator}'`);
}
