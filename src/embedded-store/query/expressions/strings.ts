import type { Value } from '../../bson/value.js';
import { int32, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { compareStrings } from '../compare.js';
import { isNullish } from './booleans.js';
import type { Operator, Operators } from './scope.js';
import { binary, compileOptional, namedArguments, positional, unary } from './scope.js';
import { codePoints, coerceText } from './text.js';

function concat(values: readonly (Value | undefined)[]): Value {
  let text = '';
  for (const value of values) {
    if (isNullish(value)) return null;
    if (typeof value !== 'string') throw new MongoError(16702, `$concat only supports strings, not ${typeName(value)}`);
    text += value;
  }
  return text;
}

/** MongoDB turns only ASCII letters. */
const lower = (text: string): string => text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]+/g, (part) => part.toUpperCase());

function split(text: Value | undefined, separator: Value | undefined): Value {
  if (isNullish(text) || isNullish(separator)) return null;
  if (typeof text !== 'string')
    throw new MongoError(40085, `$split requires a string as first argument, found: ${typeName(text)}`);
  if (typeof separator !== 'string') {
    throw new MongoError(40086, `$split requires a string as second argument, found: ${typeName(separator)}`);
  }
  if (separator === '') throw new MongoError(40087, '$split requires a non-empty separator');
  return text.split(separator);
}

/** MongoDB's white space, which differs a little from JavaScript's. https://www.mongodb.com/docs/manual/reference/operator/aggregation/trim/ */
const whitespace = new Set(
  '\0 \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a',
);

const trim =
  (left: boolean, right: boolean): Operator =>
  (argument, scope, name) => {
    const given = namedArguments(argument, name, ['input'], ['chars']);
    const input = scope.compile(given.get('input')!);
    const chars = compileOptional(given, 'chars', scope);
    return (root, variables) => {
      const text = input(root, variables);
      const set = chars === undefined ? whitespace : trimSet(chars(root, variables), name);
      if (isNullish(text) || set === undefined) return null;
      if (typeof text !== 'string')
        throw new MongoError(50699, `${name} requires its input to be a string, got ${typeName(text)}`);
      return trimmed(Array.from(text), set, left, right);
    };
  };

function trimSet(chars: Value | undefined, name: string): ReadonlySet<string> | undefined {
  if (isNullish(chars)) return undefined;
  if (typeof chars !== 'string')
    throw new MongoError(50700, `${name} requires 'chars' to be a string, got ${typeName(chars)}`);
  return new Set(chars);
}

function trimmed(points: readonly string[], set: ReadonlySet<string>, left: boolean, right: boolean): string {
  let start = 0;
  let end = points.length;
  if (left) while (start < end && set.has(points[start]!)) start++;
  if (right) while (end > start && set.has(points[end - 1]!)) end--;
  return points.slice(start, end).join('');
}

const length =
  (measure: (text: string) => number, code: number): ((value: Value | undefined, name: string) => Value) =>
  (value, name) => {
    if (typeof value !== 'string')
      throw new MongoError(code, `${name} requires a string argument, found: ${typeName(value)}`);
    return int32(measure(value));
  };

/** Case of ASCII letters does not count. */
const compareCaseless = (a: Value | undefined, b: Value | undefined, name: string): Value =>
  int32(Math.sign(compareStrings(upper(coerceText(a, name)), upper(coerceText(b, name)))));

const replace =
  (all: boolean): Operator =>
  (argument, scope, name) => {
    const given = namedArguments(argument, name, ['input', 'find', 'replacement']);
    const parts = ['input', 'find', 'replacement'].map((key) => [key, scope.compile(given.get(key)!)] as const);
    return (root, variables) => {
      const [input, find, replacement] = parts.map(([key, part]) =>
        replaceArgument(part(root, variables), key, name),
      ) as [string | null, string | null, string | null];
      if (input === null || find === null || replacement === null) return null;
      const insert = (): string => replacement;
      return all ? input.replaceAll(find, insert) : input.replace(find, insert);
    };
  };

function replaceArgument(value: Value | undefined, key: string, name: string): string | null {
  if (isNullish(value)) return null;
  if (typeof value !== 'string')
    throw new MongoError(51746, `${name} requires that '${key}' be a string, found: ${typeName(value)}`);
  return value;
}

export const strings: Operators = {
  $concat: positional(0, Infinity, concat),
  $toLower: unary((value, name) => lower(coerceText(value, name))),
  $toUpper: unary((value, name) => upper(coerceText(value, name))),
  $strcasecmp: binary(compareCaseless),
  $split: binary(split),
  $trim: trim(true, true),
  $ltrim: trim(true, false),
  $rtrim: trim(false, true),
  $strLenBytes: unary(length((text) => Buffer.byteLength(text), 34473)),
  $strLenCP: unary(length(codePoints, 34471)),
  $replaceOne: replace(false),
  $replaceAll: replace(true),
};
