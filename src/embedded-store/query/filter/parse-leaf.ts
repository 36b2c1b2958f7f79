import { BSONRegExp } from 'bson';
import {
  BsonUndefined,
  isArray,
  isDoc,
  isNumber,
  Type,
  type Doc,
  type TypeCode,
  type TypeName,
  type Value,
} from '../../bson/value.js';
import { badValue, failedToParse, typeMismatch } from '../../errors.js';
import { compareValues, equalValues } from '../compare.js';
import { isTruthy } from '../expressions/booleans.js';
import { wholeNumber } from '../numbers.js';
import type { Comparison, FilterNode, RegexNode } from './node.js';
import { parseRegex } from './parse-regex.js';

export function parseComparison(kind: Comparison | 'ne', path: string, value: Value): FilterNode {
  if (value instanceof BsonUndefined) throw badValue('cannot compare to undefined');
  if (value instanceof BSONRegExp && kind !== 'eq') {
    if (kind === 'ne') throw badValue("Can't have regex as arg to $ne.");
    throw badValue(`Can't have RegEx as arg to predicate over field '${path}'.`);
  }
  return { kind, path, value };
}

export function parseIn(
  kind: 'in' | 'nin',
  path: string,
  list: Value,
  isOperatorDocument: (value: Doc) => boolean,
): FilterNode {
  if (!isArray(list)) throw badValue(`$${kind} needs an array`);
  const regexes: RegexNode[] = [];
  const values: Value[] = [];
  for (const value of list) {
    if (value instanceof BSONRegExp) regexes.push(parseRegex(path, value));
    else if (isDoc(value) && isOperatorDocument(value)) throw badValue('cannot nest $ under $in');
    else if (value instanceof BsonUndefined) throw badValue('InMatchExpression equality cannot be undefined');
    else values.push(value);
  }
  return { kind, path, values: inOrder(values), regexes };
}

function inOrder(values: readonly Value[]): Value[] {
  const sorted = values.toSorted(compareValues);
  return sorted.filter((value, i) => i === 0 || !equalValues(value, sorted[i - 1]!));
}

export function parseExists(path: string, value: Value): FilterNode {
  return { kind: 'exists', path, value: isTruthy(value) };
}

/** The numbers as $type takes them in either spelling; `number` stands for four. */
const NUMBERS: readonly TypeCode[] = [Type.double, Type.int, Type.long, Type.decimal];
const codes = new Set<number>(Object.values(Type));

export function parseType(path: string, value: Value): FilterNode {
  const given = isArray(value) ? value : [value];
  if (given.length === 0) throw failedToParse(`${path} must match at least one type`);
  return { kind: 'type', path, types: [...new Set(given.flatMap(typesOf))] };
}

function typesOf(value: Value): readonly TypeCode[] {
  if (typeof value === 'string') {
    if (value === 'number') return NUMBERS;
    if (!Object.hasOwn(Type, value)) throw badValue(`Unknown type name alias: ${value}`);
    return [Type[value as TypeName]];
  }
  if (!isNumber(value)) throw typeMismatch('type must be represented as a number or a string');
  const code = Number(value.toString());
  if (code === 0) throw badValue('$type: 0 is not allowed. Instead, use {$exists: false}');
  if (!codes.has(code)) throw badValue(`Invalid numerical type code: ${code}`);
  return [code as TypeCode];
}

export function parseSize(path: string, value: Value): FilterNode {
  const size = wholeNumber(value);
  if (size === undefined) throw failedToParse('Failed to parse $size. Expected an integer');
  if (size < 0) throw failedToParse('Failed to parse $size. Expected a non-negative number');
  if (size > 2147483647) throw failedToParse('Failed to parse $size. Cannot be represented as an int');
  return { kind: 'size', path, value: size };
}
