import { expect } from '@jest/globals';
import { toValue } from '../../../src/embedded-store/bson/convert.js';
import type { Doc, Value } from '../../../src/embedded-store/bson/value.js';
import { typeName } from '../../../src/embedded-store/bson/value.js';
import { identicalValues } from '../../../src/embedded-store/query/compare.js';
import { compileExpression } from '../../../src/embedded-store/query/expression.js';

/** What a case expects that gives no value. */
export const MISSING = Symbol('missing');

export type Case = [expression: unknown, expected: unknown];

export const evaluate = (expression: unknown, document: Doc = new Map()): Value | undefined =>
  compileExpression(toValue(expression))(document);

/** Types count: 1 and 1.0 differ. */
export function expectSame(result: Value | undefined, expected: unknown): void {
  if (expected === MISSING) {
    expect(result).toBeUndefined();
    return;
  }
  const wanted = toValue(expected);
  // Says more than a boolean when it fails.
  if (result === undefined || !identicalValues(result, wanted))
    expect([typeName(result), result]).toEqual([typeName(wanted), wanted]);
}

export function expectCode(action: () => unknown, code: number): void {
  expect(action).toThrow(expect.objectContaining({ code }));
}
