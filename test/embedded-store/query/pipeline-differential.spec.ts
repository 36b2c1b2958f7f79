import { describe, expect, it } from '@jest/globals';
import type { Decimal128 } from 'bson';
import * as fc from 'fast-check';
import { aggregate } from 'mingo';
import { fromDoc, toDoc, toValue } from '../../../src/embedded-store/bson/convert.js';
import type { Doc } from '../../../src/embedded-store/bson/value.js';
import { int32, long } from '../../../src/embedded-store/bson/value.js';
import { compileFilter } from '../../../src/embedded-store/query/filter.js';
import type { Pipeline } from '../../../src/embedded-store/query/pipeline.js';
import { compilePipeline } from '../../../src/embedded-store/query/pipeline.js';
import type { Plain } from '../support/random-plain.js';
import { collections, pipelines } from '../support/random-plain.js';
import { dbl, dec } from '../support/values.js';

const SEED = Number(process.env['LATCHKEY_TEST_SEED'] ?? 20_251_125);
const runs = (numRuns: number): { numRuns: number; seed: number } => ({ numRuns, seed: SEED });

/** Joins find their other documents here, in both. */
function compile(stages: Plain[], other: Plain[] = []): Pipeline {
  return compilePipeline(stages.map(toValue), {
    lookup: (_name, filter, options) => {
      const compiled = compileFilter(filter, options);
      return other.map(toDoc).filter((doc) => compiled.matches(doc));
    },
  });
}

const ours = (docs: Plain[], stages: Plain[], other: Plain[] = []): Plain[] =>
  [...compile(stages, other).run(docs.map(toDoc))].map((doc) => fromDoc(doc));

const copy = (doc: Plain): Plain => fromDoc(toDoc(doc));

const theirs = (docs: Plain[], stages: Plain[], other: Plain[] = []): unknown[] =>
  aggregate(docs.map(copy), stages, { collectionResolver: () => other.map(copy) });

/** For mingo every number is a double, so 0 times -1 is -0; deviations are computed in another order. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_name, field: unknown) =>
    typeof field === 'number' ? Number(field.toPrecision(12)) : field,
  );

const BY_MONTHS = ['year', 'quarter', 'month'];
const BY_TIME = ['hour', 'minute', 'second'];

const keys = fc.constantFrom<unknown>(0, 1, 2, 'x', 'y', true, null);
const people = fc.array(fc.record({ k: keys, n: fc.integer({ min: -3, max: 3 }) }), { maxLength: 6 });
const numbered = (list: Plain[]): Plain[] => list.map((doc, i) => ({ _id: i, ...doc }));

describe('where mingo follows MongoDB, pipelines agree with it', () => {
  it('on joins by equality, and what is unwound of them', () => {
    const after = fc.constantFrom<Plain[]>(
      [],
      [{ $unwind: '$found' }],
      [{ $unwind: { path: '$found', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' } }],
      [{ $addFields: { total: { $sum: '$found.n' }, first: { $ifNull: [{ $first: '$found.n' }, 'none'] } } }],
    );
    fc.assert(
      fc.property(people, people, after, (local, other, rest) => {
        const join = { $lookup: { from: 'other', localField: 'k', foreignField: 'k', as: 'found' } };
        const [docs, others] = [numbered(local), numbered(other)];
        expect(plain(ours(docs, [join, ...rest], others))).toEqual(plain(theirs(docs, [join, ...rest], others)));
      }),
      runs(300),
    );
  });

  it('on joins by a pipeline with variables', () => {
    const conditions = fc.constantFrom('$eq', '$gt', '$lte').map((op) => ({ $expr: { [op]: ['$n', '$$mine'] } }));
    fc.assert(
      fc.property(people, people, conditions, fc.constantFrom(1, -1), (local, other, $match, n) => {
        const pipeline = [{ $match }, { $sort: { n, _id: 1 } }, { $limit: 2 }, { $project: { n: 1 } }];
        const stages = [{ $lookup: { from: 'other', let: { mine: '$n' }, pipeline, as: 'found' } }];
        const [docs, others] = [numbered(local), numbered(other)];
        expect(plain(ours(docs, stages, others))).toEqual(plain(theirs(docs, stages, others)));
      }),
      runs(300),
    );
  });

  it('on groups with composed ids, and on counts by value', () => {
    const accumulators = {
      sum: { $sum: '$n' },
      avg: { $avg: '$n' },
      min: { $min: '$n' },
      max: { $max: '$n' },
      all: { $push: { n: '$n', id: '$_id' } },
      deviation: { $stdDevPop: '$n' },
      sample: { $stdDevSamp: '$n' },
      count: { $count: {} },
    };
    const ids = fc.constantFrom<unknown>('$k', { k: '$k', odd: { $mod: ['$n', 2] } }, { $gt: ['$n', 0] }, null);
    fc.assert(
      fc.property(people, ids, (local, _id) => {
        const docs = numbered(local);
        const stages = [{ $group: { _id, ...accumulators } }];
        expect(plain(ours(docs, stages))).toEqual(plain(theirs(docs, stages)));
        const counts = [{ $sortByCount: '$k' }, { $group: { _id: '$count', ids: { $sum: 1 } } }];
        expect(plain(ours(docs, counts))).toEqual(plain(theirs(docs, counts)));
      }),
      runs(300),
    );
  });

  it('on dates', () => {
    const dates = fc.date({ min: new Date('1990-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
    const units = fc.constantFrom('year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second');
    fc.assert(
      fc.property(dates, dates, units, fc.integer({ min: -30, max: 30 }), (at, end, unit, amount) => {
        const v = {
          parts: ['$year', '$month', '$dayOfMonth', '$hour', '$minute', '$second', '$millisecond'].map((op) => ({
            [op]: '$at',
          })),
          weekday: { $dayOfWeek: '$at' },
          dayOfYear: { $dayOfYear: '$at' },
          iso: [{ $isoWeek: '$at' }, { $isoDayOfWeek: '$at' }],
          text: { $dateToString: { date: '$at', format: '%Y-%m-%dT%H:%M:%S.%L %j %u %V' } },
          ...(!BY_MONTHS.includes(unit) && {
            added: { $dateAdd: { startDate: '$at', unit, amount } },
            taken: { $dateSubtract: { startDate: '$at', unit, amount } },
            trunc: { $dateTrunc: { date: '$at', unit } },
          }),
          again: {
            $dateFromParts: { year: { $year: '$at' }, month: { $month: '$at' }, day: 3, hour: { $hour: '$at' } },
          },
          split: { $dateToParts: { date: '$at' } },
          ...(!BY_TIME.includes(unit) && { apart: { $dateDiff: { startDate: '$at', endDate: '$end', unit } } }),
        };
        const stages = [{ $project: { _id: 0, v } }];
        expect(plain(ours([{ at, end }], stages))).toEqual(plain(theirs([{ at, end }], stages)));
      }),
      runs(300),
    );
  });

  it('on text, sets and sorted arrays', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '-', 'ä'), maxLength: 6 });
    const list = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(text, list, list, (s, a, b) => {
        const v = {
          split: { $split: ['$s', '-'] },
          one: { $replaceOne: { input: '$s', find: 'a', replacement: 'x' } },
          all: { $replaceAll: { input: '$s', find: 'a', replacement: 'xy' } },
          trimmed: [{ $ltrim: { input: '$s' } }, { $rtrim: { input: '$s', chars: 'ab' } }],
          matches: { $regexMatch: { input: '$s', regex: '^a+b?$' } },
          bytes: { $strLenBytes: '$s' },
          sets: [{ $setIsSubset: ['$a', '$b'] }, { $setEquals: ['$a', '$b'] }],
          union: { $sortArray: { input: { $setUnion: ['$a', '$b'] }, sortBy: 1 } },
          common: { $sortArray: { input: { $setIntersection: ['$a', '$b'] }, sortBy: -1 } },
          less: { $setDifference: ['$a', '$b'] },
          zip: { $zip: { inputs: ['$a', '$b'], useLongestLength: true, defaults: [-1, -2] } },
          index: { $indexOfArray: ['$a', 2] },
          reduced: { $reduce: { input: '$a', initialValue: 1, in: { $add: ['$$value', '$$this'] } } },
          pairs: { $map: { input: { $objectToArray: { x: '$s' } }, as: 'p', in: '$$p.v' } },
          range: { $range: [0, { $size: '$a' }, 2] },
        };
        const stages = [{ $project: { _id: 0, v } }];
        expect(plain(ours([{ s, a, b }], stages))).toEqual(plain(theirs([{ s, a, b }], stages)));
      }),
      runs(300),
    );
  });
});

describe('pipelines agree with themselves', () => {
  const same = (a: Iterable<Doc | null>, b: Iterable<Doc | null>): void => {
    const read = (items: Iterable<Doc | null>): unknown[] =>
      [...items].filter((item) => item !== null).map((doc) => fromDoc(doc));
    expect(read(a)).toEqual(read(b));
  };

  it('when the planner does what they begin with', () => {
    fc.assert(
      fc.property(pipelines, collections, (stages, plainDocs) => {
        const pipeline = compile(stages);
        const { filter, sort, skip = 0, limit = Infinity, stages: done } = pipeline.leading;
        let docs = plainDocs.map(toDoc);
        if (filter) docs = docs.filter((doc) => filter.matches(doc));
        if (sort) docs = docs.toSorted((a, b) => sort.compare(a, b));
        same(pipeline.run(docs.slice(skip, skip + limit), done), pipeline.run(plainDocs.map(toDoc)));
      }),
      runs(300),
    );
  });

  it('on months added and counted', () => {
    const dates = fc.date({ min: new Date('0100-01-01'), max: new Date('9000-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, fc.constantFrom(...BY_MONTHS), fc.integer({ min: -400, max: 400 }), (at, unit, amount) => {
        const end = { $dateAdd: { startDate: '$at', unit, amount } };
        const [result] = ours([{ at }], [{ $project: { n: { $dateDiff: { startDate: '$at', endDate: end, unit } } } }]);
        expect(result!['n']).toBe(amount);
        const [start] = ours([{ at }], [{ $project: { at: { $dateTrunc: { date: '$at', unit } } } }]);
        expect((start!['at'] as Date).toISOString()).toMatch(/-01T00:00:00\.000Z$/);
        expect((start!['at'] as Date) <= at).toBe(true);
      }),
      runs(300),
    );
  });

  it('with pauses between documents, and inside $facet', () => {
    function* paused(docs: Doc[]): Iterable<Doc | null> {
      for (const doc of docs) yield* [null, doc, null];
    }
    fc.assert(
      fc.property(pipelines, pipelines, collections, (first, second, plainDocs) => {
        const docs = plainDocs.map(toDoc);
        same(compile(first).run(paused(docs)), compile(first).run(docs));
        const facets = [...compile([{ $facet: { first, second } }]).run(paused(docs))].find((item) => item !== null);
        same(facets!.get('first') as Doc[], compile(first).run(docs));
        same(facets!.get('second') as Doc[], compile(second).run(docs));
      }),
      runs(300),
    );
  });
});

describe('sums in $group are exact', () => {
  const group = (values: unknown[]): Doc => {
    const stages = [{ $group: { _id: null, sum: { $sum: '$v' }, avg: { $avg: '$v' } } }];
    return [...compile(stages).run(values.map((v) => toDoc({ v })))][0]!;
  };
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

  it('for int32 and int64, as long as int64 holds the total', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(int64, fc.integer()), { minLength: 1, maxLength: 8 }), (values) => {
        const total = values.reduce<bigint>((sum, value) => sum + BigInt(value), 0n);
        const sum = group(values).get('sum');
        const isWide = total >= 2n ** 63n || total < -(2n ** 63n);
        const isLong = values.some((value) => typeof value === 'bigint') || total !== BigInt(Number(total) | 0);
        const expected = isWide ? dbl(Number(total)) : isLong ? long(total) : int32(Number(total));
        expect(sum).toStrictEqual(expected);
      }),
      runs(500),
    );
  });

  it('for Decimal128 with int64, in any order', () => {
    const cents = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
    const amounts = fc.oneof(
      cents.map((amount) => ({ amount, value: dec(`${amount}E-2`) as unknown })),
      int64.map((whole) => ({ amount: whole * 100n, value: whole as unknown })),
    );
    fc.assert(
      fc.property(fc.array(amounts, { minLength: 1, maxLength: 8 }), cents, (list, last) => {
        const all = [...list, { amount: last, value: dec(`${last}E-2`) }];
        const total = all.reduce((sum, { amount }) => sum + amount, 0n);
        const result = group(all.map(({ value }) => value));
        expect((result.get('sum') as Decimal128).toString()).toBe(dec(`${total}E-2`).toString());
      }),
      runs(500),
    );
  });
});

/** Known differences; the last column is MongoDB's answer, with its word for it below https://www.mongodb.com/docs/manual/. */
describe('where mingo differs in pipelines, the store goes with the manual', () => {
  it.each<[why: string, stages: Plain[], docs: Plain[], other: Plain[], result: Plain[]]>([
    [
      'a sub-pipeline sees only what the fields join (reference/operator/aggregation/lookup)',
      [{ $lookup: { from: 'other', localField: 'k', foreignField: 'k', pipeline: [{ $limit: 9 }], as: 'found' } }],
      [{ k: 1 }],
      [
        { _id: 0, k: 1 },
        { _id: 1, k: 2 },
      ],
      [{ k: 1, found: [{ _id: 0, k: 1 }] }],
    ],
    [
      'an empty list looks for null, as a missing field does',
      [{ $lookup: { from: 'other', localField: 'k', foreignField: 'k', as: 'found' } }],
      [{ k: [] }],
      [{ _id: 0 }],
      [{ k: [], found: [{ _id: 0 }] }],
    ],
    [
      'a date is truncated to the month it is in (reference/operator/aggregation/dateTrunc)',
      [{ $set: { at: { $dateTrunc: { date: '$at', unit: 'month' } } } }],
      [{ at: new Date('1990-01-01') }],
      [],
      [{ at: new Date('1990-01-01') }],
    ],
    [
      'months go back over years (reference/operator/aggregation/dateSubtract)',
      [{ $set: { at: { $dateSubtract: { startDate: '$at', unit: 'month', amount: 14 } } } }],
      [{ at: new Date('2014-03-01') }],
      [],
      [{ at: new Date('2013-01-01') }],
    ],
    [
      'starts of seconds between two dates count, parts of them do not (reference/operator/aggregation/dateDiff)',
      [{ $project: { _id: 0, n: { $dateDiff: { startDate: '$at', endDate: new Date(1500), unit: 'second' } } } }],
      [{ at: new Date(0) }],
      [],
      [{ n: 1 }],
    ],
    [
      'the year of a week is that of its Thursday (reference/operator/aggregation/dateToString)',
      [{ $set: { at: { $dateToString: { date: '$at', format: '%G-%V' } } } }],
      [{ at: new Date('2040-01-01') }],
      [],
      [{ at: '2039-52' }],
    ],
    [
      'ties round to the even neighbour, other values to the nearest (reference/operator/aggregation/round)',
      [{ $set: { v: { $round: ['$v', 6] } } }],
      [{ v: 0.47140452 }],
      [],
      [{ v: 0.471405 }],
    ],
  ])('%s', (_why, stages, docs, other, result) => {
    expect(ours(docs, stages, other)).toEqual(result);
    expect(theirs(docs, stages, other)).not.toEqual(result);
  });
});
