import { describe, expect, it } from '@jest/globals';
import { fromDoc } from '../../../src/embedded-store/bson/convert.js';
import type { Value } from '../../../src/embedded-store/bson/value.js';
import { UNDEFINED } from '../../../src/embedded-store/bson/value.js';
import { extractKeys } from '../../../src/embedded-store/query/index-keys.js';
import { doc } from '../support/values.js';

const plain = (key: readonly Value[]): unknown[] =>
  key.map((v) => (v === UNDEFINED ? 'undefined' : fromDoc(new Map([['v', v]]))['v']));
const keysOf = (document: object, paths: string[], sparse = false): unknown[] =>
  extractKeys(doc(document), doc(Object.fromEntries(paths.map((path) => [path, 1]))), { sparse }).keys.map(plain);

describe('extractKeys', () => {
  it.each<[string, object, string[], unknown[]]>([
    ['takes a field', { a: 1 }, ['a'], [[1]]],
    ['counts a missing field as null', {}, ['a'], [[null]]],
    ['takes an object whole', { a: { b: 1 } }, ['a'], [[{ b: 1 }]]],
    ['follows a path', { a: { b: 1 } }, ['a.b'], [[1]]],
    ['counts a path through a scalar as missing', { a: 5 }, ['a.b'], [[null]]],
    ['makes a key per element', { a: [1, 2] }, ['a'], [[1], [2]]],
    ['makes equal elements one key', { a: [1, 1, 1n, 2] }, ['a'], [[1], [2]]],
    ['counts an empty array as undefined', { a: [] }, ['a'], [['undefined']]],
    ['counts a path beyond an empty array as null', { a: [] }, ['a.b'], [[null]]],
    ['counts a path into scalars of an array as null, once', { a: [1, 2] }, ['a.b'], [[null]]],
    ['follows a path through an array', { a: [{ b: 1 }, { b: 2 }, { c: 3 }] }, ['a.b'], [[1], [2], [null]]],
    ['follows a path through two arrays', { a: [{ b: [1, 2] }, { b: 3 }] }, ['a.b'], [[1], [2], [3]]],
    ['counts an empty array inside an array as undefined', { a: [{ b: [] }, { b: 1 }] }, ['a.b'], [['undefined'], [1]]],
    ['takes an array in an array whole', { a: [[1, 2], 3] }, ['a'], [[[1, 2]], [3]]],
    [
      'pairs each element with the other fields',
      { a: [1, 2], b: 7 },
      ['a', 'b'],
      [
        [1, 7],
        [2, 7],
      ],
    ],
    [
      'keeps the fields of one element together',
      { a: [{ x: 1, y: 2 }, { x: 3 }] },
      ['a.x', 'a.y'],
      [
        [1, 2],
        [3, null],
      ],
    ],
    ['takes array and path through it', { a: [{ x: 1 }] }, ['a', 'a.x'], [[{ x: 1 }, 1]]],
    ['picks an element by number', { a: [5, 6] }, ['a.1'], [[6]]],
    ['counts a number beyond the array as missing', { a: [5] }, ['a.1'], [[null]]],
    ['picks inside an element by number', { a: [{ b: 1 }, { b: 2 }] }, ['a.1.b'], [[2]]],
    ['takes a picked array whole', { a: [[1, 2]] }, ['a.0'], [[[1, 2]]]],
    ['reads a number as a name in objects', { a: { 0: 'x' } }, ['a.0'], [['x']]],
    ['keeps __proto__ plain', { ['__proto__']: 1 }, ['__proto__'], [[1]]],
  ])('%s', (_name, document, paths, expected) => {
    expect(keysOf(document, paths)).toEqual(expected);
  });

  it('refuses parallel arrays', () => {
    expect(() => keysOf({ a: [1], b: [] }, ['a', 'b'])).toThrow(
      expect.objectContaining({ code: 171, codeName: 'CannotIndexParallelArrays' }),
    );
    expect(() => keysOf({ a: [{ b: [1], c: [2] }] }, ['a.b', 'a.c'])).toThrow(expect.objectContaining({ code: 171 }));
  });

  it('refuses a number that may be an element or a field', () => {
    expect(() => keysOf({ a: [{ 0: 'x' }] }, ['a.0'])).toThrow(expect.objectContaining({ code: 16746 }));
  });

  it('leaves documents without any of the fields out of a sparse index', () => {
    expect(keysOf({ c: 1 }, ['a', 'b'], true)).toEqual([]);
    expect(keysOf({ a: 1 }, ['a', 'b'], true)).toEqual([[1, null]]);
    expect(keysOf({ a: null }, ['a'], true)).toEqual([[null]]);
    expect(keysOf({ a: [] }, ['a'], true)).toEqual([['undefined']]);
    expect(keysOf({ a: [{ c: 1 }] }, ['a.b'], true)).toEqual([]);
    expect(keysOf({ a: [{ c: 1 }, { b: 1 }] }, ['a.b'], true)).toEqual([[1]]);
  });

  it('asks the partial filter', () => {
    const partialFilter = { matches: (document: Map<string, Value>) => document.has('a') };
    expect(extractKeys(doc({ b: 1 }), doc({ b: 1 }), { partialFilter }).keys).toEqual([]);
    expect(extractKeys(doc({ a: 0, b: 1 }), doc({ b: 1 }), { partialFilter }).keys).toHaveLength(1);
  });

  it.each<[object, string[], number[][]]>([
    [{ a: 1 }, ['a'], [[]]],
    [{ a: [1] }, ['a'], [[0]]],
    [{ a: [] }, ['a.b'], [[0]]],
    [{ a: [{ b: [] }, { b: 1 }] }, ['a.b', 'c'], [[0, 1], []]],
    [{ a: [5, 6] }, ['a.1'], [[]]],
    [{ a: { b: [1, 2] } }, ['a.b', 'a.b.0'], [[1], []]],
  ])('tells where %j is an array on the paths %j', (document, paths, expected) => {
    const result = extractKeys(doc(document), doc(Object.fromEntries(paths.map((path) => [path, 1]))));
    expect(result.multikeyPaths.map((at) => [...at].sort((a, b) => a - b))).toEqual(expected);
    expect(result.multikey).toBe(expected.some((at) => at.length > 0));
  });
});
