import { describe, expect, it } from '@jest/globals';
import { fromDoc, toDoc } from '../../../src/embedded-store/bson/convert.js';
import { describeUpdate } from '../../../src/embedded-store/query/update.js';

function difference(before: object, after: object): [object, readonly string[], unknown] {
  const { updatedFields, removedFields, truncatedArrays } = describeUpdate(toDoc(before), toDoc(after));
  return [fromDoc(updatedFields), removedFields, truncatedArrays];
}

const long = 'x'.repeat(50);

describe('what an update changed', () => {
  it.each<[object, object, object, string[], object[]]>([
    [{ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 2 }, [], []],
    [{ a: 1 }, { a: 1, b: 2 }, { b: 2 }, [], []],
    [{ a: 1, b: 1 }, { b: 1 }, {}, ['a'], []],
    [{ a: { b: 1, long } }, { a: { b: 2, long } }, { 'a.b': 2 }, [], []],
    [{ a: { b: 1, long } }, { a: { long } }, {}, ['a.b'], []],
    [{ a: { b: 1 } }, { a: 5 }, { a: 5 }, [], []],
    [{ a: [1, long] }, { a: [1, long, 3] }, { 'a.2': 3 }, [], []],
    [{ a: [{ b: 1, long }, long] }, { a: [{ b: 2, long }, long] }, { 'a.0.b': 2 }, [], []],
    [{ a: ['foo', { b: 'bar' }, 1, 2] }, { a: ['foo', { b: 'bar' }] }, {}, [], [{ field: 'a', newSize: 2 }]],
    [{ a: [1, 2] }, { a: [3, 4] }, { a: [3, 4] }, [], []],
    [{ a: 1n }, { a: 1 }, { a: 1 }, [], []],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }, [], []],
    [{ a: 1 }, { a: 1 }, {}, [], []],
  ])('%j to %j', (before, after, ...expected) => {
    expect(difference(before, after)).toEqual(expected);
  });
});
