import type { Doc, Value } from '../../bson/value.js';
import { isDoc, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { isNullish } from './booleans.js';
import type { Evaluate, Operator, Operators, Scope } from './scope.js';

/** `{field, input, value}`: the name is a constant, taken as it is, with its dots and dollars. A missing value removes the field. */
const setField: Operator = (argument, scope, name) => {
  const given = checkArguments(argument, ['field', 'input', 'value'], name);
  return setting(given, scope.compile(given.get('value')!), scope, name);
};

const unsetField: Operator = (argument, scope, name) =>
  setting(checkArguments(argument, ['field', 'input'], name), () => undefined, scope, name);

function setting(given: Doc, valueOf: Evaluate, scope: Scope, name: string): Evaluate {
  const field = constantName(given.get('field')!, name);
  const inputOf = scope.compile(given.get('input')!);
  return (root, variables) => {
    const input = inputOf(root, variables);
    const value = valueOf(root, variables);
    if (isNullish(input)) return null;
    if (!isDoc(input)) {
      const type = typeName(input);
      throw new MongoError(4161105, `${name} requires 'input' to evaluate to type Object, but got ${type}`);
    }
    const result: Doc = new Map(input);
    if (value === undefined) result.delete(field);
    else result.set(field, value);
    return result;
  };
}

const MISSING_ARGUMENT: Readonly<Record<string, number>> = { field: 4161102, value: 4161103, input: 4161109 };

function checkArguments(argument: Value, names: readonly string[], name: string): Doc {
  if (!isDoc(argument)) throw new MongoError(4161100, `${name} only supports an object as its argument`);
  const other = [...argument.keys()].find((key) => !names.includes(key));
  if (other !== undefined) throw new MongoError(4161101, `${name} found an unknown argument: ${other}`);
  const missing = names.find((key) => !argument.has(key));
  if (missing === undefined) return argument;
  throw new MongoError(MISSING_ARGUMENT[missing]!, `${name} requires '${missing}' to be specified`);
}

function constantName(field: Value, name: string): string {
  const literal = isDoc(field) && field.size === 1 ? (field.get('$literal') ?? field.get('$const')) : undefined;
  if (typeof literal === 'string') return literal;
  if (typeof field === 'string' && field.startsWith('$')) {
    throw new MongoError(
      4161108,
      `A field path reference is not allowed in this context. Did you mean {$literal: '${field}'}?`,
    );
  }
  if (typeof field === 'string') return field;
  if (isDoc(field) && literal === undefined) {
    throw new MongoError(
      4161106,
      `${name} requires 'field' to evaluate to a constant, but got a non-constant argument`,
    );
  }
  const type = typeName(literal ?? field);
  throw new MongoError(4161107, `${name} requires 'field' to evaluate to type String, but got ${type}`);
}

export const fieldSetters: Operators = { $setField: setField, $unsetField: unsetField };
