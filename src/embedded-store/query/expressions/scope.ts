import type { Doc, Value } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import type { Variables } from '../types.js';
import { argumentCodes, missingCode } from './argument-codes.js';

/** @returns undefined for "missing" */
export type Evaluate = (root: Doc, variables: Variables) => Value | undefined;

/** Compiles what stands inside an expression; knows which variables are defined there. */
export interface Scope {
  compile(expression: Value): Evaluate;
  extend(names: readonly string[]): Scope;
}

/** @param argument what stands behind the name; @param name for messages, with its dollar */
export type Operator = (argument: Value, scope: Scope, name: string) => Evaluate;

export type Operators = Readonly<Record<string, Operator>>;

/** Of operators that take one number of arguments, and of those that take from so many to so many. */
const FIXED_ARITY = 16020;
const RANGE_ARITY = 28667;
const FEWEST_ARITY = new Map([
  ['$ifNull', 1257300],
  ['$setEquals', 17045],
]);

/** An operator with its arguments by position: `{$op: [a, b]}`, or `{$op: a}` for one. */
export function positional(
  min: number,
  max: number,
  apply: (values: (Value | undefined)[], name: string) => Value | undefined,
): Operator {
  return (argument, scope, name) => {
    const parts = compileArguments(argument, scope, name, min, max);
    return (root, variables) =>
      apply(
        parts.map((part) => part(root, variables)),
        name,
      );
  };
}

export const unary = (apply: (value: Value | undefined, name: string) => Value | undefined): Operator =>
  positional(1, 1, ([value], name) => apply(value, name));

export const binary = (
  apply: (a: Value | undefined, b: Value | undefined, name: string) => Value | undefined,
): Operator => positional(2, 2, ([a, b], name) => apply(a, b, name));

export function compileArguments(argument: Value, scope: Scope, name: string, min: number, max: number): Evaluate[] {
  const list = Array.isArray(argument) ? argument : [argument];
  if (list.length < min || list.length > max) {
    if (max === Infinity) {
      throw new MongoError(
        FEWEST_ARITY.get(name) ?? RANGE_ARITY,
        `${name} needs at least ${min} arguments, had: ${list.length}`,
      );
    }
    const expected = min === max ? `exactly ${min}` : `at least ${min} and at most ${max}`;
    throw new MongoError(
      min === max ? FIXED_ARITY : RANGE_ARITY,
      `Expression ${name} takes ${expected} arguments. ${list.length} were passed in.`,
    );
  }
  return list.map((part) => scope.compile(part));
}

/**
 * Arguments by name: `{$op: {input: …, as: …}}`.
 * @throws MongoError when one of `required` is missing or a name is not among the two lists
 */
export function namedArguments(
  argument: Value,
  name: string,
  required: readonly string[],
  optional: readonly string[] = [],
): Doc {
  const codes = argumentCodes(name);
  if (!(argument instanceof Map)) throw new MongoError(codes.object, `${name} only supports an object as its argument`);
  for (const key of argument.keys()) {
    if (!required.includes(key) && !optional.includes(key)) {
      throw new MongoError(codes.unknown, `Unrecognized argument to ${name}: ${key}`);
    }
  }
  for (const key of required) {
    if (!argument.has(key)) throw new MongoError(missingCode(codes, key), `Missing '${key}' parameter to ${name}`);
  }
  return argument;
}

/** @returns the compiled argument, or one that is always missing */
export function compileOptional(argument: Doc, name: string, scope: Scope): Evaluate | undefined {
  const value = argument.get(name);
  return value === undefined ? undefined : scope.compile(value);
}
