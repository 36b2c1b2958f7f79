import { describe, expect, it } from '@jest/globals';
import { MaxKey, MinKey, ObjectId } from 'bson';
import { toDoc } from '../../../src/embedded-store/bson/convert.js';
import { UNDEFINED } from '../../../src/embedded-store/bson/value.js';
import { compileSort } from '../../../src/embedded-store/query/sort.js';

/** The `_id`s in sorted order; ties keep the order they are given in. */
function sorted(spec: object, docs: object[]): number[] {
  const sort = compileSort(toDoc(spec));
  const numbered = docs.map((doc, i) => ({ doc: toDoc(doc), i }));
  return numbered.sort((a, b) => sort.compare(a.doc, b.doc)).map(({ i }) => i);
}

it('puts types in the order of BSON', () => {
  const values = [
    new MinKey(),
    null,
    -1,
    'a',
    {},
    new Uint8Array(1),
    new ObjectId(),
    false,
    new Date(0),
    /a/,
    new MaxKey(),
  ];
  const docs = values.map((a) => ({ a }));
  expect(sorted({ a: 1 }, docs.toReversed())).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
});

it('takes missing fields for null, after empty arrays', () => {
  expect(sorted({ a: 1 }, [{ a: 1 }, {}, { a: null }, { a: [] }, { a: UNDEFINED }])).toEqual([3, 4, 1, 2, 0]);
});

it('sorts an array by its least element, descending by its greatest', () => {
  const docs = [{ a: [1, 9] }, { a: 5 }, { a: [4, 6] }];
  expect(sorted({ a: 1 }, docs)).toEqual([0, 2, 1]);
  expect(sorted({ a: -1 }, docs)).toEqual([0, 2, 1]);
});

it('compares numbers across their types', () => {
  const docs = [{ a: 2n ** 53n + 1n }, { a: 2 ** 53 }, { a: 1.5 }, { a: 1 }, { a: NaN }, { a: -Infinity }];
  expect(sorted({ a: 1 }, docs)).toEqual([4, 5, 3, 2, 1, 0]);
});

it('goes on to the next field on a tie', () => {
  expect(sorted({ a: 1, b: -1 }, [{ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 0 }])).toEqual([2, 1, 0]);
});

it('takes both fields of one array from one element', () => {
  const docs = [
    {
      a: [
        { b: 1, c: 9 },
        { b: 2, c: 0 },
      ],
    },
    { a: [{ b: 1, c: 5 }] },
  ];
  expect(sorted({ 'a.b': 1, 'a.c': 1 }, docs)).toEqual([1, 0]);
});

it('follows paths through arrays and indexes', () => {
  expect(sorted({ 'a.b': 1 }, [{ a: [{ b: 3 }, { b: 1 }] }, { a: { b: 2 } }, { a: 7 }])).toEqual([2, 0, 1]);
  expect(sorted({ 'a.1': 1 }, [{ a: [0, 5] }, { a: [9, 1] }])).toEqual([1, 0]);
});

it('keeps the order of equals and sorts nothing by nothing', () => {
  expect(sorted({}, [{ a: 2 }, { a: 1 }])).toEqual([0, 1]);
});

it('refuses to sort by two arrays at once', () => {
  expect(() => compileSort(toDoc({ a: 1, b: 1 })).sortKey(toDoc({ a: [1], b: [1] }))).toThrow(
    expect.objectContaining({ code: 2 }),
  );
});

describe('errors', () => {
  it.each<[object, number]>([
    [{ a: 0 }, 15975],
    [{ a: 2 }, 15975],
    [{ a: 'asc' }, 15974],
    [{ a: true }, 15974],
    [{ a: {} }, 15974],
    [{ a: { $meta: 'textScore' } }, 115],
    [{ '': 1 }, 40352],
    [{ 'a.': 1 }, 40353],
    [{ 'a..b': 1 }, 15998],
    [{ $a: 1 }, 16410],
  ])('refuses %j with %d', (spec, code) => {
    expect(() => compileSort(toDoc(spec))).toThrow(expect.objectContaining({ code }));
  });
});
