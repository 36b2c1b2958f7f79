import { describe, expect, it } from '@jest/globals';
import { Long, ObjectId } from 'bson';
import { toValue } from '../../../src/embedded-store/bson/convert.js';
import type { Value } from '../../../src/embedded-store/bson/value.js';
import { typeName } from '../../../src/embedded-store/bson/value.js';
import { identicalValues } from '../../../src/embedded-store/query/compare.js';
import { compileExpression } from '../../../src/embedded-store/query/expression.js';
import { dbl, dec, doc } from '../support/values.js';

const MISSING = Symbol('missing');
const now = new Date('2024-02-29T13:05:09.007Z');

const document = doc({
  n: 5,
  d: 1.5,
  big: 2n ** 53n + 1n,
  price: dec('19.99'),
  s: 'Ada Lovelace',
  tags: ['x', 'y', 'z'],
  nums: [3, 1, 2],
  items: [{ q: 2, p: 10 }, { q: 1 }, 'odd'],
  deep: { a: { b: 7 } },
  no: null,
  yes: true,
  at: now,
  id: new ObjectId('65e0801500000000000000aa'),
});

const evaluate = (expression: unknown): Value | undefined =>
  compileExpression(toValue(expression), { now, let: doc({ mine: { x: 3 } }) })(document);

function expectValue(expression: unknown, expected: unknown): void {
  expectSame(evaluate(expression), expected);
}

function expectSame(result: Value | undefined, expected: unknown): void {
  if (expected === MISSING) {
    expect(result).toBeUndefined();
    return;
  }
  const wanted = toValue(expected);
  // Says more than a boolean when it fails.
  if (result === undefined || !identicalValues(result, wanted))
    expect([typeName(result), result]).toEqual([typeName(wanted), wanted]);
}

const branch = (condition: unknown, result: unknown): Value =>
  new Map([
    ['case', toValue(condition)],
    ['then', toValue(result)],
  ]);

type Case = [expression: unknown, expected: unknown];

const families: Record<string, Case[]> = {
  'paths and literals': [
    ['$n', 5],
    ['$missing', MISSING],
    ['$deep.a.b', 7],
    ['$items.q', [2, 1]],
    ['$items.0', []],
    ['$$ROOT.deep.a', { b: 7 }],
    ['$$CURRENT.n', 5],
    ['$$NOW', now],
    ['$$mine.x', 3],
    ['$$REMOVE', MISSING],
    [{ $literal: '$n' }, '$n'],
    [
      { a: '$n', b: '$missing', c: { d: '$d' } },
      { a: 5, c: { d: 1.5 } },
    ],
    [
      ['$n', '$missing'],
      [5, null],
    ],
  ],
  comparison: [
    [{ $eq: ['$n', 5n] }, true],
    [{ $eq: ['$missing', null] }, false],
    [{ $lt: ['$missing', null] }, true],
    [{ $gt: ['a', 1] }, true],
    [{ $gte: ['$big', dec('9007199254740993')] }, true],
    [{ $gt: ['$big', 2 ** 53] }, true],
    [{ $ne: [dbl(NaN), dbl(NaN)] }, false],
    [{ $cmp: [1, 2] }, -1],
  ],
  boolean: [
    [{ $and: [] }, true],
    [{ $or: [] }, false],
    [{ $and: ['$yes', '$n'] }, true],
    [{ $and: ['$yes', 0] }, false],
    [{ $or: ['$missing', dec('0')] }, false],
    [{ $not: ['$no'] }, true],
    [{ $not: 'text' }, false],
    [{ $cond: ['$yes', 'a', 'b'] }, 'a'],
    [
      {
        $cond: new Map<string, Value>([
          ['if', '$no'],
          ['then', 'a'],
          ['else', '$missing'],
        ]),
      },
      MISSING,
    ],
    [{ $ifNull: ['$no', '$missing', 'c'] }, 'c'],
    [{ $switch: { branches: [branch({ $gt: ['$n', 9] }, 1)], default: 2 } }, 2],
  ],
  arithmetic: [
    [{ $add: ['$n', 1] }, 6],
    [{ $add: [2147483647, 1] }, 2147483648n],
    [{ $add: ['$big', 1] }, 2n ** 53n + 2n],
    [{ $add: [2n ** 63n - 1n, 1] }, dbl(2 ** 63)],
    [{ $add: ['$price', '$n'] }, dec('24.99')],
    [{ $add: ['$n', '$missing'] }, null],
    [{ $add: ['$at', 1000] }, new Date(now.getTime() + 1000)],
    [{ $add: [0.1, 0.2, 0.3] }, dbl(0.6000000000000001)],
    [{ $subtract: ['$big', 1n] }, 2n ** 53n],
    [{ $subtract: ['$at', new Date(0)] }, Long.fromNumber(now.getTime())],
    [{ $subtract: ['$at', 9] }, new Date(now.getTime() - 9)],
    [{ $multiply: [65536, 65536] }, 4294967296n],
    [{ $multiply: ['$price', 2] }, dec('39.98')],
    [{ $divide: [7, 2] }, 3.5],
    [{ $divide: [4, 2] }, dbl(2)],
    [{ $divide: [dec('1'), 3] }, dec('0.3333333333333333333333333333333333')],
    [{ $mod: [-7, 3] }, -1],
    [{ $mod: [7.5, 2] }, 1.5],
    [{ $abs: -3n }, 3n],
    [{ $abs: -2147483648 }, 2147483648n],
    [{ $floor: -1.5 }, dbl(-2)],
    [{ $ceil: dec('1.2') }, dec('2')],
    [{ $round: 2.5 }, dbl(2)],
    [{ $round: [19.255, 2] }, 19.25],
    [{ $round: [2.675, 2] }, 2.67],
    [{ $round: [dec('1.5'), 3] }, dec('1.500')],
    [{ $floor: dec('1E+3') }, dec('1000')],
    [{ $round: [-0.4] }, dbl(-0)],
    [{ $round: [1250, -2] }, 1200],
    [{ $round: '$n' }, 5],
    [{ $trunc: [-1.999, 1] }, -1.9],
  ],
  strings: [
    [{ $concat: ['$s', '!'] }, 'Ada Lovelace!'],
    [{ $concat: ['$s', '$missing'] }, null],
    [{ $toLower: 'ÄBc' }, 'Äbc'],
    [{ $toUpper: '$missing' }, ''],
    [{ $substrCP: ['äöü', 1, 1] }, 'ö'],
    [{ $substrBytes: ['äöü', 2, 2] }, 'ö'],
    [{ $substrBytes: ['abc', 1, -1] }, 'bc'],
    [{ $strLenCP: '\u{1f600}a' }, 2],
    [{ $strLenBytes: '\u{1f600}a' }, 5],
    [{ $split: ['a-b-c', '-'] }, ['a', 'b', 'c']],
    [{ $trim: { input: ' \u00a0 a b\n' } }, 'a b'],
    [{ $ltrim: { input: 'xxaxx', chars: 'x' } }, 'axx'],
    [{ $rtrim: { input: 'xxaxx', chars: 'x' } }, 'xxa'],
    [{ $strcasecmp: ['ABC', 'abd'] }, -1],
    [{ $indexOfCP: ['\u{1f600}bc', 'c'] }, 2],
    [{ $indexOfCP: ['abc', 'z'] }, -1],
    [{ $replaceAll: { input: 'a.a', find: '.', replacement: { $literal: '$&' } } }, 'a$&a'],
    [{ $replaceOne: { input: 'aa', find: 'a', replacement: 'b' } }, 'ba'],
  ],
  arrays: [
    [{ $size: '$tags' }, 3],
    [{ $arrayElemAt: ['$tags', -1] }, 'z'],
    [{ $arrayElemAt: ['$tags', 9] }, MISSING],
    [{ $first: '$tags' }, 'x'],
    [{ $last: '$no' }, null],
    [{ $in: ['y', '$tags'] }, true],
    [{ $isArray: '$tags' }, true],
    [{ $isArray: [['a']] }, true],
    [{ $concatArrays: ['$tags', [1]] }, ['x', 'y', 'z', 1]],
    [{ $slice: ['$tags', 2] }, ['x', 'y']],
    [{ $slice: ['$tags', -2] }, ['y', 'z']],
    [{ $slice: ['$tags', 1, 1] }, ['y']],
    [{ $slice: ['$tags', -9, 1] }, ['x']],
    [{ $reverseArray: '$tags' }, ['z', 'y', 'x']],
    [{ $indexOfArray: ['$tags', 'z'] }, 2],
    [{ $range: [0, 5, 2] }, [0, 2, 4]],
    [{ $map: { input: '$nums', as: 'n', in: { $add: ['$$n', '$n'] } } }, [8, 6, 7]],
    [{ $map: { input: '$nums', in: '$$this' } }, [3, 1, 2]],
    [{ $filter: { input: '$nums', as: 'n', cond: { $gte: ['$$n', 2] } } }, [3, 2]],
    [{ $filter: { input: '$nums', cond: true, limit: 1 } }, [3]],
    [{ $reduce: { input: '$nums', initialValue: 0, in: { $add: ['$$value', '$$this'] } } }, 6],
    [{ $setUnion: [[2, 1], [2n]] }, [1, 2]],
    [{ $setIntersection: ['$tags', ['z', 'y', 'q']] }, ['y', 'z']],
    [{ $setDifference: ['$tags', ['y']] }, ['x', 'z']],
    [
      {
        $setEquals: [
          [1, 2],
          [2, 1, 1],
        ],
      },
      true,
    ],
    [{ $setIsSubset: [['x'], '$tags'] }, true],
    [{ $anyElementTrue: [[0, 1]] }, true],
    [{ $allElementsTrue: [[0, 1]] }, false],
    [{ $sum: '$nums' }, 6],
    [{ $sum: ['$n', '$tags', 1] }, 6],
    [{ $avg: '$nums' }, dbl(2)],
    [{ $min: '$nums' }, 1],
    [{ $max: ['$n', '$missing', 7] }, 7],
  ],
  objects: [
    [{ $mergeObjects: ['$deep', '$no', { c: 1 }] }, { a: { b: 7 }, c: 1 }],
    [{ $objectToArray: '$deep.a' }, [{ k: 'b', v: 7 }]],
    [
      {
        $arrayToObject: [
          [
            ['k', 1],
            ['__proto__', 2],
          ],
        ],
      },
      new Map<string, Value>([
        ['k', toValue(1)],
        ['__proto__', toValue(2)],
      ]),
    ],
    [{ $arrayToObject: { $objectToArray: '$deep' } }, { a: { b: 7 } }],
    [{ $getField: 'n' }, 5],
    [{ $getField: { field: 'b', input: '$deep.a' } }, 7],
    [{ $type: '$missing' }, 'missing'],
    [{ $type: '$big' }, 'long'],
    [{ $isNumber: '$price' }, true],
    [{ $let: { vars: { a: 1 }, in: { $add: ['$$a', '$n'] } } }, 6],
  ],
  dates: [
    [{ $year: '$at' }, 2024],
    [{ $month: '$at' }, 2],
    [{ $dayOfMonth: '$at' }, 29],
    [{ $hour: { date: '$at', timezone: '-02:00' } }, 11],
    [{ $minute: '$at' }, 5],
    [{ $second: '$at' }, 9],
    [{ $millisecond: '$at' }, 7],
    [{ $dayOfWeek: '$at' }, 5],
    [{ $dayOfYear: '$at' }, 60],
    [{ $isoWeek: '$at' }, 9],
    [{ $isoWeek: new Date('2021-01-03') }, 53],
    [{ $isoWeekYear: new Date('2021-01-03') }, 2020],
    [{ $isoDayOfWeek: new Date('2021-01-03') }, 7],
    [{ $week: new Date('2024-01-07') }, 1],
    [{ $dateToString: { date: '$at' } }, '2024-02-29T13:05:09.007Z'],
    [{ $dateToString: { date: '$at', format: '%Y/%m/%d %j %G-W%V %%' } }, '2024/02/29 060 2024-W09 %'],
    [{ $dateToString: { date: '$missing', onNull: 'never' } }, 'never'],
    [{ $dateToString: { date: '$id', format: '%Y-%m-%d' } }, '2024-02-29'],
    [{ $dateTrunc: { date: '$at', unit: 'day' } }, new Date('2024-02-29')],
    [{ $dateTrunc: { date: '$at', unit: 'week' } }, new Date('2024-02-25')],
    [{ $dateTrunc: { date: '$at', unit: 'week', startOfWeek: 'monday' } }, new Date('2024-02-26')],
    [{ $dateTrunc: { date: '$at', unit: 'quarter' } }, new Date('2024-01-01')],
    [{ $dateTrunc: { date: '$at', unit: 'hour', binSize: 6 } }, new Date('2024-02-29T12:00Z')],
    [{ $dateAdd: { startDate: new Date('2024-01-31'), unit: 'month', amount: 1 } }, new Date('2024-02-29')],
    [{ $dateSubtract: { startDate: '$at', unit: 'hour', amount: 13 } }, new Date('2024-02-29T00:05:09.007Z')],
    [{ $dateDiff: { startDate: new Date('2023-12-31'), endDate: '$at', unit: 'month' } }, 2n],
  ],
  conversions: [
    [{ $toString: '$big' }, '9007199254740993'],
    [{ $toString: 2.5 }, '2.5'],
    [{ $toString: '$id' }, '65e0801500000000000000aa'],
    [{ $toString: '$at' }, '2024-02-29T13:05:09.007Z'],
    [{ $toString: '$missing' }, null],
    [{ $toInt: '12' }, 12],
    [{ $toInt: 1.9 }, 1],
    [{ $toLong: '$at' }, Long.fromNumber(now.getTime())],
    [{ $toLong: '9223372036854775807' }, 2n ** 63n - 1n],
    [{ $toDouble: '1e3' }, dbl(1000)],
    [{ $toDecimal: '1.10' }, dec('1.10')],
    [{ $toDecimal: 0.1 }, dec('0.100000000000000')],
    [{ $toBool: 'false' }, true],
    [{ $toDate: '2024-02-29T13:05:09.007Z' }, now],
    [{ $toDate: '2024-02-29' }, new Date('2024-02-29')],
    [{ $toDate: '$id' }, new Date('2024-02-29T13:01:09Z')],
    [{ $toObjectId: '65e0801500000000000000aa' }, new ObjectId('65e0801500000000000000aa')],
    [{ $convert: { input: 'x', to: 'int', onError: -1 } }, -1],
    [{ $convert: { input: '$no', to: 16, onNull: 0 } }, 0],
  ],
};

describe.each(Object.entries(families))('%s', (_family, cases) => {
  it.each(cases)('%j', (expression, expected) => {
    expectValue(expression, expected);
  });
});

describe('errors', () => {
  it.each<[unknown, number]>([
    [{ $nonsense: 1 }, 168],
    [{ $function: {} }, 115],
    [{ $sqrt: 4 }, 115],
    [{ $add: 1, $subtract: 1 }, 15983],
    [{ a: { $eq: [1] } }, 16020],
    ['$$unknown', 17276],
    ['$$USER_ROLES', 115],
    ['$', 16872],
    ['$a..b', 15998],
    [{ 'a.b': 1 }, 16412],
    [{ $add: ['$s', 1] }, 14],
    [{ $divide: [1, 0] }, 2],
    [{ $mod: [1, 0] }, 16610],
    [{ $concat: ['$n'] }, 16702],
    [{ $size: '$n' }, 17124],
    [{ $in: [1, 2] }, 40081],
    [{ $filter: { input: '$nums' } }, 28650],
    [{ $filter: { input: '$nums', cond: true, colour: 1 } }, 28647],
    [{ $map: 1 }, 16878],
    [{ $reduce: { input: [], in: 1 } }, 40078],
    [{ $let: { vars: {} } }, 16877],
    [{ $cond: { if: 1 } }, 17081],
    [{ $cond: [1, 2] }, 16020],
    [{ $switch: {} }, 40068],
    [{ $switch: { branches: [1] } }, 40062],
    [{ $switch: { branches: [{ case: 1 }] } }, 40065],
    [{ $trim: { chars: 'x' } }, 50695],
    [{ $replaceOne: { input: 'x', find: 'x' } }, 51747],
    [{ $dateToString: {} }, 18628],
    [{ $year: { date: '$at', zone: 'UTC' } }, 40535],
    [{ $dateTrunc: { date: '$at' } }, 5439010],
    [{ $dateAdd: { startDate: '$at' } }, 5166402],
    [{ $dateDiff: { startDate: '$at', endDate: '$at' } }, 5166305],
    [{ $convert: { input: 1 } }, 9],
    [{ $slice: [[1]] }, 28667],
    [{ $range: ['x', 1] }, 34443],
    [{ $range: [0.5, 1] }, 34444],
    [{ $ifNull: [1] }, 1257300],
    [{ $setEquals: [[1]] }, 17045],
    [{ $map: { input: '$nums', as: 'Big', in: 1 } }, 9],
    [{ $switch: { branches: [branch(false, 1)] } }, 40066],
    [{ $toInt: 'x' }, 241],
    [{ $toInt: 2147483648n }, 241],
    [{ $toDate: '2024-02-30' }, 241],
    [{ $year: { date: '$at', timezone: 'Europe/Berlin' } }, 115],
    [{ $dateToString: { date: '$at', format: '%q' } }, 18536],
    [{ $substrBytes: ['ä', 1, 1] }, 28656],
  ])('%j is refused with %d', (expression, code) => {
    expect(() => evaluate(expression)).toThrow(expect.objectContaining({ code }));
  });
});

it('evaluates let once, before there is a document', () => {
  const options = { let: doc({ x: { $add: [1, 2] } }), variables: new Map<string, Value>([['raw', '$n']]) };
  expectSame(compileExpression('$$x', options)(document), 3);
  expectSame(compileExpression('$$raw', options)(document), '$n');
  for (const field of ['$n', '$$ROOT']) {
    expect(() => compileExpression(null, { let: doc({ x: field }) })).toThrow(
      expect.objectContaining({ code: 4890500 }),
    );
  }
});

it('takes variables at the time of the call', () => {
  const evaluateWith = compileExpression('$$x', { names: ['x'] });
  expect(evaluateWith(document, new Map([['x', 'now']]))).toBe('now');
});
