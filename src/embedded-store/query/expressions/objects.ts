import type { Doc, Value } from '../../bson/value.js';
import { isArray, isDoc, isNumber, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { isNullish } from './booleans.js';
import type { Operator, Operators } from './scope.js';
import { namedArguments, positional, unary } from './scope.js';

type Maybe = Value | undefined;

function merge(values: readonly Maybe[]): Value {
  const merged: Doc = new Map();
  for (const value of values) {
    if (isNullish(value)) continue;
    if (!isDoc(value))
      throw new MongoError(40400, `$mergeObjects requires object inputs, but input is of type ${typeName(value)}`);
    for (const [name, field] of value) merged.set(name, field);
  }
  return merged;
}

function toArray(value: Maybe): Value {
  if (isNullish(value)) return null;
  if (!isDoc(value)) throw new MongoError(40390, `$objectToArray requires a document input, found: ${typeName(value)}`);
  return [...value].map(
    ([name, field]): Doc =>
      new Map<string, Value>([
        ['k', name],
        ['v', field],
      ]),
  );
}

function fromArray(value: Maybe): Value {
  if (isNullish(value)) return null;
  if (!isArray(value)) throw new MongoError(40386, `$arrayToObject requires an array input, found: ${typeName(value)}`);
  const pairs = isArray(value[0]);
  const object: Doc = new Map();
  for (const item of value) {
    const [name, field] = pairs ? fromPair(item) : fromEntry(item);
    if (name.includes('\0')) throw new MongoError(4940400, 'Key field cannot contain an embedded null byte');
    object.set(name, field);
  }
  return object;
}

function fromPair(item: Value): [string, Value] {
  if (!isArray(item))
    throw new MongoError(40396, '$arrayToObject requires a consistent input format: all pairs or all objects');
  const [name, field] = item;
  if (item.length !== 2) throw new MongoError(40397, '$arrayToObject requires an array of size 2 arrays');
  if (typeof name !== 'string')
    throw new MongoError(40395, '$arrayToObject requires the first value of a pair to be a string');
  return [name, field!];
}

function fromEntry(item: Value): [string, Value] {
  if (!isDoc(item)) throw new MongoError(40398, `Unrecognised input type format for $arrayToObject: ${typeName(item)}`);
  const [name, field] = [item.get('k'), item.get('v')];
  if (item.size !== 2) throw new MongoError(40392, '$arrayToObject requires object keys of k and v, and no others');
  if (name === undefined || field === undefined)
    throw new MongoError(40393, '$arrayToObject requires objects with the keys k and v');
  if (typeof name !== 'string') throw new MongoError(40394, '$arrayToObject requires the value of k to be a string');
  return [name, field];
}

/** `{field, input}` or the field alone; the name is taken as it is, with its dots and dollars. */
const getField: Operator = (argument, scope, name) => {
  const long = argument instanceof Map && (argument.has('field') || argument.has('input'));
  const given: Doc = long ? namedArguments(argument, name, ['field'], ['input']) : new Map([['field', argument]]);
  const field = scope.compile(given.get('field')!);
  const input = scope.compile(given.get('input') ?? '$$CURRENT');
  return (root, variables) => {
    const key = field(root, variables);
    if (typeof key !== 'string')
      throw new MongoError(3041704, `$getField requires 'field' to evaluate to type String, but got ${typeName(key)}`);
    const object = input(root, variables);
    if (isNullish(object)) return object === undefined ? undefined : null;
    return isDoc(object) ? object.get(key) : undefined;
  };
};

const literal: Operator = (argument) => () => argument;

export const objects: Operators = {
  $literal: literal,
  $const: literal,
  $mergeObjects: positional(0, Infinity, merge),
  $objectToArray: unary(toArray),
  $arrayToObject: unary(fromArray),
  $getField: getField,
  $type: unary((value) => typeName(value)),
  $isNumber: unary((value) => isNumber(value)),
};
