import { describe, expect, it } from '@jest/globals';
import { BSONRegExp } from 'bson';
import { fromDoc, toDoc, toValue } from '../../../../src/embedded-store/bson/convert.js';
import type { Value } from '../../../../src/embedded-store/bson/value.js';
import { compileFilter } from '../../../../src/embedded-store/query/filter.js';
import { equalityFilter, localValues } from '../../../../src/embedded-store/query/stages/local-values.js';

const plain = (values: Value[]): unknown => fromDoc(new Map([['v', values]])).v;
const valuesOf = (doc: object, path: string): unknown => plain(localValues(toDoc(doc), path.split('.')));

describe('localField', () => {
  it.each<[object, string, unknown[]]>([
    [{ a: 1 }, 'a', [1]],
    [{ a: null }, 'a', [null]],
    [{}, 'a', []],
    [{ a: [] }, 'a', []],
    [{ a: [1, [2, 3]] }, 'a', [1, [2, 3]]],
    [{ a: [{ x: [1, 2] }, { x: 3 }, { y: 4 }, 5] }, 'a.x', [1, 2, 3]],
    [{ a: { x: [[1, 2], 3] } }, 'a.x', [[1, 2], 3]],
    [{ a: [[{ x: 1 }]] }, 'a.x', []],
    [{ a: [{ x: 1 }, { x: 2 }] }, 'a.0.x', [1]],
    [{ a: [[{ x: 1 }, { x: 2 }]] }, 'a.0.1.x', [2]],
    [{ a: [[1, 2]] }, 'a.0', [1, 2]],
    [{ a: { 0: { x: 7 } } }, 'a.0.x', [7]],
    [{ a: [{ 0: { x: 7 } }] }, 'a.0.x', []],
  ])('of %j at %s gives %j', (doc, path, expected) => {
    expect(valuesOf(doc, path)).toEqual(expected);
  });
});

/** MongoDB's own cases for joins by equality, by what one local value finds among foreign documents. */
describe('foreignField', () => {
  const foreign = [
    { _id: 0, b: 1 },
    { _id: 1, b: [1, 2] },
    { _id: 2, b: [[1, 2], 3] },
    { _id: 3, b: null },
    { _id: 4 },
    { _id: 5, b: [] },
    { _id: 6, b: [[]] },
    { _id: 7, b: new BSONRegExp('x') },
    { _id: 8, b: 'x' },
  ];
  const found = (local: unknown): number[] => {
    const filter = compileFilter(equalityFilter('b', localValues(toDoc({ v: toValue(local) }), ['v'])));
    return foreign.filter((doc) => filter.matches(toDoc(doc))).map(({ _id }) => _id);
  };

  it.each<[unknown, number[]]>([
    [1, [0, 1]],
    [1n, [0, 1]],
    [
      [1, 2],
      [0, 1],
    ],
    [
      [[1, 2], 42],
      [1, 2],
    ],
    [null, [3, 4]],
    [[], [3, 4]],
    [[[]], [5, 6]],
    [new BSONRegExp('x'), [7]],
    [
      [new BSONRegExp('x'), 1],
      [0, 1, 7],
    ],
  ])('with %j finds %j', (local, expected) => {
    expect(found(local)).toEqual(expected);
  });
});
