import { describe, it } from '@jest/globals';
import type { Value } from '../../../../src/embedded-store/bson/value.js';
import type { Case } from '../../support/expressions.js';
import { evaluate, expectCode, expectSame } from '../../support/expressions.js';
import { doc } from '../../support/values.js';

const document = doc({ a: { x: 1, y: 2 }, no: null, n: 5 });

describe('$setField and $unsetField', () => {
  it.each<Case>([
    [{ $setField: { field: 'x', input: '$a', value: '$n' } }, { x: 5, y: 2 }],
    [{ $setField: { field: 'z.z', input: '$a', value: 3 } }, { x: 1, y: 2, 'z.z': 3 }],
    [{ $setField: { field: { $literal: '$z' }, input: '$a', value: 3 } }, { x: 1, y: 2, $z: 3 }],
    [{ $setField: { field: 'x', input: '$a', value: '$$REMOVE' } }, { y: 2 }],
    [{ $setField: { field: 'x', input: '$no', value: 1 } }, null],
    [{ $setField: { field: 'x', input: '$missing', value: 1 } }, null],
    [
      { $setField: { field: '__proto__', input: {}, value: 1 } },
      new Map<string, Value>([['__proto__', doc({ n: 1 }).get('n')!]]),
    ],
    [{ $unsetField: { field: 'x', input: '$a' } }, { y: 2 }],
  ])('%j gives %j', (expression, expected) => {
    expectSame(evaluate(expression, document), expected);
  });

  it.each<[unknown, number]>([
    [1, 4161100],
    [{ field: 'x', input: {}, value: 1, more: 1 }, 4161101],
    [{ input: {}, value: 1 }, 4161102],
    [{ field: 'x', input: {} }, 4161103],
    [{ field: 'x', input: '$n', value: 1 }, 4161105],
    [{ field: { $concat: ['a', '$b'] }, input: {}, value: 1 }, 4161106],
    [{ field: 5, input: {}, value: 1 }, 4161107],
    [{ field: '$a', input: {}, value: 1 }, 4161108],
    [{ field: 'x', value: 1 }, 4161109],
  ])('$setField with %j is refused with %d', (argument, code) => {
    expectCode(() => evaluate({ $setField: argument }, document), code);
  });
});
