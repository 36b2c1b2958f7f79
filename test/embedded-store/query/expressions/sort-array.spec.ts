import { describe, it } from '@jest/globals';
import type { Case } from '../../support/expressions.js';
import { evaluate, expectCode, expectSame } from '../../support/expressions.js';
import { doc } from '../../support/values.js';

const document = doc({
  nums: [3, 1n, 'x', 2.5, null],
  items: [{ a: 2, b: 1 }, { a: 1, b: 1 }, { a: 1, b: 2 }, 7, { b: 0 }],
  deep: [{ a: { b: 2 } }, { a: { b: 1 } }, { a: [{ b: 0 }] }],
  no: null,
});

describe('$sortArray', () => {
  it.each<Case>([
    [{ input: '$nums', sortBy: 1 }, [null, 1n, 2.5, 3, 'x']],
    [{ input: '$nums', sortBy: -1 }, ['x', 3, 2.5, 1n, null]],
    [{ input: '$items', sortBy: { a: 1, b: -1 } }, [{ b: 0 }, 7, { a: 1, b: 2 }, { a: 1, b: 1 }, { a: 2, b: 1 }]],
    [{ input: '$deep', sortBy: { 'a.b': 1 } }, [{ a: [{ b: 0 }] }, { a: { b: 1 } }, { a: { b: 2 } }]],
    [{ input: '$no', sortBy: 1 }, null],
    [{ input: '$missing', sortBy: 1 }, null],
    [{ input: [], sortBy: { a: 1 } }, []],
  ])('%j gives %j', (argument, expected) => {
    expectSame(evaluate({ $sortArray: argument }, document), expected);
  });

  it.each<[unknown, number]>([
    [1, 2942500],
    [{ input: [], sortBy: 1, order: 1 }, 2942501],
    [{ sortBy: 1 }, 2942502],
    [{ input: [] }, 2942503],
    [{ input: 5, sortBy: 1 }, 2942504],
    [{ input: [], sortBy: 'a' }, 2942505],
    [{ input: [], sortBy: { a: 2 } }, 2942506],
  ])('%j is refused with %d', (argument, code) => {
    expectCode(() => evaluate({ $sortArray: argument }, document), code);
  });
});

describe('$zip', () => {
  it.each<Case>([
    [
      {
        inputs: [
          [1, 2],
          ['a', 'b', 'c'],
        ],
      },
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    [
      { inputs: [[1], ['a', 'b']], useLongestLength: true },
      [
        [1, 'a'],
        [null, 'b'],
      ],
    ],
    [
      { inputs: [[1], ['a', 'b']], useLongestLength: true, defaults: [0, '?'] },
      [
        [1, 'a'],
        [0, 'b'],
      ],
    ],
    [{ inputs: ['$nums', '$missing'] }, null],
    [{ inputs: [[]] }, []],
  ])('%j gives %j', (argument, expected) => {
    expectSame(evaluate({ $zip: argument }, document), expected);
  });

  it.each<[unknown, number]>([
    [[], 34460],
    [{ inputs: 1 }, 34461],
    [{ inputs: [[]], defaults: 1, useLongestLength: true }, 34462],
    [{ inputs: [[]], useLongestLength: 1 }, 34463],
    [{ inputs: [[]], more: 1 }, 34464],
    [{ inputs: [] }, 34465],
    [{ inputs: [[]], defaults: [1] }, 34466],
    [{ inputs: [[]], defaults: [1, 2], useLongestLength: true }, 34467],
    [{ inputs: ['$items', 5] }, 34468],
  ])('%j is refused with %d', (argument, code) => {
    expectCode(() => evaluate({ $zip: argument }, document), code);
  });
});
