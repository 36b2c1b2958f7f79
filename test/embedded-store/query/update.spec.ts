import { describe, expect, it } from '@jest/globals';
import { Decimal128, Double, EJSON, ObjectId, Timestamp } from 'bson';
import { toDoc, toValue } from '../../../src/embedded-store/bson/convert.js';
import { encode } from '../../../src/embedded-store/bson/encode.js';
import type { Doc } from '../../../src/embedded-store/bson/value.js';
import { deserialize } from 'bson';
import { compileFilter } from '../../../src/embedded-store/query/filter.js';
import { compileUpdate } from '../../../src/embedded-store/query/update.js';

const now = new Date(1_700_000_000_000);
const dbl = (value: number): Double => new Double(value);
const dec = (text: string): Decimal128 => Decimal128.fromString(text);

/** Shows types and the order of fields. */
const show = (doc: Doc): string =>
  EJSON.stringify(deserialize(encode(doc), { promoteValues: false }), { relaxed: false });

interface Given {
  filter?: object;
  arrayFilters?: object[];
  isInsert?: boolean;
}

function apply(update: object, doc: object, { filter, arrayFilters, isInsert }: Given = {}): Doc {
  const given = toDoc(doc);
  const before = show(given);
  const compiled = compileUpdate(Array.isArray(update) ? update.map(toValue) : toDoc(update), {
    arrayFilters: arrayFilters?.map(toDoc),
  });
  const positional = filter && compileFilter(toDoc(filter)).positional(given);
  const result = compiled.apply(given, { positional, isInsert: isInsert ?? false, now });
  expect(show(given)).toBe(before);
  return result;
}

type Row = [update: object, doc: object, expected: object, given?: Given];

function table(rows: Row[]): void {
  it.each(rows.map((row) => [row[0], row[1], row] as const))(
    '%j on %j',
    (_update, _doc, [update, doc, expected, given]) => {
      expect(show(apply(update, doc, given))).toBe(show(toDoc(expected)));
    },
  );
}

function refusals(rows: [update: object, doc: object, code: number, given?: Given][]): void {
  it.each(rows.map((row) => [row[0], row[1], row[2], row] as const))(
    '%j on %j is refused with %d',
    (_u, _d, _c, row) => {
      const [update, doc, code, given] = row;
      expect(() => apply(update, doc, given)).toThrow(expect.objectContaining({ name: 'MongoError', code }));
    },
  );
}

describe('$set, $unset and $setOnInsert', () => {
  table([
    [{ $set: { a: 2 } }, { a: 1, b: 1 }, { a: 2, b: 1 }],
    [{ $set: { z: 1, c: 2 } }, { b: 1 }, { b: 1, c: 2, z: 1 }],
    [{ $set: { 10: 1, 9: 2 } }, {}, { 9: 2, 10: 1 }],
    [{ $set: { 'a.b.c': 1 } }, {}, { a: { b: { c: 1 } } }],
    [{ $set: { 'a.1': 9 } }, { a: [1, 2] }, { a: [1, 9] }],
    [{ $set: { 'a.4': 9 } }, { a: [1] }, { a: [1, null, null, null, 9] }],
    [{ $set: { 'a.1.b': 9 } }, { a: [] }, { a: [null, { b: 9 }] }],
    [{ $set: { 'a.0': 9 } }, {}, { a: { 0: 9 } }],
    [{ $set: { a: dbl(1) } }, { a: 1 }, { a: dbl(1) }],
    [{ $set: { _id: 1, a: 1 } }, { _id: 1 }, { _id: 1, a: 1 }],
    [{ $set: {} }, { a: 1 }, { a: 1 }],
    [{ $set: { 'a.$id': 2 } }, { a: { $ref: 'x', $id: 1 } }, { a: { $ref: 'x', $id: 2 } }],
    [{ $unset: { a: '', 'b.c': 1 } }, { a: 1, b: { c: 1, d: 2 } }, { b: { d: 2 } }],
    [{ $unset: { 'a.1': 1 } }, { a: [1, 2, 3] }, { a: [1, null, 3] }],
    [{ $unset: { 'a.0.b': 1 } }, { a: [{ b: null }] }, { a: [{}] }],
    [{ $unset: { 'a.b': 1, x: 1 } }, { a: 5 }, { a: 5 }],
    [{ $unset: { 'a.b': 1 } }, { a: [1] }, { a: [1] }],
    [{ $setOnInsert: { a: 1 }, $set: { b: 1 } }, {}, { b: 1 }],
    [{ $setOnInsert: { a: 1 }, $set: { b: 1 } }, {}, { a: 1, b: 1 }, { isInsert: true }],
    [{ $setOnInsert: { 'a.b': 1 } }, { a: 1 }, { a: 1 }],
    [{ $set: { _id: 5 } }, {}, { _id: 5 }, { isInsert: true }],
  ]);
  refusals([
    [{ $set: { 'a.b': 1 } }, { a: 1 }, 28],
    [{ $set: { 'a.b': 1 } }, { a: null }, 28],
    [{ $set: { 'a.b': 1 } }, { a: [1] }, 28],
    [{ $set: { 'a.2000000': 1 } }, { a: [] }, 34],
    [{ $set: { _id: 2 } }, { _id: 1 }, 66],
    [{ $set: { _id: dbl(1) } }, { _id: 1 }, 66],
    [{ $set: { '_id.x': 1 } }, { _id: { y: 1 } }, 66],
    [{ $unset: { _id: 1 } }, { _id: 1 }, 66],
    [{ $set: { _id: 2 } }, { _id: 1 }, 66, { isInsert: true }],
    [{ $set: { '': 1 } }, {}, 56],
    [{ $set: { 'a.': 1 } }, {}, 56],
    [{ $set: { 'a..b': 1 } }, {}, 56],
    [{ $set: { $a: 1 } }, {}, 52],
    [{ $set: { a: 1, 'a.b': 1 } }, {}, 40],
    [{ $set: { 'a.b': 1 }, $unset: { a: 1 } }, {}, 40],
    [{ $set: { a: 1 }, $inc: { a: 1 } }, {}, 40],
    [{ $set: 1 }, {}, 9],
    [{ $foo: { a: 1 } }, {}, 9],
    [{ $set: { a: 1 }, b: 1 }, {}, 9],
    [{ $bit: { a: { and: 1 } } }, {}, 115],
    [{ $set: { [Array(300).fill('a').join('.')]: 1 } }, {}, 15],
  ]);
});

describe('$inc and $mul', () => {
  table([
    [{ $inc: { a: 1 } }, { a: 1 }, { a: 2 }],
    [{ $inc: { a: 1 } }, {}, { a: 1 }],
    [{ $inc: { a: 1 } }, { a: 2147483647 }, { a: 2147483648n }],
    [{ $inc: { a: 1n } }, { a: 1 }, { a: 2n }],
    [{ $inc: { a: 1.5 } }, { a: 1 }, { a: 2.5 }],
    [{ $inc: { a: dbl(1) } }, { a: 1 }, { a: dbl(2) }],
    [{ $inc: { a: 1 } }, { a: dbl(1) }, { a: dbl(2) }],
    [{ $inc: { a: 1 } }, { a: 2n ** 53n }, { a: 2n ** 53n + 1n }],
    [{ $inc: { a: dec('0.1') } }, { a: dec('0.2') }, { a: dec('0.3') }],
    [{ $inc: { a: 1 } }, { a: dec('9007199254740993') }, { a: dec('9007199254740994') }],
    [{ $inc: { a: dbl(0.1) } }, { a: dec('1') }, { a: dec('1.100000000000000') }],
    [{ $inc: { 'a.0': 1 } }, { a: [1, 2] }, { a: [2, 2] }],
    [{ $mul: { a: 3 } }, { a: 2 }, { a: 6 }],
    [{ $mul: { a: 3n } }, {}, { a: 0n }],
    [{ $mul: { a: 1.5 } }, {}, { a: dbl(0) }],
    [{ $mul: { a: 2 } }, { a: 2147483647 }, { a: 4294967294n }],
    [{ $mul: { a: dec('1.10') } }, { a: 2 }, { a: dec('2.20') }],
  ]);
  refusals([
    [{ $inc: { a: 'x' } }, {}, 14],
    [{ $inc: { a: null } }, {}, 14],
    [{ $inc: { a: 1 } }, { a: 'x' }, 14],
    [{ $inc: { a: 1 } }, { a: null }, 14],
    [{ $inc: { a: 1 } }, { a: 2n ** 63n - 1n }, 2],
    [{ $mul: { a: 2 } }, { a: 2n ** 62n }, 2],
    [{ $inc: { 'a.b': 1 } }, { a: 1 }, 28],
    [{ $inc: { _id: 1 } }, { _id: 1 }, 66],
  ]);
});

describe('$min, $max, $currentDate and $rename', () => {
  table([
    [{ $min: { a: 1 } }, { a: 2 }, { a: 1 }],
    [{ $min: { a: 3 } }, { a: 2 }, { a: 2 }],
    [{ $max: { a: 'x' } }, { a: 2 }, { a: 'x' }],
    [{ $max: { a: dbl(2) } }, { a: 2 }, { a: 2 }],
    [{ $max: { a: null } }, {}, { a: null }],
    [{ $currentDate: { a: true } }, {}, { a: now }],
    [{ $currentDate: { a: { $type: 'date' } } }, { a: 1 }, { a: now }],
    [{ $currentDate: { a: { $type: 'timestamp' } } }, {}, { a: new Timestamp({ t: 1_700_000_000, i: 1 }) }],
    [{ $rename: { a: 'b' } }, { a: 1, c: 2 }, { c: 2, b: 1 }],
    [{ $rename: { a: 'b' } }, { a: 1, b: 2, c: 3 }, { b: 1, c: 3 }],
    [{ $rename: { a: 'b' } }, { b: 2 }, { b: 2 }],
    [{ $rename: { 'a.x': 'b.y' } }, { a: { x: 1, z: 2 } }, { a: { z: 2 }, b: { y: 1 } }],
    [{ $rename: { a: 'b' } }, { a: [1], b: [2] }, { b: [1] }],
  ]);
  refusals([
    [{ $currentDate: { a: 1 } }, {}, 2],
    [{ $currentDate: { a: { $type: 'x' } } }, {}, 2],
    [{ $currentDate: { a: { x: 1 } } }, {}, 2],
    [{ $rename: { a: 1 } }, {}, 2],
    [{ $rename: { a: 'a' } }, {}, 2],
    [{ $rename: { a: 'a.b' } }, {}, 2],
    [{ $rename: { 'a.b': 'a' } }, {}, 2],
    [{ $rename: { 'a.$': 'b' } }, {}, 2],
    [{ $rename: { a: 'b.$[]' } }, {}, 2],
    [{ $rename: { 'a.0': 'b' } }, { a: [1] }, 2],
    [{ $rename: { a: 'b.0' } }, { a: 1, b: [1] }, 2],
    [{ $rename: { 'a.b': 'c' } }, { a: 1 }, 28],
    [{ $rename: { _id: 'b' } }, { _id: 1 }, 66],
    [{ $rename: { a: 'b' }, $set: { a: 1 } }, { a: 1 }, 40],
    [{ $rename: { a: 'b' }, $set: { b: 1 } }, { a: 1 }, 40],
  ]);
});

describe('$push', () => {
  table([
    [{ $push: { a: 1 } }, {}, { a: [1] }],
    [{ $push: { a: [1] } }, { a: [0] }, { a: [0, [1]] }],
    [{ $push: { a: { $each: [1, 2] } } }, { a: [0] }, { a: [0, 1, 2] }],
    [{ $push: { a: { $each: [] } } }, {}, { a: [] }],
    [{ $push: { a: { $each: [9], $position: 1 } } }, { a: [0, 1] }, { a: [0, 9, 1] }],
    [{ $push: { a: { $each: [9], $position: -1 } } }, { a: [0, 1] }, { a: [0, 9, 1] }],
    [{ $push: { a: { $each: [9], $position: -5 } } }, { a: [0, 1] }, { a: [9, 0, 1] }],
    [{ $push: { a: { $each: [9], $position: 50 } } }, { a: [0, 1] }, { a: [0, 1, 9] }],
    [{ $push: { a: { $each: [3], $slice: -2 } } }, { a: [1, 2] }, { a: [2, 3] }],
    [{ $push: { a: { $each: [3], $slice: 2 } } }, { a: [1, 2] }, { a: [1, 2] }],
    [{ $push: { a: { $each: [3], $slice: 0 } } }, { a: [1, 2] }, { a: [] }],
    [{ $push: { a: { $each: [1], $sort: -1 } } }, { a: [2, 3] }, { a: [3, 2, 1] }],
    [
      { $push: { a: { $each: [{ x: 1 }], $sort: { x: 1 }, $slice: 2 } } },
      { a: [{ x: 2 }, { x: 3 }, 5] },
      { a: [5, { x: 1 }] },
    ],
    [
      { $push: { a: { $each: [{ b: { c: 0 } }], $sort: { 'b.c': 1 } } } },
      { a: [{ b: { c: 1 } }] },
      { a: [{ b: { c: 0 } }, { b: { c: 1 } }] },
    ],
    [{ $push: { 'a.b': 1 } }, {}, { a: { b: [1] } }],
  ]);
  refusals([
    [{ $push: { a: 1 } }, { a: 1 }, 2],
    [{ $push: { a: { $each: 1 } } }, {}, 2],
    [{ $push: { a: { $each: [], $foo: 1 } } }, {}, 2],
    [{ $push: { a: { $each: [], $slice: 1.5 } } }, {}, 2],
    [{ $push: { a: { $each: [], $position: 'x' } } }, {}, 2],
    [{ $push: { a: { $each: [], $sort: 2 } } }, {}, 2],
    [{ $push: { a: { $each: [], $sort: {} } } }, {}, 2],
    [{ $push: { a: { $each: [], $sort: { 'x..y': 1 } } } }, {}, 2],
  ]);
});

describe('$addToSet, $pull, $pullAll and $pop', () => {
  table([
    [{ $addToSet: { a: 1 } }, { a: [1] }, { a: [1] }],
    [{ $addToSet: { a: dbl(1) } }, { a: [1] }, { a: [1] }],
    [{ $addToSet: { a: 2 } }, { a: [1] }, { a: [1, 2] }],
    [{ $addToSet: { a: { $each: [1, 2, 2] } } }, {}, { a: [1, 2] }],
    [
      { $addToSet: { a: { y: 1, x: 1 } } },
      { a: [{ x: 1, y: 1 }] },
      {
        a: [
          { x: 1, y: 1 },
          { y: 1, x: 1 },
        ],
      },
    ],
    [{ $addToSet: { a: [1] } }, { a: [] }, { a: [[1]] }],
    [{ $pull: { a: 1 } }, { a: [1, 2, dbl(1), [1]] }, { a: [2, [1]] }],
    [{ $pull: { a: { $gte: 2 } } }, { a: [1, 2, 'x', 3] }, { a: [1, 'x'] }],
    [{ $pull: { a: { x: 1 } } }, { a: [{ x: 1, y: 1 }, { x: 2 }, 5] }, { a: [{ x: 2 }, 5] }],
    [{ $pull: { a: { x: { $gt: 1 }, y: 1 } } }, { a: [{ x: 2, y: 1 }, { x: 2 }] }, { a: [{ x: 2 }] }],
    [{ $pull: { a: { $elemMatch: { b: 1 } } } }, { a: [[{ b: 1 }], [{ b: 2 }]] }, { a: [[{ b: 2 }]] }],
    [{ $pull: { a: /^x/ } }, { a: ['xa', 'y'] }, { a: ['y'] }],
    [{ $pull: { a: { $in: [1, 2] } } }, { a: [1, 3, 2] }, { a: [3] }],
    [{ $pull: { a: [1] } }, { a: [[1], 1] }, { a: [1] }],
    [{ $pull: { a: null } }, { a: [null, 1] }, { a: [1] }],
    [{ $pull: { a: 1, 'b.c': 1 } }, {}, {}],
    [{ $pullAll: { a: [1, 2] } }, { a: [1, 2, 3, [1]] }, { a: [3, [1]] }],
    [{ $pop: { a: 1 } }, { a: [1, 2] }, { a: [1] }],
    [{ $pop: { a: -1 } }, { a: [1, 2] }, { a: [2] }],
    [{ $pop: { a: 1, b: 1 } }, { a: [] }, { a: [] }],
  ]);
  refusals([
    [{ $addToSet: { a: 1 } }, { a: 1 }, 2],
    [{ $addToSet: { a: { $each: 1 } } }, {}, 14],
    [{ $addToSet: { a: { $each: [], x: 1 } } }, {}, 2],
    [{ $pull: { a: 1 } }, { a: 1 }, 2],
    [{ $pull: { a: { $foo: 1 } } }, { a: [] }, 2],
    [{ $pull: { 'a.b': 1 } }, { a: 1 }, 28],
    [{ $pullAll: { a: 1 } }, {}, 2],
    [{ $pop: { a: 2 } }, {}, 9],
    [{ $pop: { a: 1 } }, { a: 1 }, 14],
  ]);
});

describe('positional operators', () => {
  const doc = {
    a: [
      { k: 1, v: 1 },
      { k: 2, v: 2 },
      { k: 2, v: 3 },
    ],
  };
  table([
    [
      { $set: { 'a.$.v': 9 } },
      doc,
      {
        a: [
          { k: 1, v: 1 },
          { k: 2, v: 9 },
          { k: 2, v: 3 },
        ],
      },
      { filter: { 'a.k': 2 } },
    ],
    [{ $set: { 'a.$': 9 } }, { a: [1, 2] }, { a: [1, 9] }, { filter: { a: { $gt: 1 } } }],
    [{ $unset: { 'a.$': 1 } }, { a: [1, 2] }, { a: [1, null] }, { filter: { a: 2 } }],
    [
      { $inc: { 'a.$[].v': 10 } },
      doc,
      {
        a: [
          { k: 1, v: 11 },
          { k: 2, v: 12 },
          { k: 2, v: 13 },
        ],
      },
    ],
    [{ $set: { 'a.$[]': 0 } }, { a: [1, 2] }, { a: [0, 0] }],
    [{ $set: { 'a.$[]': 0 } }, { a: [] }, { a: [] }],
    [
      { $inc: { 'a.$[x].v': 10 } },
      doc,
      {
        a: [
          { k: 1, v: 1 },
          { k: 2, v: 12 },
          { k: 2, v: 13 },
        ],
      },
      { arrayFilters: [{ 'x.k': 2 }] },
    ],
    [{ $set: { 'a.$[x]': 0 } }, { a: [1, 5, 9] }, { a: [1, 0, 0] }, { arrayFilters: [{ x: { $gt: 3 } }] }],
    [
      { $set: { 'a.$[x].v': 0, 'a.$[y].k': 0 } },
      doc,
      {
        a: [
          { k: 1, v: 1 },
          { k: 2, v: 0 },
          { k: 0, v: 0 },
        ],
      },
      { arrayFilters: [{ 'x.k': 2 }, { 'y.v': 3 }] },
    ],
    [
      { $set: { 'a.$[x].b.$[y]': 0 } },
      { a: [{ b: [1, 2] }, { b: [2] }] },
      { a: [{ b: [1, 0] }, { b: [0] }] },
      { arrayFilters: [{ 'x.b': 2 }, { y: 2 }] },
    ],
    [{ $set: { 'a.$[x]': 0 } }, { a: [1, 2] }, { a: [0, 2] }, { arrayFilters: [{ $or: [{ x: 1 }, { x: 7 }] }] }],
    [
      { $set: { 'a.$.v': 9, 'a.1.w': 1 } },
      doc,
      {
        a: [
          { k: 1, v: 1 },
          { k: 2, v: 9, w: 1 },
          { k: 2, v: 3 },
        ],
      },
      { filter: { 'a.k': 2 } },
    ],
  ]);
  refusals([
    [{ $set: { 'a.$': 1 } }, { a: [1] }, 2],
    [{ $set: { 'a.$.b.$': 1 } }, { a: [1] }, 2],
    [{ $set: { $: 1 } }, {}, 2],
    [{ $set: { '$[]': 1 } }, {}, 2],
    [{ $set: { 'a.$[]': 1 } }, {}, 2],
    [{ $set: { 'a.$[]': 1 } }, { a: 1 }, 2],
    [{ $set: { 'a.$[].b': 1 } }, { a: [1] }, 28],
    [{ $set: { 'a.$[x]': 1 } }, { a: [1] }, 2],
    [{ $set: { a: 1 } }, {}, 9, { arrayFilters: [{ x: 1 }] }],
    [{ $set: { 'a.$[x]': 1 } }, {}, 9, { arrayFilters: [{ x: 1 }, { 'x.y': 1 }] }],
    [{ $set: { 'a.$[x]': 1 } }, {}, 9, { arrayFilters: [{ x: 1, y: 1 }] }],
    [{ $set: { 'a.$[x]': 1 } }, {}, 9, { arrayFilters: [{}] }],
    [{ $set: { 'a.$[X]': 1 } }, {}, 2, { arrayFilters: [{ X: 1 }] }],
    [{ $set: { 'a.$[x]': 1 } }, {}, 224, { arrayFilters: [{ $expr: true }] }],
    [{ $set: { 'a.$[x]': 1, 'a.b': 1 } }, {}, 40, { arrayFilters: [{ x: 1 }] }],
    [{ $set: { 'a.$[x]': 1, 'a.$[y]': 1 } }, { a: [1] }, 40, { arrayFilters: [{ x: 1 }, { y: 1 }] }],
    [{ $set: { 'a.$': 1, 'a.0': 1 } }, { a: [1] }, 40, { filter: { a: 1 } }],
  ]);

  it('says whether the filter has to be asked for the index', () => {
    expect(compileUpdate(toDoc({ $set: { 'a.$.b': 1 } })).usesPositional).toBe(true);
    expect(compileUpdate(toDoc({ $set: { 'a.$[].b': 1 } })).usesPositional).toBe(false);
  });
});

describe('replacement', () => {
  table([
    [{ b: 1 }, { _id: 1, a: 1 }, { _id: 1, b: 1 }],
    [
      { b: 1, _id: 1 },
      { _id: 1, a: 1 },
      { _id: 1, b: 1 },
    ],
    [{}, { _id: 1, a: 1 }, { _id: 1 }],
    [{ a: { $x: 1 } }, { _id: 1 }, { _id: 1, a: { $x: 1 } }],
  ]);
  refusals([
    [{ _id: 2 }, { _id: 1 }, 66],
    [{ a: 1, $set: { b: 1 } }, { _id: 1 }, 52],
    [{ a: 1 }, {}, 9, { arrayFilters: [{ x: 1 }] }],
  ]);
});

describe('documents that stay the same', () => {
  it.each<[object, object]>([
    [{ $set: { a: 1 } }, { a: 1 }],
    [{ $set: { 'a.b': { c: [1] } } }, { a: { b: { c: [1] } } }],
    [{ $unset: { b: 1, 'a.c': 1 } }, { a: { b: 1 } }],
    [{ $inc: { a: 0 } }, { a: 1 }],
    [{ $min: { a: 5 } }, { a: 1 }],
    [{ $addToSet: { a: 1 } }, { a: [1] }],
    [{ $pull: { a: 5 } }, { a: [1] }],
    [{ $push: { a: { $each: [] } } }, { a: [1] }],
    [{ $push: { a: { $each: [], $sort: 1 } } }, { a: [1, 2] }],
    [{ $rename: { x: 'y' } }, { a: 1 }],
    [{ $set: { 'a.$[]': 1 } }, { a: [1, 1] }],
    [{ a: 1 }, { a: 1 }],
  ])('%j returns the very same document', (update, plain) => {
    const doc = toDoc(plain);
    expect(compileUpdate(toDoc(update)).apply(doc, { isInsert: false, now })).toBe(doc);
  });
});

it('keeps types, order and values of what it does not touch', () => {
  const doc = toDoc({
    _id: new ObjectId(),
    long: 5n,
    double: dbl(1),
    decimal: dec('1.10'),
    nested: { z: 1, a: [1n, dbl(2)] },
    constructor: 1,
  });
  doc.set('__proto__', 'plain');
  const result = compileUpdate(toDoc({ $set: { added: 1 } })).apply(doc, { isInsert: false, now });
  expect(show(result)).toBe(show(new Map([...doc, ['added', toValue(1)]])));
  expect(result.get('nested')).toBe(doc.get('nested'));
});

it('treats __proto__ as a name like any', () => {
  const update = new Map([['$set', new Map([['__proto__.polluted', true]])]]);
  const result = compileUpdate(update).apply(new Map(), { isInsert: false, now });
  expect(result.get('__proto__')).toEqual(new Map([['polluted', true]]));
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
