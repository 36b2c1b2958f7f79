import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import * as mingo from 'mingo';
import { fromDoc, toDoc } from '../../../src/embedded-store/bson/convert.js';
import { compileFilter } from '../../../src/embedded-store/query/filter.js';
import { compileSort } from '../../../src/embedded-store/query/sort.js';
import { compileUpdate } from '../../../src/embedded-store/query/update.js';

/** mingo as a second opinion, on what it does as MongoDB does. Where it does not is listed at the end, by example. */

type Plain = Record<string, unknown>;

const theirs = (filter: Plain, doc: Plain): boolean => new mingo.Query(filter, {}).test(doc);
const ours = (filter: Plain, doc: Plain): boolean => compileFilter(toDoc(filter)).matches(toDoc(doc));

const scalar = fc.constantFrom<unknown>(
  0,
  1,
  2,
  3,
  -1,
  1.5,
  '',
  'x',
  'xy',
  'y',
  true,
  false,
  new Date(0),
  new Date(1000),
);
const list = fc.array(scalar, { maxLength: 3 });
const field = fc.oneof(scalar, list);
const item = fc.record({ a: scalar, b: scalar });
const doc = fc.record(
  {
    a: field,
    b: fc.record({ a: field, b: scalar }, { requiredKeys: [] }),
    c: fc.array(item, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Plain>;

describe('filters', () => {
  const comparison = fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte');
  const condition = fc.oneof(
    fc.tuple(comparison, scalar).map(([name, x]) => ({ [name]: x })),
    fc.tuple(fc.constantFrom('$in', '$nin'), fc.array(scalar, { maxLength: 3 })).map(([name, x]) => ({ [name]: x })),
    fc.boolean().map((x) => ({ $exists: x })),
    fc.constantFrom('^x', 'y$').map((x) => ({ $regex: x })),
  );
  const onField = fc.oneof(
    scalar,
    list,
    condition,
    condition.map((x) => ({ $not: x })),
    fc.integer({ min: 0, max: 3 }).map((x) => ({ $size: x })),
  );
  const onItems = fc.oneof(
    condition,
    scalar,
    condition.map((x) => ({ $not: x })),
  );
  const elemMatch = fc.dictionary(fc.constantFrom('a', 'b'), condition, { minKeys: 1 }).map((x) => ({ $elemMatch: x }));
  const filter = fc.letrec<{ filter: Plain }>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'small' },
      fc.tuple(fc.constantFrom('a', 'b.a'), onField).map(([path, x]) => ({ [path]: x })),
      fc.tuple(fc.constantFrom('c.a', 'c.b', 'b.b'), onItems).map(([path, x]) => ({ [path]: x })),
      elemMatch.map((x) => ({ c: x })),
      fc
        .tuple(fc.constantFrom('$and', '$or', '$nor'), fc.array(tie('filter'), { minLength: 1, maxLength: 3 }))
        .map(([name, branches]) => ({ [name]: branches })),
    ),
  })).filter;

  it('match the same documents', () => {
    fc.assert(
      fc.property(filter, doc, (given, candidate) => {
        expect(ours(given, candidate)).toBe(theirs(given, candidate));
      }),
      { seed: 42, numRuns: 1500 },
    );
  });
});

describe('sorts', () => {
  const row = fc.record(
    { a: fc.oneof(scalar, fc.constant(null)), b: scalar },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Plain>;
  const direction = fc.constantFrom(1, -1);

  it('give the same order', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), direction, direction, (rows, a, b) => {
        const docs = rows.map((plain, _id) => ({ ...plain, _id }));
        const sort = compileSort(toDoc({ a, b, _id: 1 }));
        const sorted = docs.map(toDoc).sort((x, y) => sort.compare(x, y));
        const expected = mingo.find(docs, {}).sort({ a, b, _id: 1 }).all() as Plain[];
        expect(sorted.map((x) => fromDoc(x)['_id'] as number)).toEqual(expected.map((x) => x['_id']));
      }),
      { seed: 43, numRuns: 500 },
    );
  });
});

describe('updates', () => {
  const number = fc.constantFrom(0, 1, 2, -1, 1.5);
  const base = fc.record(
    {
      n: number,
      m: number,
      s: fc.constantFrom('x', 'y'),
      l: fc.uniqueArray(number, { maxLength: 4 }),
      o: fc.record({ n: number, l: fc.uniqueArray(number) }),
    },
    { requiredKeys: ['l', 'o'] },
  ) as fc.Arbitrary<Plain>;
  const one = (name: string, paths: string[], operand: fc.Arbitrary<unknown>) =>
    fc.tuple(fc.constantFrom(...paths), operand).map(([path, x]) => ({ [name]: { [path]: x } }));
  const update = fc.oneof(
    one('$set', ['n', 'o.n', 'o.new', 'deep.er', 'l'], scalar),
    one('$unset', ['n', 'o.n', 's', 'none'], fc.constant('')),
    one('$inc', ['n', 'o.n', 'none'], number),
    one('$mul', ['n', 'o.n'], fc.constantFrom(1, 2, 1.5)),
    one('$min', ['n', 'o.n'], number),
    one('$max', ['n', 'o.n'], number),
    one('$rename', ['n', 's'], fc.constantFrom('renamed', 'm')),
    one('$push', ['l', 'o.l'], number),
    one(
      '$push',
      ['l'],
      fc.record({
        $each: fc.array(number, { maxLength: 3 }),
        $sort: fc.constantFrom(1, -1),
        $slice: fc.constantFrom(-3, -2, -1, 1, 2, 3),
      }),
    ),
    one(
      '$push',
      ['l'],
      fc.record({ $each: fc.array(number, { maxLength: 3 }), $position: fc.integer({ min: 0, max: 3 }) }),
    ),
    one('$addToSet', ['l', 'o.l'], number),
    one(
      '$addToSet',
      ['l'],
      fc.array(number, { maxLength: 3 }).map((x) => ({ $each: x })),
    ),
    one(
      '$pull',
      ['l', 'o.l'],
      fc.oneof(
        number,
        number.map((x) => ({ $gte: x })),
      ),
    ),
    one('$pullAll', ['l'], fc.array(number, { maxLength: 2 })),
    one('$pop', ['l', 'o.l'], fc.constantFrom(1, -1)),
  ) as fc.Arbitrary<Plain>;

  it('make the same documents', () => {
    fc.assert(
      fc.property(base, update, (given, modifier) => {
        const expected = structuredClone(given);
        mingo.update(expected, modifier);
        const result = compileUpdate(toDoc(modifier)).apply(toDoc(given), { now: new Date(0) });
        expect(fromDoc(result)).toEqual(expected);
      }),
      { seed: 44, numRuns: 1500 },
    );
  });
});

/** Where mingo differs, and what says that it is the one who errs. Paths are below https://www.mongodb.com/docs/manual/ */
describe('known differences', () => {
  it.each<[manual: string, filter: Plain, doc: Plain, answer: boolean]>([
    // Matches a field that equals the value, or an array with an element that does.
    ['reference/operator/query/all/#single-element', { a: { $all: [0] } }, { a: 0 }, true],
    ['reference/operator/query/all/#behavior', { a: { $all: [null] } }, {}, true],
    // An array matches when any of its elements is of the type.
    ['reference/operator/query/type/#arrays', { a: { $type: 'int' } }, { a: [1, 'x'] }, true],
    // Only an array has a size; a path that finds nothing has no array.
    ['reference/operator/query/size/', { 'a.b': { $size: 0 } }, { a: [1] }, false],
    // Null stands for missing, and equals itself.
    ['tutorial/query-for-null-fields/', { a: { $gte: null } }, {}, true],
    ['tutorial/query-for-null-fields/', { 'a.b': null }, { a: [{ b: 1 }, {}] }, true],
    ['tutorial/query-for-null-fields/', { 'a.0.b': null }, { a: ['x'] }, false],
    ['reference/operator/query/exists/', { 'a.b.c': { $exists: false } }, { a: [{ c: 1 }, { b: [3, ''] }, {}] }, true],
    // An array is searched for elements, not for elements of its elements.
    ['tutorial/query-arrays/', { a: { $regex: 'x' } }, { a: [['x']] }, false],
    ['tutorial/query-arrays/', { 'a.b': { $exists: true } }, { a: [[{ b: 1 }]] }, false],
    // Arrays compare element by element.
    ['reference/bson-type-comparison-order/#arrays', { a: { $lt: [2] } }, { a: [1, 5] }, true],
  ])('%s: %j on %j is %s', (_manual, filter, candidate, answer) => {
    expect(ours(filter, candidate)).toBe(answer);
    expect(theirs(filter, candidate)).toBe(!answer);
  });

  it.each<[manual: string, update: Plain, doc: Plain, result: Plain]>([
    // Only what is added is kept from being there twice.
    ['reference/operator/update/addToSet/#behavior', { $addToSet: { l: { $each: [] } } }, { l: [1, 1] }, { l: [1, 1] }],
    ['reference/operator/update/slice/#behavior', { $push: { l: { $each: [1], $slice: 0 } } }, {}, { l: [] }],
  ])('%s: %j on %j', (_manual, update, given, result) => {
    const expected = structuredClone(given);
    mingo.update(expected, update);
    expect(expected).not.toEqual(result);
    expect(fromDoc(compileUpdate(toDoc(update)).apply(toDoc(given), { now: new Date(0) }))).toEqual(result);
  });
});
