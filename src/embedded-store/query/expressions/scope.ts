import type { Doc, Value } from '../../bson/value.js';
import { failedToParse, MongoError } from '../../errors.js';
import type { Variables } from '../types.js';

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

const LOCATION_ARITY = 16020;

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
    const expected = min === max ? `exactly ${min}` : `at least ${min}${max < Infinity ? ` and at most ${max}` : ''}`;
    throw new MongoError(
      LOCATION_ARITY,
      `Expression ${name} takes ${expected} arguments. ${list.length} were passed in.`,
    );
  }
  return list.map((part) => scope.compile(part));
}

/**
 * Arguments by name: `{$op: {input: …, as: …}}`.
 * @throws MongoError FailedToParse (9) when one of `required` is missing or a name is not among the two lists
 */
export function namedArguments(
  argument: Value,
  name: string,
  required: readonly string[],
  optional: readonly string[] = [],
): Doc {
  if (!(argument instanceof Map)) throw failedToParse(`${name} only supports an object as its argument`);
  for (const key of argument.keys()) {
    if (!required.includes(key) && !optional.includes(key)) {
      throw failedToParse(`Unrecognized argument to ${name}: ${key}`);
    }
  }
  for (const key of required) {
    if (!argument.has(key)) throw failedToParse(`Missing '${key}' parameter to ${name}`);
  }
  return argument;
}

/** @returns the compiled argument, or one that is always missing */
export function compileOptional(argument: Doc, name: string, scope: Scope): Evaluate | undefined {
  const value = argument.get(name);
  return value === undefined ? undefined : scope.compile(value);
}
