import { describe, expect, it } from '@jest/globals';
import { BSONRegExp, Decimal128, Double, Long, MaxKey, MinKey, ObjectId } from 'bson';
import { toDoc } from '../../../src/embedded-store/bson/convert.js';
import { UNDEFINED } from '../../../src/embedded-store/bson/value.js';
import { compileFilter } from '../../../src/embedded-store/query/filter.js';

const matches = (filter: object, doc: object): boolean => compileFilter(toDoc(filter)).matches(toDoc(doc));
const positional = (filter: object, doc: object): number | undefined =>
  compileFilter(toDoc(filter)).positional(toDoc(doc));

type Row = [filter: object, matching: object[], others: object[]];

function table(rows: Row[]): void {
  it.each(rows)('%j', (filter, matching, others) => {
    expect(matching.filter((doc) => !matches(filter, doc))).toEqual([]);
    expect(others.filter((doc) => matches(filter, doc))).toEqual([]);
  });
}

const decimal = (text: string): Decimal128 => Decimal128.fromString(text);

describe('equality', () => {
  table([
    [{}, [{}, { a: 1 }], []],
    [
      { a: 1 },
      [{ a: 1 }, { a: 1n }, { a: new Double(1) }, { a: decimal('1.0') }, { a: [2, 1] }],
      [{ a: '1' }, {}, { a: [[1]] }],
    ],
    [
      { a: Long.fromString('9007199254740993') },
      [{ a: 9007199254740993n }],
      [{ a: 9007199254740992n }, { a: 2 ** 53 }],
    ],
    [
      { a: [1, 2] },
      [{ a: [1, 2] }, { a: [[1, 2]] }, { a: [new Double(1), 2n] }],
      [{ a: [2, 1] }, { a: [1, 2, 3] }, { a: 1 }],
    ],
    [{ a: [] }, [{ a: [] }, { a: [[]] }], [{ a: [1] }, {}, { a: null }]],
    [{ a: { b: 1, c: 2 } }, [{ a: { b: 1, c: 2 } }, { a: [{ b: 1, c: 2 }] }], [{ a: { c: 2, b: 1 } }, { a: { b: 1 } }]],
    [{ a: {} }, [{ a: {} }], [{ a: { b: 1 } }, {}]],
    [{ a: NaN }, [{ a: NaN }, { a: decimal('NaN') }], [{ a: 1 }, {}]],
    [{ a: new Double(-0) }, [{ a: 0 }, { a: new Double(-0) }], [{ a: 1 }]],
    [{ a: { $ref: 'x', $id: 1 } }, [{ a: { $ref: 'x', $id: 1 } }], [{ a: { $ref: 'x', $id: 2 } }]],
    [{ a: new Date(-1) }, [{ a: new Date(-1) }], [{ a: new Date(0) }, { a: -1 }]],
    [{ a: new MinKey() }, [{ a: new MinKey() }], [{}, { a: new MaxKey() }]],
    [{ __proto__: null, constructor: 1 }, [{ constructor: 1 }], [{}]],
  ]);
});

describe('null', () => {
  table([
    [{ a: null }, [{}, { a: null }, { a: [1, null] }], [{ a: 0 }, { a: [] }, { a: UNDEFINED }, { a: [[null]] }]],
    [
      { 'a.b': null },
      [{}, { a: {} }, { a: { b: null } }, { a: 1 }, { a: [{}] }, { a: [{ b: 1 }, {}] }],
      [{ a: [] }, { a: [1, 2] }, { a: [{ b: 1 }] }, { a: { b: 1 } }],
    ],
    [
      { 'a.b': { $ne: null } },
      [{ a: [] }, { a: [1] }, { a: { b: 1 } }, { a: [{ b: 1 }] }],
      [{}, { a: {} }, { a: [{}, { b: 1 }] }],
    ],
    [{ 'a.b.c': null }, [{ a: [{ b: 1 }] }, { a: [{ b: [{}] }] }], [{ a: [{ b: [] }] }, { a: [{ b: [{ c: 1 }] }] }]],
    [{ a: { $gte: null } }, [{}, { a: null }], [{ a: 1 }, { a: '' }]],
    [{ a: { $lte: null } }, [{}, { a: null }], [{ a: 1 }]],
    [{ a: { $gt: null } }, [], [{}, { a: null }, { a: 1 }]],
    [{ a: { $lt: null } }, [], [{}, { a: null }]],
    [{ a: { $in: [null, 2] } }, [{}, { a: null }, { a: 2 }], [{ a: 1 }, { a: [] }]],
    [{ a: { $nin: [null, 2] } }, [{ a: 1 }, { a: [] }], [{}, { a: null }, { a: [2] }]],
    [{ a: { $not: { $gte: null } } }, [{ a: 1 }], [{}]],
    [{ 'a.0': null }, [{ a: [null] }, { a: [{ b: 1 }] }, { a: 5 }], [{ a: [1] }, { a: [] }]],
  ]);
});

describe('ranges', () => {
  table([
    [
      { a: { $gt: 1 } },
      [{ a: 2 }, { a: 1.5 }, { a: [0, 3] }, { a: 2n }, { a: decimal('1.1') }],
      [{ a: 1 }, { a: 'x' }, {}, { a: null }, { a: new Date() }],
    ],
    [{ a: { $lt: 'b' } }, [{ a: 'a' }, { a: '' }], [{ a: 'b' }, { a: 1 }, {}]],
    [{ a: { $gt: 1, $lt: 3 } }, [{ a: 2 }, { a: [0, 5] }], [{ a: 3 }, { a: [0, 1] }]],
    [{ a: { $lt: [2] } }, [{ a: [1, 5] }, { a: [] }, { a: [[1]] }], [{ a: [2] }, { a: 1 }, {}]],
    [{ a: { $lt: NaN } }, [], [{ a: NaN }, { a: 1 }]],
    [{ a: { $lte: NaN } }, [{ a: NaN }], [{ a: 1 }, {}]],
    [{ a: { $lt: 1 } }, [{ a: -Infinity }], [{ a: NaN }]],
    [{ a: { $gte: new MinKey() } }, [{}, { a: 1 }, { a: new MinKey() }], []],
    [{ a: { $gt: new MinKey() } }, [{}, { a: 1 }], [{ a: new MinKey() }]],
    [{ a: { $lt: new MaxKey() } }, [{}, { a: 1 }], [{ a: new MaxKey() }]],
    [{ a: { $gt: new MaxKey() } }, [], [{}, { a: new MaxKey() }]],
    [{ a: { $gte: true } }, [{ a: true }], [{ a: false }, { a: 1 }]],
    [{ a: { $ne: 1 } }, [{}, { a: 2 }, { a: [] }], [{ a: 1 }, { a: [2, 1] }]],
  ]);
});

describe('paths', () => {
  table([
    [{ 'a.b': 1 }, [{ a: { b: 1 } }, { a: [{ b: 1 }] }, { a: [{ b: [1] }] }], [{ a: [[{ b: 1 }]] }, { 'a.b': 1 }]],
    [{ 'a.0': 1 }, [{ a: [1] }, { a: { 0: 1 } }, { a: [{ 0: 1 }] }], [{ a: [2, 1] }, { a: [[1]] }]],
    [{ 'a.0': [1] }, [{ a: [[1]] }], [{ a: [1] }]],
    [{ 'a.00': 1 }, [{ a: { '00': 1 } }], [{ a: [1] }]],
    [{ 'a.1.b': 1 }, [{ a: [0, { b: 1 }] }, { a: [0, [{ b: 1 }]] }], [{ a: [{ b: 1 }] }]],
    [{ 'a.0.1': 6 }, [{ a: [[5, 6]] }], [{ a: [[6, 5]] }]],
    [{ 'a.b.c': 1 }, [{ a: [{ b: [{ c: 1 }] }] }], [{ a: [{ b: [[{ c: 1 }]] }] }]],
  ]);
});

describe('$exists, $type and $size', () => {
  table([
    [{ a: { $exists: true } }, [{ a: null }, { a: [] }], [{}]],
    [{ a: { $exists: 0 } }, [{}], [{ a: null }]],
    [{ a: { $exists: '' } }, [{ a: 1 }], [{}]],
    [{ 'a.b': { $exists: true } }, [{ a: [{ b: 1 }, {}] }, { a: { b: null } }], [{ a: [] }, { a: [1] }, { a: [{}] }]],
    [{ 'a.b': { $exists: false } }, [{ a: [] }, { a: [1] }, { a: [{}] }, {}], [{ a: [{}, { b: 1 }] }]],
    [{ a: { $type: 'int' } }, [{ a: 1 }, { a: ['x', 1] }], [{ a: 1.5 }, { a: 1n }, {}]],
    [{ a: { $type: 'number' } }, [{ a: 1 }, { a: 1n }, { a: 1.5 }, { a: decimal('1') }], [{ a: '1' }]],
    [{ a: { $type: 'array' } }, [{ a: [] }, { a: [1] }, { a: [[1]] }], [{ a: 1 }]],
    [{ a: { $type: ['string', 10] } }, [{ a: 'x' }, { a: null }], [{}, { a: 1 }]],
    [{ a: { $type: -1 } }, [{ a: new MinKey() }], [{ a: 1 }]],
    [{ a: { $type: 'undefined' } }, [{ a: UNDEFINED }], [{}, { a: null }]],
    [{ a: { $size: 2 } }, [{ a: [1, 2] }], [{ a: [1] }, { a: [[1, 2]] }, {}, { a: 'xx' }]],
    [{ a: { $size: new Double(0) } }, [{ a: [] }], [{ a: [1] }]],
  ]);
});

describe('$all, $elemMatch and $in', () => {
  table([
    [{ a: { $all: [1, 2] } }, [{ a: [2, 1, 3] }], [{ a: [1] }, { a: 1 }, {}]],
    [{ a: { $all: [1] } }, [{ a: 1 }, { a: [1] }], [{ a: [[1]] }]],
    [{ a: { $all: [[1, 2]] } }, [{ a: [1, 2] }, { a: [[1, 2]] }], [{ a: [2, 1] }]],
    [{ a: { $all: [] } }, [], [{ a: [] }, {}]],
    [{ a: { $all: [null] } }, [{}, { a: [null] }], [{ a: [1] }]],
    [{ a: { $all: [/^x/, 'y'] } }, [{ a: ['xx', 'y'] }], [{ a: ['xx'] }]],
    [
      { a: { $all: [{ $elemMatch: { b: 1, c: 1 } }, { $elemMatch: { b: 2 } }] } },
      [{ a: [{ b: 1, c: 1 }, { b: 2 }] }],
      [{ a: [{ b: 1 }, { c: 1 }, { b: 2 }] }],
    ],
    [
      { a: { $elemMatch: { b: 1, c: 2 } } },
      [{ a: [{ b: 1, c: 2 }] }],
      [{ a: [{ b: 1 }, { c: 2 }] }, { a: { b: 1, c: 2 } }],
    ],
    [{ a: { $elemMatch: { $gt: 1, $lt: 3 } } }, [{ a: [0, 2] }], [{ a: [0, 5] }, { a: 2 }, { a: [[2]] }]],
    [{ a: { $elemMatch: { $or: [{ b: 1 }, { c: 1 }] } } }, [{ a: [{ c: 1 }] }], [{ a: [{ d: 1 }] }]],
    [{ a: { $elemMatch: { $elemMatch: { $eq: 1 } } } }, [{ a: [[0, 1]] }], [{ a: [1] }]],
    [{ a: { $elemMatch: { 0: 1 } } }, [{ a: [[1]] }], [{ a: [1] }]],
    [{ a: { $elemMatch: {} } }, [{ a: [{}] }, { a: [[]] }], [{ a: [1] }, { a: [] }]],
    [{ a: { $elemMatch: { $not: { $gt: 1 } } } }, [{ a: [5, 0] }], [{ a: [5] }, { a: [] }]],
    [{ a: { $elemMatch: { $exists: true } } }, [{ a: [null] }], [{ a: [] }]],
    [{ 'a.b': { $elemMatch: { $eq: 1 } } }, [{ a: [{ b: [1] }] }], [{ a: [{ b: 1 }] }]],
    [
      { a: { $in: [1, /^x/, [3]] } },
      [{ a: 1n }, { a: 'xy' }, { a: [3] }, { a: ['z', 'xa'] }],
      [{ a: 'yx' }, {}, { a: 3 }],
    ],
    [{ a: { $in: [] } }, [], [{}, { a: 1 }]],
    [{ a: { $nin: [] } }, [{}, { a: 1 }], []],
    [{ a: { $in: [NaN] } }, [{ a: NaN }], [{ a: 1 }]],
    [{ a: { $in: Array.from({ length: 50 }, (_, i) => i * 2) } }, [{ a: 48 }, { a: 0n }], [{ a: 49 }, { a: '48' }]],
  ]);
});

describe('logic', () => {
  table([
    [{ $or: [{ a: 1 }, { b: 1 }] }, [{ a: 1 }, { b: 1 }], [{ a: 2 }]],
    [{ $nor: [{ a: 1 }, { b: 1 }] }, [{}, { a: 2 }], [{ b: 1 }]],
    [{ $and: [{ a: 1 }, { a: 2 }] }, [{ a: [1, 2] }], [{ a: 1 }]],
    [{ a: { $not: { $gt: 1 } } }, [{ a: 1 }, {}, { a: 'x' }], [{ a: 2 }, { a: [0, 2] }]],
    [{ a: { $not: /^x/ } }, [{ a: 'y' }, {}, { a: 1 }], [{ a: 'x' }, { a: ['y', 'x'] }]],
    [{ a: { $not: { $regex: '^x', $options: 'i' } } }, [{ a: 'y' }], [{ a: 'X' }]],
    [{ a: { $not: { $not: { $eq: 1 } } } }, [{ a: 1 }], [{ a: 2 }]],
    [{ a: 1, $comment: 'why' }, [{ a: 1 }], [{}]],
  ]);
});

describe('$regex', () => {
  table([
    [
      { a: /b/ },
      [{ a: 'abc' }, { a: ['x', 'b'] }, { a: new BSONRegExp('b') }],
      [{ a: 'B' }, { a: 1 }, { a: new BSONRegExp('b', 'i') }],
    ],
    [{ a: { $regex: 'B', $options: 'i' } }, [{ a: 'abc' }], []],
    [{ a: { $options: 'i', $regex: 'B' } }, [{ a: 'abc' }], []],
    [{ a: { $regex: /x/i } }, [{ a: 'X' }], []],
    [{ a: { $regex: '(?i)^ab' } }, [{ a: 'ABc' }], [{ a: 'xab' }]],
    [{ a: { $regex: '^b$', $options: 'm' } }, [{ a: 'a\nb\nc' }], [{ a: 'a\rb' }]],
    [{ a: { $regex: 'a.b', $options: 's' } }, [{ a: 'a\nb' }], []],
    [{ a: { $regex: 'a.b' } }, [{ a: 'a\rb' }, { a: 'a\u{1f600}b' }], [{ a: 'a\nb' }]],
    [{ a: { $regex: 'a$' } }, [{ a: 'a' }, { a: 'a\n' }], [{ a: 'a\n\n' }, { a: 'ab' }]],
    [{ a: { $regex: 'a b # c', $options: 'x' } }, [{ a: 'ab' }], [{ a: 'a b' }]],
    [{ a: { $regex: '\\Aab\\z' } }, [{ a: 'ab' }], [{ a: 'ab\n' }, { a: 'Aabz' }]],
    [{ a: { $regex: '\\Qa.b\\E' } }, [{ a: 'xa.b' }], [{ a: 'axb' }]],
    [{ a: { $regex: '[[:digit:]_-]+@[\\w-.]+$' } }, [{ a: '1-2@a-b.c' }], [{ a: 'x@a' }]],
    [{ a: { $regex: '\\s' } }, [{ a: 'a b' }], [{ a: 'a\u00a0b' }]],
    [{ a: { $regex: 'a{,2}' } }, [{ a: 'a{,2}' }], [{ a: 'aa' }]],
    [{ a: { $regex: '(?<x>a)\\1' } }, [{ a: 'aa' }], [{ a: 'ab' }]],
    [{ a: { $regex: 'a\\-b\\@c\\/d' } }, [{ a: 'a-b@c/d' }], []],
    [{ a: { $eq: /b/ } }, [{ a: new BSONRegExp('b') }], [{ a: 'b' }]],
  ]);
});

describe('errors', () => {
  it.each<[object, number, string]>([
    [{ a: { $foo: 1 } }, 2, 'unknown operator: $foo'],
    [{ a: { $gt: 1, b: 1 } }, 2, 'unknown operator: b'],
    [{ $foo: 1 }, 2, ''],
    [{ $or: [] }, 2, ''],
    [{ $or: {} }, 2, ''],
    [{ $and: [1] }, 2, ''],
    [{ a: { $in: 1 } }, 2, ''],
    [{ a: { $in: [{ $gt: 1 }] } }, 2, 'cannot nest $ under $in'],
    [{ a: { $all: 1 } }, 2, ''],
    [{ a: { $all: [{ $gt: 1 }] } }, 2, 'no $ expressions in $all'],
    [{ a: { $all: [{ $elemMatch: {} }, 1] } }, 2, ''],
    [{ a: { $not: 1 } }, 2, ''],
    [{ a: { $not: {} } }, 2, ''],
    [{ a: { $elemMatch: 1 } }, 2, ''],
    [{ a: { $elemMatch: { $expr: true } } }, 2, ''],
    [{ a: { $gt: /x/ } }, 2, ''],
    [{ a: { $ne: /x/ } }, 2, ''],
    [{ a: UNDEFINED }, 2, 'cannot compare to undefined'],
    [{ a: { $options: 'i' } }, 2, ''],
    [{ a: { $regex: 1 } }, 2, ''],
    [{ a: { $regex: '(' } }, 51091, ''],
    [{ a: { $regex: 'a', $options: 'z' } }, 51108, ''],
    [{ a: { $regex: /a/i, $options: 'i' } }, 51075, ''],
    [{ a: { $type: 'strin' } }, 2, ''],
    [{ a: { $type: 99 } }, 2, ''],
    [{ a: { $type: 'toString' } }, 2, ''],
    [{ a: { $type: [] } }, 9, ''],
    [{ a: { $type: {} } }, 14, ''],
    [{ a: { $size: -1 } }, 9, ''],
    [{ a: { $size: 1.5 } }, 9, ''],
    [{ a: { $size: 'x' } }, 9, ''],
    [{ $where: '1' }, 115, ''],
    [{ $text: {} }, 115, ''],
    [{ $jsonSchema: {} }, 115, ''],
    [{ a: { $mod: [2, 0] } }, 115, ''],
    [{ a: { $near: [0, 0] } }, 115, ''],
    [{ a: { $bitsAllSet: 1 } }, 115, ''],
    [{ a: { $regex: '(a+)+' } }, 115, ''],
    [{ a: { $regex: '(a|a)*b' } }, 115, ''],
    [{ a: { $regex: '(a?){30}b' } }, 115, ''],
    [{ a: { $regex: 'a++' } }, 115, ''],
    [{ a: { $regex: '\\p{L}' } }, 115, ''],
    [{ a: { $regex: '(?>a)' } }, 115, ''],
    [{ a: { $regex: 'a'.repeat(1025) } }, 115, ''],
  ])('refuses %j with %d', (filter, code, message) => {
    expect(() => compileFilter(toDoc(filter))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('names the feature and the way out', () => {
    expect(() => matches({ $where: '1' }, {})).toThrow(/^\$where .*replica set.*MONGODB_URI/);
  });

  it('refuses to search strings that would take too long', () => {
    const search = (pattern: RegExp, length: number) => () => matches({ a: pattern }, { a: 'y'.repeat(length) });
    expect(search(/x/, 40_000)).toThrow(expect.objectContaining({ code: 115 }));
    expect(search(/x/, 30_000)()).toBe(false);
    expect(search(/y*y*y*x/, 1_000)).toThrow(expect.objectContaining({ code: 115 }));
    expect(search(/y*y*y*x/, 100)()).toBe(false);
  });
});

describe('positional', () => {
  it.each<[object, object, number | undefined]>([
    [{ a: 2 }, { a: [1, 2] }, 1],
    [{ 'a.b': 2 }, { a: [{ b: 1 }, { b: [1, 2] }] }, 1],
    [{ a: { $elemMatch: { b: 1 } } }, { a: [{}, { b: 1 }] }, 1],
    [{ 'a.b': { $elemMatch: { $eq: 1 } } }, { a: [{}, { b: [0, 1] }] }, 1],
    [{ a: 1 }, { a: 1 }, undefined],
    [{ a: { $ne: 1 } }, { a: [2] }, undefined],
    [{ x: 1, a: { $gt: 1 } }, { x: 1, a: [0, 0, 5] }, 2],
    [{ a: { $in: [3] } }, { a: [1, 3] }, 1],
    [{ 'a.0': 1 }, { a: [1] }, undefined],
    [{ a: [2] }, { a: [1, [2]] }, 1],
    [{ a: [2] }, { a: [2] }, undefined],
    [{ a: 9 }, { a: [1] }, undefined],
  ])('%j in %j is at %s', (filter, doc, index) => {
    expect(positional(filter, doc)).toBe(index);
  });
});

it('compares ids by value', () => {
  const id = new ObjectId();
  expect(matches({ _id: id }, { _id: new ObjectId(id.id) })).toBe(true);
});

it('asks $expr about the whole document', () => {
  const filter = compileFilter(toDoc({ $expr: { $gt: ['$a', '$$limit'] } }), { let: toDoc({ limit: 5 }) });
  expect([{ a: 6 }, { a: 5 }, {}].map((doc) => filter.matches(toDoc(doc)))).toEqual([true, false, false]);
  expect(matches({ $or: [{ $expr: '$missing' }, { $expr: '$a' }] }, { a: 1 })).toBe(true);
});
