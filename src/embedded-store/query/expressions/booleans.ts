import { BsonUndefined, int32, isNumber } from '../../bson/value.js';
import type { Value } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { compareMaybe } from '../compare.js';
import { isZero } from '../numbers.js';
import type { Evaluate, Operator, Operators, Scope } from './scope.js';
import { binary, compileArguments, namedArguments, unary } from './scope.js';

/** False are: missing, null, undefined, false and zero. */
export function isTruthy(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false || value instanceof BsonUndefined) return false;
  return !(isNumber(value) && isZero(value));
}

export const isNullish = (value: Value | undefined): value is null | undefined | BsonUndefined =>
  value === undefined || value === null || value instanceof BsonUndefined;

const compare = (accept: (order: number) => boolean): Operator => binary((a, b) => accept(compareMaybe(a, b)));

const every: Operator = (argument, scope, name) => {
  const parts = compileArguments(argument, scope, name, 0, Infinity);
  return (root, variables) => parts.every((part) => isTruthy(part(root, variables)));
};

const some: Operator = (argument, scope, name) => {
  const parts = compileArguments(argument, scope, name, 0, Infinity);
  return (root, variables) => parts.some((part) => isTruthy(part(root, variables)));
};

const conditional: Operator = (argument, scope, name) => {
  const parts =
    argument instanceof Map
      ? ['if', 'then', 'else'].map((key) =>
          scope.compile(namedArguments(argument, name, ['if', 'then', 'else']).get(key)!),
        )
      : compileArguments(argument, scope, name, 3, 3);
  const [condition, yes, no] = parts as [Evaluate, Evaluate, Evaluate];
  return (root, variables) => (isTruthy(condition(root, variables)) ? yes : no)(root, variables);
};

const ifNull: Operator = (argument, scope, name) => {
  const parts = compileArguments(argument, scope, name, 2, Infinity);
  const last = parts.length - 1;
  return (root, variables) => {
    for (let i = 0; i < last; i++) {
      const value = parts[i]!(root, variables);
      if (!isNullish(value)) return value;
    }
    return parts[last]!(root, variables);
  };
};

const choose: Operator = (argument, scope, name) => {
  const given = namedArguments(argument, name, ['branches'], ['default']);
  const branches = given.get('branches')!;
  if (!Array.isArray(branches)) throw new MongoError(40061, '$switch expected an array for branches');
  if (branches.length === 0) throw new MongoError(40068, '$switch requires at least one branch.');
  const cases = branches.map((branch) => compileBranch(branch, scope));
  const fallback = given.has('default') ? scope.compile(given.get('default')!) : undefined;
  return (root, variables) => {
    for (const [condition, result] of cases) if (isTruthy(condition(root, variables))) return result(root, variables);
    if (fallback === undefined) {
      throw new MongoError(
        40066,
        '$switch could not find a matching branch for an input, and no default was specified.',
      );
    }
    return fallback(root, variables);
  };
};

function compileBranch(branch: Value, scope: Scope): [Evaluate, Evaluate] {
  const given = namedArguments(branch, '$switch branch', ['case', 'then']);
  return [scope.compile(given.get('case')!), scope.compile(given.get('then')!)];
}

export const booleans: Operators = {
  $eq: compare((order) => order === 0),
  $ne: compare((order) => order !== 0),
  $gt: compare((order) => order > 0),
  $gte: compare((order) => order >= 0),
  $lt: compare((order) => order < 0),
  $lte: compare((order) => order <= 0),
  $cmp: binary((a, b) => int32(Math.sign(compareMaybe(a, b)))),
  $and: every,
  $or: some,
  $not: unary((value) => !isTruthy(value)),
  $cond: conditional,
  $ifNull: ifNull,
  $switch: choose,
};
