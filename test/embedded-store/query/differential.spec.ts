import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { aggregate, find } from 'mingo';
import { updateOne } from 'mingo/updater';
import { fromDoc, toDoc, toValue } from '../../../src/embedded-store/bson/convert.js';
import type { Value } from '../../../src/embedded-store/bson/value.js';
import { compileExpression } from '../../../src/embedded-store/query/expression.js';
import { compileFilter } from '../../../src/embedded-store/query/filter.js';
import { compilePipeline } from '../../../src/embedded-store/query/pipeline.js';
import { compileUpdate } from '../../../src/embedded-store/query/update.js';
import type { Plain } from '../support/random-plain.js';
import {
  collections,
  expressions,
  filters,
  pipelines,
  plainDocs,
  typedDocs,
  updates,
} from '../support/random-plain.js';

const SEED = Number(process.env['LATCHKEY_TEST_SEED'] ?? 20_251_125);
const runs = (numRuns: number): { numRuns: number; seed: number } => ({ numRuns, seed: SEED });

/** mingo changes what it is given, and knows only the Dates of its own realm. */
const copy = (doc: Plain): Plain => fromDoc(toDoc(doc));

const ours = {
  matches: (filter: Plain, doc: Plain): boolean => compileFilter(toDoc(filter)).matches(toDoc(doc)),
  update: (update: Plain, doc: Plain): Plain =>
    fromDoc(compileUpdate(toDoc(update)).apply(toDoc(doc), { now: new Date(0) })),
  aggregate: (docs: Plain[], pipeline: Plain[]): Plain[] =>
    [...compilePipeline(pipeline.map(toValue), { lookup: () => [] }).run(docs.map(toDoc))].map((doc) => fromDoc(doc)),
  evaluate: (expression: unknown, doc: Plain): unknown => {
    const value: Value | undefined = compileExpression(toValue(expression))(toDoc(doc));
    return value === undefined ? undefined : fromDoc(new Map([['v', value]]))['v'];
  },
};

const mingo = {
  matches: (filter: Plain, doc: Plain): boolean => find([copy(doc)], filter).all().length === 1,
  update: (update: Plain, doc: Plain): Plain => {
    const list = [copy(doc)];
    updateOne(list, {}, update as Parameters<typeof updateOne>[2]);
    // Holes of arrays become the nulls that MongoDB fills them with.
    return copy(list[0]!);
  },
  aggregate: (docs: Plain[], pipeline: Plain[]): unknown[] => aggregate(docs.map(copy), pipeline),
};

/** The first parts of dotted paths: mingo gathers a list behind an array where MongoDB looks at each element. */
function rootsOfPaths(filter: Plain): string[] {
  return (JSON.stringify(filter).match(/"[abc]\.[abc]"/g) ?? []).map((path) => path.charAt(1));
}

/** For mingo every number is a double, so 0 times -1 is -0; for int32 it is 0. */
function withoutMinusZero(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(withoutMinusZero);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withoutMinusZero(field)]));
}

function expectSame(mine: unknown, theirs: unknown): void {
  expect(withoutMinusZero(mine)).toEqual(withoutMinusZero(theirs));
}

const isError = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch {
    return true;
  }
};

describe('where mingo follows MongoDB, the store agrees with it', () => {
  it('on what filters match', () => {
    fc.assert(
      fc.property(filters, plainDocs, (filter, doc) => {
        fc.pre(!rootsOfPaths(filter).some((root) => Array.isArray(doc[root])));
        expect(ours.matches(filter, doc)).toBe(mingo.matches(filter, doc));
      }),
      runs(800),
    );
  });

  it('on what updates make', () => {
    const compares = (update: Plain): boolean => ['$min', '$max', '$addToSet'].some((name) => name in update);
    fc.assert(
      fc.property(updates, plainDocs, (update, doc) => {
        fc.pre(!isError(() => ours.update(update, doc)));
        fc.pre(!compares(update) || !Object.values(doc).some((value) => Array.isArray(value)));
        expectSame(ours.update(update, doc), mingo.update(update, doc));
      }),
      runs(800),
    );
  });

  it('on the values of expressions', () => {
    fc.assert(
      fc.property(expressions, typedDocs, (expression, doc) => {
        const [theirs] = mingo.aggregate([doc], [{ $addFields: { v: expression } }]) as Plain[];
        expectSame(ours.evaluate(expression, doc), theirs!['v']);
      }),
      runs(800),
    );
  });

  it('on the results of pipelines', () => {
    fc.assert(
      fc.property(pipelines, collections, (pipeline, docs) => {
        expectSame(ours.aggregate(docs, pipeline), mingo.aggregate(docs, pipeline));
      }),
      runs(400),
    );
  });
});

/**
 * Known differences. Each stands for a whole class that the generators above leave out; the third column is MongoDB's
 * answer, with its word for it below https://www.mongodb.com/docs/manual/.
 */
describe('where mingo differs, the store goes with the manual', () => {
  it.each<[why: string, filter: Plain, doc: Plain, matches: boolean]>([
    ['null stands for missing in $gte too (tutorial/query-for-null-fields)', { a: { $gte: null } }, {}, true],
    ['$all is $and of equalities (reference/operator/query/all)', { a: { $all: [1] } }, { a: 1 }, true],
    ['$all: [null] finds missing fields for the same reason', { a: { $all: [null] } }, {}, true],
    ['$type looks at elements (reference/operator/query/type)', { a: { $type: 'number' } }, { a: ['x', 1] }, true],
    ['a missing field in one element is null', { 'a.b': null }, { a: [{ b: 1 }, {}] }, true],
    ['nothing found behind an array is no empty array', { 'a.b': { $size: 0 } }, { a: [] }, false],
    ['values behind an array are no array', { 'a.b': { $elemMatch: { $gt: 0 } } }, { a: [{ b: 1 }] }, false],
    ['a list in a list is not searched for a field', { 'a.b': { $in: ['y'] } }, { a: [[1, 'y']] }, false],
    ['a list inside one element is searched', { 'a.b': { $gt: 1 } }, { a: [{ b: [0, 2] }, { b: 'x' }] }, true],
    ['arrays compare as arrays (reference/bson-type-comparison-order)', { a: { $gt: [] } }, { a: [1] }, true],
    ['documents compare the types of their fields first', { a: { $lt: { b: [] } } }, { a: { c: 1.5 } }, true],
    ['$elemMatch with a field needs documents', { a: { $elemMatch: { b: 1 } } }, { a: [1] }, false],
    ['a pattern does not search lists in lists', { a: { $regex: 'y' } }, { a: [['y']] }, false],
  ])('%s', (_why, filter, doc, matches) => {
    expect(ours.matches(filter, doc)).toBe(matches);
    expect(mingo.matches(filter, doc)).toBe(!matches);
  });

  it.each<[why: string, update: Plain, doc: Plain, result: Plain]>([
    [
      '$min compares in BSON order, arrays last (reference/operator/update/min)',
      { $min: { a: 3 } },
      { a: [0] },
      { a: 3 },
    ],
    ['$max does too', { $max: { a: 1 } }, { a: [0] }, { a: [0] }],
    [
      '$slice applies to a new array (reference/operator/update/slice)',
      { $push: { a: { $each: [1, 2], $slice: 1 } } },
      {},
      { a: [1] },
    ],
    ['$sort does too', { $push: { a: { $each: [2, 1], $sort: 1 } } }, {}, { a: [1, 2] }],
    [
      '$addToSet adds each once (reference/operator/update/addToSet)',
      { $addToSet: { a: { $each: [1, 1] } } },
      {},
      { a: [1] },
    ],
    ['$addToSet leaves what was twice (same page)', { $addToSet: { a: 0 } }, { a: [1, 1] }, { a: [1, 1, 0] }],
    [
      'new fields come in lexicographic order (reference/operator/update)',
      { $set: { b: 1, a: 2 } },
      {},
      { a: 2, b: 1 },
    ],
  ])('%s', (_why, update, doc, result) => {
    expect(JSON.stringify(ours.update(update, doc))).toBe(JSON.stringify(result));
    expect(JSON.stringify(mingo.update(update, doc))).not.toBe(JSON.stringify(result));
  });

  it.each<[why: string, update: Plain, doc: Plain, code: number]>([
    ['a scalar on the path is an error', { $set: { 'a.b': 1 } }, { a: 1 }, 28],
    ['$pull of what is no array is an error', { $pull: { a: 1 } }, { a: 2 }, 2],
  ])('%s', (_why, update, doc, code) => {
    expect(() => ours.update(update, doc)).toThrow(expect.objectContaining({ code }));
    expect(mingo.update(update, doc)).toEqual(doc);
  });

  it.each<[why: string, pipeline: Plain[], docs: Plain[], result: Plain[]]>([
    ['$count of nothing is no document (reference/operator/aggregation/count)', [{ $count: 'n' }], [], []],
    ['"" is true (reference/operator/aggregation/not)', [{ $addFields: { r: { $not: [''] } } }], [{}], [{ r: false }]],
    ['values of any type compare', [{ $addFields: { r: { $lt: [1, 'a'] } } }], [{}], [{ r: true }]],
    ['missing is not null', [{ $addFields: { r: { $ne: ['$a', null] } } }], [{}], [{ r: true }]],
    ['$unwind takes a scalar for one element', [{ $unwind: '$a' }], [{ a: '' }], [{ a: '' }]],
    ['$push leaves missing fields out', [{ $group: { _id: null, r: { $push: '$a' } } }], [{}], [{ _id: null, r: [] }]],
    ['a computed path makes its documents', [{ $addFields: { 'd.e': '$a' } }], [{}], [{ d: {} }]],
    ['a computed path replaces a scalar', [{ $addFields: { 'd.e': 1 } }], [{ d: true }], [{ d: { e: 1 } }]],
  ])('%s', (_why, pipeline, docs, result) => {
    expect(ours.aggregate(docs, pipeline)).toEqual(result);
    expect(mingo.aggregate(docs, pipeline)).not.toEqual(result);
  });
});
