import { describe, expect, it } from '@jest/globals';
import { fromDoc, toDoc, toValue } from '../../../src/embedded-store/bson/convert.js';
import type { Doc, Value } from '../../../src/embedded-store/bson/value.js';
import { identicalValues } from '../../../src/embedded-store/query/compare.js';
import { compileFilter } from '../../../src/embedded-store/query/filter.js';
import type { Pipeline } from '../../../src/embedded-store/query/pipeline.js';
import { compilePipeline } from '../../../src/embedded-store/query/pipeline.js';
import { dbl, dec } from '../support/values.js';

const collections: Record<string, object[]> = {
  users: [
    { _id: 1, name: 'ada', tags: ['x', 'y'], age: 36, address: { city: 'London' } },
    { _id: 2, name: 'bob', tags: [], age: 20 },
    { _id: 3, name: 'cyd', age: 36, friend: 1, friends: [1, 2] },
    { _id: 4, name: 'dan', tags: null, age: null, friend: 9 },
  ],
  logins: [
    { _id: 1, user: 1, at: 10 },
    { _id: 2, user: 1, at: 20 },
    { _id: 3, user: 3, at: 5 },
    { _id: 4, at: 1 },
  ],
};

const compile = (stages: object[], variables?: object): Pipeline =>
  compilePipeline(stages.map(toValue), {
    let: variables && toDoc(variables),
    lookup: (collection, filter, options) => {
      const compiled = compileFilter(filter, options);
      return (collections[collection] ?? []).map(toDoc).filter((doc) => compiled.matches(doc));
    },
  });

const docsOf = (collection: string): Doc[] => collections[collection]!.map(toDoc);
const run = (collection: string, ...stages: object[]): unknown[] =>
  [...compile(stages).run(docsOf(collection))].map((doc) => fromDoc(doc));

describe('stages', () => {
  it.each<[string, object[], unknown[]]>([
    [
      '$match, $project',
      [{ $match: { age: 36 } }, { $project: { name: 1, _id: 0 } }],
      [{ name: 'ada' }, { name: 'cyd' }],
    ],
    ['computed $project', [{ $limit: 1 }, { $project: { n: { $toUpper: '$name' } } }], [{ _id: 1, n: 'ADA' }]],
    [
      '$sort with null first, $skip, $limit',
      [
        { $sort: { age: 1, name: -1 } },
        { $skip: 1 },
        { $limit: 2 },
        { $unset: ['tags', 'age', 'friends', 'address', 'friend'] },
      ],
      [
        { _id: 2, name: 'bob' },
        { _id: 3, name: 'cyd' },
      ],
    ],
    ['$count', [{ $match: { age: 36 } }, { $count: 'n' }], [{ n: 2 }]],
    [
      '$sortByCount',
      [{ $sortByCount: '$age' }],
      [
        { _id: 36, count: 2 },
        { _id: 20, count: 1 },
        { _id: null, count: 1 },
      ],
    ],
    ['$count of nothing', [{ $match: { age: 1 } }, { $count: 'n' }], []],
    [
      '$unwind',
      [{ $unwind: '$tags' }, { $project: { tags: 1 } }],
      [
        { _id: 1, tags: 'x' },
        { _id: 1, tags: 'y' },
      ],
    ],
    [
      '$unwind that preserves',
      [
        { $unwind: { path: '$tags', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' } },
        { $project: { tags: 1, i: 1 } },
      ],
      [
        { _id: 1, tags: 'x', i: 0 },
        { _id: 1, tags: 'y', i: 1 },
        { _id: 2, i: null },
        { _id: 3, i: null },
        { _id: 4, tags: null, i: null },
      ],
    ],
    [
      '$addFields in place, below and new',
      [{ $limit: 1 }, { $addFields: { age: { $add: ['$age', 1] }, 'address.zip': 'x', 'a.b': 1 } }, { $unset: 'tags' }],
      [{ _id: 1, name: 'ada', age: 37, address: { city: 'London', zip: 'x' }, a: { b: 1 } }],
    ],
    [
      '$set with $$REMOVE',
      [{ $limit: 1 }, { $set: { address: '$$REMOVE', tags: '$missing' } }],
      [{ _id: 1, name: 'ada', age: 36 }],
    ],
    [
      '$replaceRoot',
      [{ $match: { address: { $exists: true } } }, { $replaceRoot: { newRoot: '$address' } }],
      [{ city: 'London' }],
    ],
    [
      '$replaceWith',
      [{ $limit: 1 }, { $replaceWith: { $mergeObjects: [{ a: 1 }, '$address'] } }],
      [{ a: 1, city: 'London' }],
    ],
    [
      '$facet',
      [{ $facet: { all: [{ $count: 'n' }], young: [{ $match: { age: { $lt: 30 } } }, { $project: { name: 1 } }] } }],
      [{ all: [{ n: 4 }], young: [{ _id: 2, name: 'bob' }] }],
    ],
  ])('%s', (_name, stages, expected) => {
    expect(run('users', ...stages)).toEqual(expected);
  });

  it('keep fields and their order in $addFields', () => {
    const [first] = compile([{ $set: { name: 'x', zz: 1 } }]).run(docsOf('users'));
    expect([...first!.keys()]).toEqual(['_id', 'name', 'tags', 'age', 'address', 'zz']);
  });
});

describe('$group', () => {
  it('gathers by value, across numeric types', () => {
    const docs = [{ k: 1, v: 1 }, { k: 1n, v: 2 }, { k: dec('1.0'), v: 3 }, { v: 4 }, { k: null, v: 5 }].map(toDoc);
    const result = [...compile([{ $group: { _id: '$k', n: { $sum: '$v' }, all: { $push: '$v' } } }]).run(docs)];
    expect(result.map((doc) => fromDoc(doc))).toEqual([
      { _id: 1, n: 6, all: [1, 2, 3] },
      { _id: null, n: 9, all: [4, 5] },
    ]);
  });

  it.each<[string, unknown, unknown[], unknown]>([
    ['$sum of int32', '$sum', [1, 2], 3],
    ['$sum beyond int32', '$sum', [2147483647, 1], 2147483648n],
    ['$sum of int64, exactly', '$sum', [2n ** 53n, 1n], 2n ** 53n + 1n],
    ['$sum beyond int64', '$sum', [2n ** 63n - 1n, 1], dbl(2 ** 63)],
    ['$sum of Decimal128, exactly', '$sum', [dec('0.1'), dec('0.2'), 1], dec('1.3')],
    ['$sum of doubles', '$sum', [0.1, 0.2, 0.3], dbl(0.6)],
    ['$sum without numbers', '$sum', ['x', null], 0],
    ['$avg', '$avg', [1, 2, 'x', null], dbl(1.5)],
    ['$avg of Decimal128', '$avg', [dec('1'), dec('2')], dec('1.5')],
    ['$avg of nothing', '$avg', ['x'], null],
    ['$min over nulls', '$min', [null, 3, 2], 2],
    ['$max across types', '$max', [3, 'a', true], true],
    ['$first', '$first', [3, 2], 3],
    ['$last', '$last', [3, 2], 2],
    ['$push', '$push', [1, null], [1, null]],
    ['$addToSet', '$addToSet', [1, 1n, dbl(1), 2], [1, 2]],
    ['$stdDevPop', '$stdDevPop', [2, 4n, dec('4'), dbl(4), 'x', 5, 5, 7, 9], dbl(2)],
    ['$stdDevSamp', '$stdDevSamp', [1, 3], dbl(Math.SQRT2)],
    ['$stdDevSamp of one', '$stdDevSamp', [1], null],
    ['$stdDevPop of nothing', '$stdDevPop', ['x'], null],
    ['$sum of double and Decimal128', '$sum', [0.1, dec('0.2')], dec('0.3000000000000000055511151231257827')],
    ['$sum of int64 and double', '$sum', [2n ** 53n, 1n, dbl(0.5)], dbl(2 ** 53 + 2)],
    ['$sum of Decimal128 and int64', '$sum', [2n ** 63n - 1n, dec('0.5')], dec('9223372036854775807.5')],
    ['$sum of int64 there and back', '$sum', [2n ** 63n - 1n, 1n, -1n], 2n ** 63n - 1n],
    ['$sum of infinities', '$sum', [dbl(Infinity), dbl(1)], dbl(Infinity)],
    ['$avg of int64', '$avg', [2n ** 62n, 2n ** 62n], dbl(2 ** 62)],
    ['$min over types', '$min', ['a', 3n, dec('2.5')], dec('2.5')],
    ['$mergeObjects', '$mergeObjects', [{ a: 1 }, null, { a: 2, b: 3 }], { a: 2, b: 3 }],
  ])('%s', (_name, operator, values, expected) => {
    const docs = values.map((v) => toDoc({ v }));
    const [result] = compile([{ $group: { _id: null, r: { [operator as string]: '$v' } } }]).run(docs);
    expect(identicalValues(result!.get('r')!, toValue(expected))).toBe(true);
  });

  it('skips what is missing in lists, and gives null for a missing first', () => {
    const docs = [{}, { v: 1 }].map(toDoc);
    const stage = { $group: { _id: null, list: { $push: '$v' }, set: { $addToSet: '$v' }, first: { $first: '$v' } } };
    expect(fromDoc([...compile([stage]).run(docs)][0]!)).toEqual({ _id: null, list: [1], set: [1], first: null });
  });

  it('gives nothing for nothing', () => {
    expect([...compile([{ $group: { _id: null, n: { $sum: 1 } } }]).run([])]).toEqual([]);
  });

  it('stops at 100 MB', () => {
    const big = toDoc({ v: 'x'.repeat(10_000_000) });
    const many = Array.from({ length: 12 }, () => big);
    for (const stage of [{ $group: { _id: null, all: { $push: '$v' } } }, { $sort: { v: 1 } }]) {
      expect(() => [...compile([stage]).run(many)]).toThrow(expect.objectContaining({ code: 292 }));
    }
    expect([...compile([{ $sort: { v: 1 } }, { $limit: 1 }]).run(many)]).toHaveLength(1);
  });
});

describe('$lookup', () => {
  const names = (found: unknown): unknown =>
    (found as { as: { _id: number }[] }[]).map(({ as }) => as.map(({ _id }) => _id));

  it('joins by equality, null with missing, lists by element', () => {
    const join = (localField: string): unknown =>
      names(run('users', { $lookup: { from: 'users', localField, foreignField: '_id', as: 'as' } }));
    expect(join('friend')).toEqual([[], [], [1], []]);
    expect(join('friends')).toEqual([[], [], [1, 2], []]);
    expect(
      names(run('users', { $lookup: { from: 'logins', localField: 'friend', foreignField: 'user', as: 'as' } })),
    ).toEqual([[4], [4], [1, 2], []]);
  });

  it('runs a pipeline with variables', () => {
    const stage = {
      from: 'logins',
      let: { id: '$_id' },
      pipeline: [{ $match: { $expr: { $eq: ['$user', '$$id'] } } }, { $sort: { at: -1 } }, { $limit: 1 }],
      as: 'as',
    };
    expect(names(run('users', { $lookup: stage }))).toEqual([[2], [], [3], []]);
  });

  it('does not evaluate what a variable holds', () => {
    const docs = [toDoc({ v: '$user' })];
    const stage = {
      from: 'logins',
      let: { v: '$v' },
      pipeline: [{ $limit: 1 }, { $project: { _id: 0, v: '$$v' } }],
      as: 'as',
    };
    expect(fromDoc([...compile([{ $lookup: stage }]).run(docs)][0]!)).toEqual({ v: '$user', as: [{ v: '$user' }] });
  });

  it('takes both forms at once, and a collection that is not there for empty', () => {
    const both = {
      from: 'logins',
      localField: '_id',
      foreignField: 'user',
      pipeline: [{ $match: { at: { $gt: 10 } } }],
      as: 'as',
    };
    expect(names(run('users', { $lookup: both }))).toEqual([[2], [], [], []]);
    expect(names(run('users', { $lookup: { ...both, from: 'nowhere' } }))).toEqual([[], [], [], []]);
  });
});

describe('turns of the event loop', () => {
  function* withPauses(docs: readonly Doc[]): Iterable<Doc | null> {
    for (const doc of docs) {
      yield null;
      yield doc;
    }
  }

  it.each<[string, object]>([
    ['$match', { $match: { age: 36 } }],
    ['$project', { $project: { name: 1 } }],
    ['$sort', { $sort: { age: -1 } }],
    ['$limit', { $limit: 4 }],
    ['$skip', { $skip: 1 }],
    ['$count', { $count: 'n' }],
    ['$unwind', { $unwind: '$tags' }],
    ['$group', { $group: { _id: '$age', n: { $sum: 1 } } }],
    ['$facet', { $facet: { a: [{ $skip: 1 }, { $count: 'n' }], b: [{ $limit: 9 }] } }],
    ['$lookup', { $lookup: { from: 'logins', localField: '_id', foreignField: 'user', as: 'as' } }],
  ])('are asked for on through %s', (_name, stage) => {
    const items = [...compile([stage]).run(withPauses(docsOf('users')))];
    expect(items.filter((item) => item === null)).toHaveLength(4);
    expect(items.filter((item) => item !== null).map((doc) => fromDoc(doc))).toEqual(run('users', stage));
  });
});

describe('$facet', () => {
  it('keeps no more than its pipelines do, and reads no more than they need', () => {
    let read = 0;
    function* source(): Iterable<Doc> {
      for (; read < 1000; read++) yield toDoc({ n: read, pad: 'x'.repeat(1_000_000) });
    }
    const page = [{ $skip: 2 }, { $limit: 2 }, { $project: { n: 1 } }];
    const [all] = compile([{ $facet: { page, total: [{ $count: 'n' }] } }]).run(source());
    expect(fromDoc(all!)).toEqual({ page: [{ n: 2 }, { n: 3 }], total: [{ n: 1000 }] });
    read = 0;
    const [first] = compile([{ $facet: { page, one: [{ $limit: 1 }, { $count: 'n' }] } }]).run(source());
    expect(fromDoc(first!)).toEqual({ page: [{ n: 2 }, { n: 3 }], one: [{ n: 1 }] });
    expect(read).toBeLessThan(5);
  });

  it('gives empty lists for no documents', () => {
    const [result] = compile([{ $facet: { a: [], b: [{ $count: 'n' }] } }]).run([]);
    expect(fromDoc(result!)).toEqual({ a: [], b: [] });
  });
});

describe('the planner', () => {
  it('is told what a pipeline begins with', () => {
    const pipeline = compile([{ $match: { a: 1 } }, { $sort: { b: 1 } }, { $skip: 2 }, { $limit: 3 }, { $count: 'n' }]);
    expect(pipeline.leading).toMatchObject({ stages: 4, skip: 2, limit: 3 });
    expect(pipeline.leading.filter?.node).toBeDefined();
    expect(pipeline.leading.sort?.pattern).toEqual([['b', 1]]);
    expect([...pipeline.run(docsOf('users'), 4)].map((doc) => fromDoc(doc))).toEqual([{ n: 4 }]);
  });

  it('is not told of stages whose order matters', () => {
    expect(compile([{ $limit: 3 }, { $match: { a: 1 } }]).leading).toEqual({ limit: 3, stages: 1 });
    expect(compile([{ $match: { a: 1 } }, { $match: { b: 1 } }]).leading.stages).toBe(1);
    expect(compile([{ $unset: 'a' }, { $match: { a: 1 } }]).leading.stages).toBe(0);
  });

  it('may count without reading', () => {
    const stages = compile([
      { $group: { _id: 1, n: { $sum: 1 } } },
      { $count: 'n' },
      { $group: { _id: '$x', n: { $sum: 1 } } },
    ]).stages;
    expect(stages.map((stage) => stage.fromCount?.(7).map((doc) => fromDoc(doc)))).toEqual([
      [{ _id: 1, n: 7 }],
      [{ n: 7 }],
      undefined,
    ]);
    expect(stages[0]!.fromCount?.(0)).toEqual([]);
  });

  it('is asked for no document too many', () => {
    let read = 0;
    function* source(): Iterable<Doc> {
      for (const doc of docsOf('users')) {
        read++;
        yield doc;
      }
    }
    expect([...compile([{ $limit: 2 }]).run(source())]).toHaveLength(2);
    expect(read).toBe(2);
  });
});

it('passes let to every stage', () => {
  const pipeline = compile(
    [{ $match: { $expr: { $eq: ['$_id', '$$id'] } } }, { $project: { id: '$$id' } }, { $group: { _id: '$$id' } }],
    { id: 2 },
  );
  expect([...pipeline.run(docsOf('users'))].map((doc) => fromDoc(doc))).toEqual([{ _id: 2 }]);
});

describe('errors', () => {
  it.each<[object, number]>([
    [{ $nonsense: 1 }, 40324],
    [{ $merge: 'x' }, 40601],
    [{ $graphLookup: {} }, 115],
    [{ $match: {}, $limit: 1 }, 40323],
    [{}, 40323],
    [{ $match: 1 }, 15959],
    [{ $match: { $where: '1' } }, 115],
    [{ $sort: {} }, 15976],
    [{ $limit: 0 }, 15958],
    [{ $limit: -1 }, 5107201],
    [{ $limit: 1.5 }, 5107201],
    [{ $skip: 'x' }, 5107200],
    [{ $count: '' }, 40157],
    [{ $unwind: 'tags' }, 28818],
    [{ $unwind: { path: '$a', colour: 1 } }, 28811],
    [{ $group: { n: { $sum: 1 } } }, 15955],
    [{ $project: { a: { $nonsense: 1 } } }, 31325],
    [{ $project: { a: { $add: [{ $nonsense: 1 }] } } }, 168],
    [{ $project: { a: { $sqrt: 4 } } }, 115],
    [{ $group: { _id: 1, n: { $nonsense: 1 } } }, 15952],
    [{ $group: { _id: 1, n: { $topN: 1 } } }, 115],
    [{ $group: { _id: 1, n: { $pow: 1 } } }, 15952],
    [{ $group: { _id: 1, n: { $sum: ['$a'] } } }, 40237],
    [{ $group: { _id: 1, n: { $count: 1 } } }, 14],
    [{ $group: { _id: 1, n: { $sum: 1, $avg: 1 } } }, 40238],
    [{ $group: { _id: 1, 'a.b': { $sum: 1 } } }, 40235],
    [{ $group: { _id: 1, $a: { $sum: 1 } } }, 40236],
    [{ $group: 1 }, 15947],
    [{ $sortByCount: 'a' }, 40148],
    [{ $sortByCount: { a: 1 } }, 40147],
    [{ $sortByCount: 1 }, 40149],
    [{ $lookup: 1 }, 9],
    [{ $lookup: { from: 'x', as: 'y', pipeline: [{ $match: { $nonsense: 1 } }] } }, 2],
    [{ $lookup: { from: 'x', as: 'y', localField: 'a', pipeline: [] } }, 9],
    [{ $lookup: { from: 'x', as: 'y', localField: 'a', foreignField: 'b', let: {} } }, 9],
    [{ $group: { _id: 1, n: 1 } }, 40234],
    [{ $lookup: { from: 'x', as: 'y' } }, 9],
    [{ $lookup: { from: 'x', as: 'y', localField: 'a', foreignField: 'b', colour: 1 } }, 9],
    [{ $lookup: { from: 'x', as: 'y', pipeline: [{ $out: 'z' }] } }, 40601],
    [{ $facet: { a: [{ $facet: {} }] } }, 40600],
    [{ $facet: {} }, 40169],
    [{ $addFields: {} }, 40177],
    [{ $unset: [1] }, 31120],
    [{ $replaceRoot: {} }, 40414],
  ])('%j is refused with %d', (stage, code) => {
    expect(() => compile([stage])).toThrow(expect.objectContaining({ code }));
  });

  it('refuses a root that is no document', () => {
    const withText: Value[] = [toValue({ $replaceWith: '$name' })];
    expect(() => [...compilePipeline(withText, { lookup: () => [] }).run(docsOf('users'))]).toThrow(
      expect.objectContaining({ code: 40228 }),
    );
  });
});
