import { describe, expect, it } from '@jest/globals';
import { MaxKey, MinKey } from 'bson';
import * as fc from 'fast-check';
import { toDoc } from '../../../src/embedded-store/bson/convert.js';
import { compileFilter, excludesNull, implies } from '../../../src/embedded-store/query/filter.js';
import { doc, filterOf, path, value } from '../support/plain.js';

const follows = (filter: object, required: object): boolean =>
  implies(compileFilter(toDoc(filter)).node, compileFilter(toDoc(required)).node);

describe('implies', () => {
  it.each<[object, object]>([
    [{ a: 1 }, {}],
    [{ a: 1 }, { a: { $exists: true } }],
    [{ 'a.b': 1 }, { 'a.b': { $exists: true } }],
    [{ a: { $ne: null } }, { a: { $exists: true } }],
    [{ a: { $gt: 5 } }, { a: { $gt: 3 } }],
    [{ a: { $gt: 5 } }, { a: { $gte: 5 } }],
    [{ a: { $lt: 5 } }, { a: { $lte: 5 } }],
    [{ a: 5 }, { a: { $gte: 5 } }],
    [{ a: { $in: [5, 6] } }, { a: { $gt: 4 } }],
    [{ a: 5 }, { a: { $in: [4, 5] } }],
    [{ a: { $in: [4, 5] } }, { a: { $in: [3, 4, 5] } }],
    [{ a: { $in: [] } }, { a: 1 }],
    [{ a: 1, b: 2 }, { b: 2 }],
    [
      { b: 2, a: 1 },
      { a: 1, b: 2 },
    ],
    [{ $or: [{ a: 1 }, { a: 2 }] }, { a: { $lt: 3 } }],
    [{ a: 1 }, { $or: [{ a: 1 }, { b: 1 }] }],
    [{ $and: [{ a: 1 }, { b: 1 }] }, { b: { $exists: true } }],
    [{ a: { $elemMatch: { b: 1 } } }, { a: { $exists: true } }],
    [{ a: { $elemMatch: { b: 1 } } }, { a: { $elemMatch: { b: 1 } } }],
    [{ a: { $all: [1, 2] } }, { a: 1 }],
    [{ a: { $type: 'string' } }, { a: { $type: 'string' } }],
    [{ a: /x/i }, { a: { $regex: 'x', $options: 'i' } }],
    [{ a: NaN }, { a: { $gte: NaN } }],
    [{ a: { $not: { $gt: 1 } } }, { a: { $not: { $gt: 1 } } }],
    [{ a: null }, { a: { $lte: null } }],
  ])('%j means %j', (filter, required) => {
    expect(follows(filter, required)).toBe(true);
  });

  it.each<[object, object]>([
    [{}, { a: 1 }],
    [{ a: null }, { a: { $exists: true } }],
    [{ a: { $in: [null, 1] } }, { a: { $exists: true } }],
    [{ 'a.b': { $ne: null } }, { 'a.b': { $exists: true } }],
    [{ 'a.b': { $exists: true } }, { a: { $elemMatch: { b: { $exists: true } } } }],
    [{ a: { $lt: new MaxKey() } }, { a: { $exists: true } }],
    [{ a: { $gte: new MinKey() } }, { a: { $exists: true } }],
    [{ a: { $gte: null } }, { a: { $exists: true } }],
    [{ a: { $gt: 3 } }, { a: { $gt: 5 } }],
    [{ a: { $gte: 5 } }, { a: { $gt: 5 } }],
    [{ a: { $gt: 5 } }, { a: { $lt: 9 } }],
    [{ a: { $gt: 5 } }, { a: { $gt: 'x' } }],
    [{ a: { $ne: 1 } }, { a: { $exists: true } }],
    [{ a: { $lt: 5 } }, { a: { $lte: NaN } }],
    [{ a: 'x' }, { a: { $in: [/x/] } }],
    [{ $or: [{ a: 1 }, { b: 1 }] }, { a: 1 }],
    [{ a: { $not: { $gt: 5 } } }, { a: { $not: { $gt: 3 } } }],
    [{ b: 1 }, { a: 1 }],
    [{ a: { $regex: 'x' } }, { a: { $regex: 'x', $options: 'i' } }],
  ])('%j does not mean %j', (filter, required) => {
    expect(follows(filter, required)).toBe(false);
  });

  it('is never wrong', () => {
    const filter = filterOf(value);
    fc.assert(
      fc.property(filter, filter, fc.array(doc, { maxLength: 8 }), (given, required, docs) => {
        fc.pre(follows(given, required));
        const [a, b] = [compileFilter(toDoc(given)), compileFilter(toDoc(required))];
        for (const candidate of docs.map(toDoc)) if (a.matches(candidate)) expect(b.matches(candidate)).toBe(true);
      }),
      { seed: 1, numRuns: 300, maxSkipsPerRun: 2000 },
    );
  });
});

describe('excludesNull', () => {
  it('is never wrong about documents that lack the field', () => {
    fc.assert(
      fc.property(filterOf(value), path, fc.array(doc, { maxLength: 8 }), (filter, field, docs) => {
        const compiled = compileFilter(toDoc(filter));
        fc.pre(excludesNull(compiled.node, field));
        const exists = compileFilter(toDoc({ [field]: { $exists: true } }));
        for (const candidate of docs.map(toDoc)) {
          if (compiled.matches(candidate)) expect(exists.matches(candidate)).toBe(true);
        }
      }),
      { seed: 2, numRuns: 300, maxSkipsPerRun: 2000 },
    );
  });

  it('tells a field of the document from one below an array', () => {
    const { node } = compileFilter(toDoc({ a: { $ne: null }, 'b.c': { $ne: null }, d: 1 }));
    expect(['a', 'b.c', 'd', 'e'].map((field) => excludesNull(node, field))).toEqual([true, false, true, false]);
  });
});
