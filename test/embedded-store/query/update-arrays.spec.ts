import { describe, expect, it } from '@jest/globals';
import { toDoc } from '../../../src/embedded-store/bson/convert.js';
import { compileUpdate } from '../../../src/embedded-store/query/update.js';
import { dbl, refusals, table } from '../support/updates.js';

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
