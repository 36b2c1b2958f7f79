import { describe, expect, it } from '@jest/globals';
import { fromDoc, toDoc } from '../../../src/embedded-store/bson/convert.js';
import { compileFilter } from '../../../src/embedded-store/query/filter.js';
import { compileUpdate, upsertSeed } from '../../../src/embedded-store/query/update.js';

const seed = (filter: object, update: object = { $set: {} }): object =>
  fromDoc(upsertSeed(compileFilter(toDoc(filter)), compileUpdate(toDoc(update))));

describe('the document an upsert begins with', () => {
  it.each<[object, object]>([
    [{ a: 1, b: { $gt: 1 } }, { a: 1 }],
    [{ 'a.b': 1, 'a.c': 2 }, { a: { b: 1, c: 2 } }],
    [{ $and: [{ a: 1 }, { b: { $eq: 2 } }] }, { a: 1, b: 2 }],
    [{ a: { $in: [1] }, b: { $in: [1, 2] } }, { a: 1 }],
    [{ a: { $all: [1] } }, { a: 1 }],
    [{ $or: [{ a: 1 }] }, { a: 1 }],
    [{ $or: [{ a: 1 }, { b: 1 }] }, {}],
    [{ a: { $ne: 1 }, b: { $exists: true }, c: /x/ }, {}],
    [
      { a: null, b: [1] },
      { a: null, b: [1] },
    ],
    [{ 'a.0': 1 }, { a: { 0: 1 } }],
  ])('%j gives %j', (filter, expected) => {
    expect(seed(filter)).toEqual(expected);
  });

  it('has only _id when the update is a whole document', () => {
    expect(seed({ _id: 1, a: 1 }, { b: 1 })).toEqual({ _id: 1 });
  });

  it('cannot be told from a filter that names a field twice', () => {
    expect(() => seed({ a: 1, 'a.b': 1 })).toThrow(expect.objectContaining({ code: 54 }));
    expect(() => seed({ a: 1, $and: [{ a: 2 }] })).toThrow(expect.objectContaining({ code: 54 }));
    expect(() => seed({ '_id.x': 1 }, { b: 1 })).toThrow(expect.objectContaining({ code: 111 }));
    expect(() => seed({ $expr: true })).toThrow(expect.objectContaining({ code: 224 }));
  });
});
