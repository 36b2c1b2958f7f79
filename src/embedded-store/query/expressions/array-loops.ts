import type { Value } from '../../bson/value.js';
import { isArray, isNumber, typeName } from '../../bson/value.js';
import { failedToParse, MongoError } from '../../errors.js';
import { toInt64 } from '../numbers.js';
import type { Variables } from '../types.js';
import { isNullish, isTruthy } from './booleans.js';
import type { Operator, Operators } from './scope.js';
import { compileOptional, namedArguments } from './scope.js';

/** The name after `as`. @throws MongoError for what is no name of a user's variable */
export function variableName(value: Value | undefined, name: string): string {
  if (value === undefined) return 'this';
  if (typeof value !== 'string') throw failedToParse(`${name}: 'as' must be a string`);
  return checkVariableName(value);
}

export function checkVariableName(name: string): string {
  if (!/^[a-z\u0080-\uffff][\w\u0080-\uffff]*$/u.test(name)) {
    throw failedToParse(`'${name}' is not a valid variable name: it must begin with a lower case letter`);
  }
  return name;
}

const withVariable = (variables: Variables, name: string, value: Value): Variables =>
  new Map(variables).set(name, value);

const map: Operator = (argument, scope, name) => {
  const given = namedArguments(argument, name, ['input', 'in'], ['as']);
  const as = variableName(given.get('as'), name);
  const input = scope.compile(given.get('input')!);
  const each = scope.extend([as]).compile(given.get('in')!);
  return (root, variables) => {
    const list = input(root, variables);
    if (isNullish(list)) return null;
    if (!isArray(list)) throw new MongoError(16883, `input to $map must be an array not ${typeName(list)}`);
    return list.map((item) => each(root, withVariable(variables, as, item)) ?? null);
  };
};

const filter: Operator = (argument, scope, name) => {
  const given = namedArguments(argument, name, ['input', 'cond'], ['as', 'limit']);
  const as = variableName(given.get('as'), name);
  const input = scope.compile(given.get('input')!);
  const condition = scope.extend([as]).compile(given.get('cond')!);
  const limit = compileOptional(given, 'limit', scope);
  return (root, variables) => {
    const list = input(root, variables);
    const most = limit === undefined ? Infinity : filterLimit(limit(root, variables));
    if (isNullish(list)) return null;
    if (!isArray(list)) throw new MongoError(28651, `input to $filter must be an array not ${typeName(list)}`);
    const kept: Value[] = [];
    for (const item of list) {
      if (kept.length >= most) break;
      if (isTruthy(condition(root, withVariable(variables, as, item)))) kept.push(item);
    }
    return kept;
  };
};

function filterLimit(value: Value | undefined): number {
  if (isNullish(value)) return Infinity;
  const limit = isNumber(value) ? toInt64(value) : undefined;
  if (limit === undefined)
    throw new MongoError(327391, '$filter: limit must be represented as a 32-bit integral value');
  if (limit < 1n) throw new MongoError(327392, `$filter: limit must be greater than 0: ${limit}`);
  return Number(limit);
}

const reduce: Operator = (argument, scope, name) => {
  const given = namedArguments(argument, name, ['input', 'initialValue', 'in']);
  const input = scope.compile(given.get('input')!);
  const initial = scope.compile(given.get('initialValue')!);
  const step = scope.extend(['value', 'this']).compile(given.get('in')!);
  return (root, variables) => {
    const list = input(root, variables);
    if (isNullish(list)) return null;
    if (!isArray(list))
      throw new MongoError(40080, `$reduce requires that 'input' be an array, found: ${typeName(list)}`);
    let value = initial(root, variables);
    for (const item of list) value = step(root, new Map(variables).set('value', value).set('this', item));
    return value;
  };
};

const define: Operator = (argument, scope, name) => {
  const given = namedArguments(argument, name, ['vars', 'in']);
  const vars = given.get('vars');
  if (!(vars instanceof Map)) throw failedToParse('$let: vars must be an object');
  const parts = [...vars].map(([key, value]) => [checkVariableName(key), scope.compile(value)] as const);
  const body = scope.extend(parts.map(([key]) => key)).compile(given.get('in')!);
  return (root, variables) => {
    const extended = new Map(variables);
    for (const [key, part] of parts) extended.set(key, part(root, variables));
    return body(root, extended);
  };
};

export const arrayLoops: Operators = { $map: map, $filter: filter, $reduce: reduce, $let: define };
