import { describe, expect, it } from '@jest/globals';
import { fromDoc, toDoc } from '../../../src/embedded-store/bson/convert.js';
import { encode } from '../../../src/embedded-store/bson/encode.js';
import type { Doc } from '../../../src/embedded-store/bson/value.js';
import { ChangedPaths, compileUpdate, describeUpdate } from '../../../src/embedded-store/query/update.js';

type Told = [updated: object, removed: readonly string[], truncated: unknown];

const long = 'x'.repeat(50);

describe('what a pipeline changed', () => {
  function difference(before: object, after: object): Told {
    // Beside a large field a difference is always smaller than the document.
    const [from, to] = [before, after].map((doc) => toDoc({ _id: 'y'.repeat(300), ...doc })) as [Doc, Doc];
    const { updatedFields, removedFields, truncatedArrays } = describeUpdate(from, to, encode(to).length)!;
    return [fromDoc(updatedFields), removedFields, truncatedArrays];
  }

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

  it('is all of it where the difference is not smaller', () => {
    const [before, after] = [toDoc({ _id: 1, a: 1, b: 1 }), toDoc({ _id: 1, a: 2, b: 2 })];
    expect(describeUpdate(before, after, encode(after).length)).toBeUndefined();
  });
});

/** What MongoDB logs of operators: what they name, however small the difference is. */
describe('what operators changed', () => {
  function told(before: object, update: object, arrayFilters: object[] = [], positional?: number): Told {
    const log = new ChangedPaths();
    const compiled = compileUpdate(toDoc(update), { arrayFilters: arrayFilters.map(toDoc) });
    compiled.apply(toDoc(before), { positional, isInsert: false, now: new Date(), log });
    return [fromDoc(log.updatedFields), log.removedFields, log.truncatedArrays];
  }

  it.each<[string, object, object, object, string[]]>([
    ['a value', { a: 1, b: 1 }, { $set: { a: 2, b: 1 } }, { a: 2 }, []],
    ['a whole document', { a: { b: 1, long } }, { $set: { a: { b: 2, long } } }, { a: { b: 2, long } }, []],
    ['a field in a document', { a: { b: 1 } }, { $set: { 'a.b': 2 } }, { 'a.b': 2 }, []],
    ['a new field', { a: 1 }, { $set: { b: 2 } }, { b: 2 }, []],
    ['a new path from where it is new', { a: {} }, { $set: { 'a.b.c': 1, 'a.b.d': 2 } }, { 'a.b': { c: 1, d: 2 } }, []],
    ['a removed field', { a: { b: 1, c: 1 } }, { $unset: { 'a.b': 1, 'a.x': 1 } }, {}, ['a.b']],
    ['a removed element', { a: [1, 2] }, { $unset: { 'a.1': 1 } }, { 'a.1': null }, []],
    ['an element', { a: [1, 2] }, { $set: { 'a.1': 5 } }, { 'a.1': 5 }, []],
    ['an element behind the end', { a: [1] }, { $set: { 'a.3': 5 } }, { 'a.3': 5 }, []],
    ['a path that is new in an element', { a: [] }, { $set: { 'a.0.c': 1 } }, { 'a.0': { c: 1 } }, []],
    ['a number', { n: 1 }, { $inc: { n: 2, m: 1 }, $max: { n2: 1 } }, { n: 3, m: 1, n2: 1 }, []],
    ['elements that were appended', { a: [1, 2] }, { $push: { a: { $each: [3, 4] } } }, { 'a.2': 3, 'a.3': 4 }, []],
    ['a slice that cuts nothing', { a: [1] }, { $push: { a: { $each: [2], $slice: 9 } } }, { 'a.1': 2 }, []],
    ['the first elements', { a: [] }, { $push: { a: 1 } }, { a: [1] }, []],
    ['a new array', {}, { $push: { a: 1 } }, { a: [1] }, []],
    ['a cut array', { a: [1, 2] }, { $push: { a: { $each: [3], $slice: -2 } } }, { a: [2, 3] }, []],
    ['a sorted array', { a: [2] }, { $push: { a: { $each: [3], $sort: 1 } } }, { a: [2, 3] }, []],
    ['a place in an array', { a: [1] }, { $push: { a: { $each: [2], $position: 1 } } }, { a: [1, 2] }, []],
    ['an array as a set', { a: [1] }, { $addToSet: { a: 2 } }, { a: [1, 2] }, []],
    ['what is pulled', { a: [1, 2, 3] }, { $pull: { a: 2 } }, { a: [1, 3] }, []],
    ['what is popped', { a: [1, 2, 3] }, { $pop: { a: 1 } }, { a: [1, 2] }, []],
    ['all elements', { a: [{ n: 1 }, { n: 2 }] }, { $inc: { 'a.$[].n': 1 } }, { a: [{ n: 2 }, { n: 3 }] }, []],
    ['the only element', { a: [{ n: 1, m: 1 }] }, { $inc: { 'a.$[].n': 1 } }, { 'a.0.n': 2 }, []],
    ['the only one of several', { a: [{ n: 1 }, { n: 2 }] }, { $max: { 'a.$[].n': 2 } }, { 'a.0': { n: 2 } }, []],
    ['a new name', { a: 1, b: { c: 1 } }, { $rename: { a: 'x', 'b.c': 'b.d' } }, { x: 1, 'b.d': 1 }, ['a', 'b.c']],
    ['nothing', { a: [1], c: [1] }, { $addToSet: { a: 1 }, $pull: { c: 9 }, $setOnInsert: { b: 1 } }, {}, []],
  ])('%s', (_what, before, update, ...expected) => {
    expect(told(before, update)).toEqual([...expected, []]);
  });

  it('by array filters and by position', () => {
    const before = { a: [{ n: 1 }, { n: 5 }, { n: 9 }] };
    expect(told(before, { $set: { 'a.$[i].n': 0 } }, [{ 'i.n': 5 }])).toEqual([{ 'a.1.n': 0 }, [], []]);
    expect(told(before, { $set: { 'a.$[i].n': 0 } }, [{ 'i.n': { $gt: 2 } }])).toEqual([
      { a: [{ n: 1 }, { n: 0 }, { n: 0 }] },
      [],
      [],
    ]);
    expect(told(before, { $set: { 'a.$.n': 0 } }, [], 2)).toEqual([{ 'a.2.n': 0 }, [], []]);
  });
});
