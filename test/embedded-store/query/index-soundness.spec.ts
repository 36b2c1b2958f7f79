import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Doc, Value } from '../../../src/embedded-store/bson/value.js';
import { UNDEFINED } from '../../../src/embedded-store/bson/value.js';
import { MongoError } from '../../../src/embedded-store/errors.js';
import { compareValues, equalValues, sameBracket } from '../../../src/embedded-store/query/compare.js';
import { compileFilter, excludesNull } from '../../../src/embedded-store/query/filter.js';
import { extractKeys } from '../../../src/embedded-store/query/index-keys.js';
import { predicatesOf } from '../../../src/embedded-store/storage/predicates.js';
import { compileSort } from '../../../src/embedded-store/query/sort.js';
import { dbl, dec, doc, val } from '../support/values.js';

/*
 * What a planner rests on: an index never misses a document. Whatever filter matches a document, one of the document's keys
 * lies within the bounds that the filter gives.
 */

const scalars = fc.constantFrom<Value>(
  val(0),
  val(1),
  val(2n),
  dbl(1.5),
  dec('1.5'),
  dbl(NaN),
  'x',
  'y',
  null,
  true,
  new Date(5),
);

const tree = fc.letrec<{ value: Value; doc: Doc }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    { weight: 3, arbitrary: scalars },
    { weight: 2, arbitrary: tie('doc') },
    { weight: 3, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
  ),
  doc: fc
    .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', '0'), tie('value')), { maxLength: 2, selector: ([name]) => name })
    .map((fields): Doc => new Map(fields)),
}));

const docs = tree.value.map((value): Doc => new Map([['a', value]]));
const paths = fc.constantFrom('a', 'a.b', 'a.0', 'a.b.a', 'a.0.b', 'a.b.0', 'a.1');

/** The keys, or undefined when the document may not be in such an index at all. */
function keysOf(document: Doc, path: string, sparse = false): Value[] | undefined {
  try {
    return extractKeys(document, doc({ [path]: 1 }), { sparse }).keys.map(([key]) => key!);
  } catch (error) {
    if (error instanceof MongoError && error.code === 16746) return undefined;
    throw error;
  }
}

const where = (path: string, operator: string, value: Value): Doc => new Map([[path, new Map([[operator, value]])]]);

/**
 * `{'a.0': null}` matches `{a: [{}]}`, whose only key is the element itself: with a number in its path an index does not know
 * what is null, and a planner must not ask it.
 */
const isAnswerable = (path: string, value: Value): boolean => value !== null || !/\d/.test(path);

const holds: Record<string, (order: number) => boolean> = {
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
};

const comparison = fc.oneof(
  fc.tuple(fc.constantFrom('$eq', '$gt', '$gte', '$lt', '$lte'), tree.value),
  fc.tuple(fc.constant('$in'), fc.array(tree.value, { maxLength: 2 })),
);

const filters = fc.letrec<{ condition: Doc; filter: Doc }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison.map(([operator, value]): Doc => new Map([[operator, value]])),
    tie('condition').map((condition): Doc => new Map([['$elemMatch', condition]])),
    tie('filter').map((filter): Doc => new Map([['$elemMatch', filter]])),
    fc.tuple(comparison, comparison).map((pair): Doc => new Map(pair)),
  ),
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(fc.constantFrom('a', 'a.b', 'a.0', '0', 'b'), tie('condition')).map((field): Doc => new Map([field])),
    fc.array(tie('filter'), { minLength: 1, maxLength: 2 }).map((list): Doc => new Map([['$and', list]])),
  ),
})).filter;

describe('an index knows every document that matches', () => {
  it('an equality: by the value, or by what a list of it is stored as', () => {
    fc.assert(
      fc.property(docs, paths, tree.value, (document, path, value) => {
        const keys = keysOf(document, path);
        fc.pre(isAnswerable(path, value));
        fc.pre(keys !== undefined && compileFilter(where(path, '$eq', value)).matches(document));
        const stored = Array.isArray(value) ? [value, value[0] ?? UNDEFINED] : [value];
        expect(keys.some((key) => stored.some((one) => equalValues(key, one)))).toBe(true);
      }),
      { numRuns: 700, seed: 1 },
    );
  });

  it('a comparison with anything but a list', () => {
    fc.assert(
      fc.property(docs, paths, fc.constantFrom(...Object.keys(holds)), scalars, (document, path, operator, value) => {
        const keys = keysOf(document, path);
        fc.pre(isAnswerable(path, value));
        fc.pre(keys !== undefined && compileFilter(where(path, operator, value)).matches(document));
        const within = (key: Value): boolean => sameBracket(key, value) && holds[operator]!(compareValues(key, value));
        expect(keys.some(within)).toBe(true);
      }),
      { numRuns: 700, seed: 1 },
    );
  });

  it('a condition that excludes null, in a sparse index', () => {
    const conditions = fc.oneof(
      fc.tuple(fc.constantFrom('$eq', '$gt', '$lte', '$ne'), scalars),
      fc.tuple(fc.constant('$exists'), fc.constant<Value>(true)),
      fc.tuple(fc.constant('$size'), fc.nat(2).map(val)),
      fc.tuple(fc.constantFrom('$in', '$nin', '$all'), fc.array(scalars, { maxLength: 2 })),
      fc.tuple(
        fc.constant('$elemMatch'),
        scalars.map((value) => doc({ $gte: value })),
      ),
    );
    fc.assert(
      fc.property(docs, paths, conditions, (document, path, [operator, value]) => {
        const filter = compileFilter(where(path, operator, value));
        const keys = keysOf(document, path, true);
        fc.pre(keys !== undefined && excludesNull(filter.node, path) && filter.matches(document));
        expect(keys).not.toEqual([]);
      }),
      { numRuns: 700, seed: 1 },
    );
  });

  it('whatever the planner reads out of a filter', () => {
    fc.assert(
      fc.property(docs, filters, (document, plain) => {
        const filter = compileFilter(plain);
        fc.pre(filter.matches(document));
        for (const [path, { points, lower, upper }] of predicatesOf(filter.node)) {
          const keys = keysOf(document, path);
          if (keys === undefined) continue;
          const some = (test: (order: number) => boolean, value: Value): boolean =>
            keys.some((key) => sameBracket(key, value) && test(compareValues(key, value)));
          if (points) expect(points.some((point) => some((order) => order === 0, point))).toBe(true);
          if (lower) expect(some(lower.isInclusive ? holds['$gte']! : holds['$gt']!, lower.value)).toBe(true);
          if (upper) expect(some(upper.isInclusive ? holds['$lte']! : holds['$lt']!, upper.value)).toBe(true);
        }
      }),
      { numRuns: 700, seed: 1 },
    );
  });

  it('in its order: the least and the greatest key are what a document sorts by', () => {
    fc.assert(
      fc.property(docs, paths, (document, path) => {
        const keys = keysOf(document, path);
        fc.pre(keys !== undefined);
        const sorted = keys.toSorted(compareValues);
        expect(compileSort(doc({ [path]: 1 })).sortKey(document)).toEqual([sorted[0]]);
        expect(compareValues(compileSort(doc({ [path]: -1 })).sortKey(document)[0]!, sorted.at(-1)!)).toBe(0);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});
