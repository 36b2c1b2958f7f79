import { describe, expect, it } from '@jest/globals';
import { ObjectId, Timestamp } from 'bson';
import { toDoc, toValue } from '../../../src/embedded-store/bson/convert.js';
import { compileUpdate } from '../../../src/embedded-store/query/update.js';
import { dbl, dec, now, refusals, show, table } from '../support/updates.js';

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

it('refuses to nest deeper than what can be read again', () => {
  const nest = (levels: number): object => toDoc({ $set: { [Array(levels).fill('a').join('.')]: 1 } });
  const apply = (levels: number) => () => compileUpdate(toDoc(nest(levels))).apply(new Map(), { isInsert: false, now });
  expect(apply(101)).toThrow(expect.objectContaining({ code: 15 }));
  expect(apply(100)().size).toBe(1);
});
