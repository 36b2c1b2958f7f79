import { describe, expect, it } from '@jest/globals';
import { fromDoc, toDoc, toValue } from '../../../src/embedded-store/bson/convert.js';
import { compileUpdate } from '../../../src/embedded-store/query/update.js';

const now = new Date(0);

/** As JSON, which shows the order of fields. */
function apply(stages: object[], doc: object): string {
  const update = compileUpdate(stages.map(toValue), { let: toDoc({ five: 5 }), now });
  return JSON.stringify(fromDoc(update.apply(toDoc(doc), { isInsert: false, now })));
}

describe('the stages of an update', () => {
  it.each<[object[], object, object]>([
    [[{ $set: { b: '$a', c: { $add: ['$a', 1] } } }], { _id: 1, a: 2 }, { _id: 1, a: 2, b: 2, c: 3 }],
    [[{ $addFields: { 'a.x': 1, a: { y: 2 } } }], { _id: 1, a: { z: 3 } }, { _id: 1, a: { z: 3, x: 1, y: 2 } }],
    [[{ $set: { 'a.x': 1 } }], { _id: 1, a: [{ y: 1 }, 5] }, { _id: 1, a: [{ y: 1, x: 1 }, { x: 1 }] }],
    [[{ $set: { a: '$missing' } }], { _id: 1, a: 1 }, { _id: 1 }],
    [[{ $set: { a: '$$five', b: '$$NOW' } }], { _id: 1 }, { _id: 1, a: 5, b: now }],
    [[{ $unset: ['a', 'b.c'] }], { _id: 1, a: 1, b: { c: 1, d: 1 } }, { _id: 1, b: { d: 1 } }],
    [[{ $unset: 'a' }, { $set: { b: 1 } }], { _id: 1, a: 1 }, { _id: 1, b: 1 }],
    [[{ $project: { a: 1 } }], { _id: 1, a: 1, b: 1 }, { _id: 1, a: 1 }],
    [[{ $project: { _id: 0, a: 1 } }], { _id: 1, a: 1, b: 1 }, { _id: 1, a: 1 }],
    [[{ $replaceRoot: { newRoot: '$a' } }], { _id: 1, a: { x: 1 } }, { _id: 1, x: 1 }],
    [[{ $replaceWith: { b: '$a' } }], { _id: 1, a: 1 }, { _id: 1, b: 1 }],
  ])('%j on %j', (stages, doc, expected) => {
    expect(apply(stages, doc)).toBe(JSON.stringify(expected));
  });

  it.each<[object[], object, number]>([
    [[{ $set: { _id: 2 } }], { _id: 1 }, 66],
    [[{ $match: {} }], {}, 72],
    [[{ $foo: {} }], {}, 40324],
    [[{ $set: {}, $unset: 'a' }], {}, 40323],
    [[{}], {}, 40323],
    [[{ $set: 1 }], {}, 40272],
    [[{ $set: { a: {} } }], {}, 40180],
    [[{ $unset: [] }], {}, 31119],
    [[{ $unset: [1] }], {}, 31120],
    [[{ $replaceWith: '$a' }], { a: 1 }, 40228],
    [[{ $replaceRoot: {} }], {}, 40414],
    [[{ $project: { a: 1, b: 0 } }], {}, 31254],
  ])('%j on %j is refused with %d', (stages, doc, code) => {
    expect(() => apply(stages, doc)).toThrow(expect.objectContaining({ code }));
  });

  it('has no array filters', () => {
    const compile = () => compileUpdate([], { arrayFilters: [toDoc({ x: 1 })] });
    expect(compile).toThrow(expect.objectContaining({ code: 9 }));
  });
});
