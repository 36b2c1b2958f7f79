import { describe, expect, it } from '@jest/globals';
import { fromDoc, toDoc } from '../../../src/embedded-store/bson/convert.js';
import { compileFilter } from '../../../src/embedded-store/query/filter.js';
import { compileProjection } from '../../../src/embedded-store/query/project.js';

/** As JSON, which shows the order of fields. */
function project(spec: object, doc: object, filter?: object): string {
  const compiled = filter && compileFilter(toDoc(filter));
  return JSON.stringify(fromDoc(compileProjection(toDoc(spec), { filter: compiled }).project(toDoc(doc))));
}

const doc = { _id: 1, a: 1, b: { c: 2, d: 3 }, e: [{ f: 1, g: 2 }, 5, { f: 3 }], h: [1, 2, 3, 4] };

describe('fields', () => {
  it.each<[object, object]>([
    [{ a: 1 }, { _id: 1, a: 1 }],
    [{ a: true, _id: 0 }, { a: 1 }],
    [
      { b: 1, a: 1 },
      { _id: 1, a: 1, b: { c: 2, d: 3 } },
    ],
    [{ a: 0 }, { _id: 1, b: doc.b, e: doc.e, h: doc.h }],
    [{ _id: 0 }, { a: 1, b: doc.b, e: doc.e, h: doc.h }],
    [{ _id: 1 }, { _id: 1 }],
    [
      { _id: 1, a: 0 },
      { _id: 1, b: doc.b, e: doc.e, h: doc.h },
    ],
    [{ 'b.c': 1 }, { _id: 1, b: { c: 2 } }],
    [{ b: { c: 1 } }, { _id: 1, b: { c: 2 } }],
    [
      { 'b.c': 0, e: 0, h: 0 },
      { _id: 1, a: 1, b: { d: 3 } },
    ],
    [{ 'e.f': 1 }, { _id: 1, e: [{ f: 1 }, { f: 3 }] }],
    [
      { 'e.f': 0, a: 0, b: 0, h: 0 },
      { _id: 1, e: [{ g: 2 }, 5, {}] },
    ],
    [{ 'a.x': 1 }, { _id: 1 }],
    [
      { 'a.x': 0, b: 0, e: 0, h: 0 },
      { _id: 1, a: 1 },
    ],
    [{ 'b.x': 1 }, { _id: 1, b: {} }],
    [{ missing: 1 }, { _id: 1 }],
    [{}, doc],
  ])('%j', (spec, expected) => {
    expect(project(spec, doc)).toBe(JSON.stringify(expected));
  });
});

describe('$slice', () => {
  it.each<[object, object]>([
    [{ h: { $slice: 2 } }, { ...doc, h: [1, 2] }],
    [{ h: { $slice: -1 } }, { ...doc, h: [4] }],
    [{ h: { $slice: [1, 2] } }, { ...doc, h: [2, 3] }],
    [{ h: { $slice: [-3, 2] } }, { ...doc, h: [2, 3] }],
    [{ h: { $slice: [-9, 1] } }, { ...doc, h: [1] }],
    [{ h: { $slice: 0 } }, { ...doc, h: [] }],
    [{ a: { $slice: 1 } }, doc],
    [
      { a: 1, h: { $slice: 1 } },
      { _id: 1, a: 1, h: [1] },
    ],
    [
      { _id: 1, h: { $slice: 1 } },
      { _id: 1, h: [1] },
    ],
    [
      { _id: 0, h: { $slice: 1 } },
      { a: 1, b: doc.b, e: doc.e, h: [1] },
    ],
    [
      { b: 0, e: 0, h: { $slice: 1 } },
      { _id: 1, a: 1, h: [1] },
    ],
  ])('%j', (spec, expected) => {
    expect(project(spec, doc)).toBe(JSON.stringify(expected));
  });
});

describe('$elemMatch', () => {
  it.each<[object, object]>([
    [{ e: { $elemMatch: { f: 3 } } }, { _id: 1, e: [{ f: 3 }] }],
    [
      { e: { $elemMatch: { f: 3 } }, h: 1 },
      { _id: 1, h: doc.h, e: [{ f: 3 }] },
    ],
    [{ h: { $elemMatch: { $gt: 2 } }, _id: 0 }, { h: [3] }],
    [{ e: { $elemMatch: { f: 9 } } }, { _id: 1 }],
    [{ a: { $elemMatch: { $eq: 1 } } }, { _id: 1 }],
    [
      { b: 0, e: 0, h: { $elemMatch: { $gt: 1 } } },
      { _id: 1, a: 1, h: [2] },
    ],
  ])('%j', (spec, expected) => {
    expect(project(spec, doc)).toBe(JSON.stringify(expected));
  });
});

describe('positional $', () => {
  it.each<[object, object, object]>([
    [{ 'h.$': 1 }, { h: { $gt: 2 } }, { _id: 1, h: [3] }],
    [{ 'e.$': 1, a: 1 }, { 'e.f': 3 }, { _id: 1, a: 1, e: [{ f: 3 }] }],
    [{ 'e.$': 1 }, { e: { $elemMatch: { f: { $gt: 1 } } } }, { _id: 1, e: [{ f: 3 }] }],
  ])('%j of %j', (spec, filter, expected) => {
    expect(project(spec, doc, filter)).toBe(JSON.stringify(expected));
  });

  it('fails when the filter found no array', () => {
    expect(() => project({ 'h.$': 1 }, doc, { h: { $exists: false } })).toThrow(
      expect.objectContaining({ code: 51246 }),
    );
  });
});

describe('expressions', () => {
  it.each<[object, object]>([
    [
      { a: 1, sum: { $add: ['$a', '$b.c'] } },
      { _id: 1, a: 1, sum: 3 },
    ],
    [{ _id: 0, x: '$b.c' }, { x: 2 }],
    [{ _id: 0, 'b.x': '$a', 'b.c': 1 }, { b: { c: 2, x: 1 } }],
    [{ _id: 0, e: { y: '$a' } }, { e: [{ y: 1 }, { y: 1 }, { y: 1 }] }],
    [{ _id: 0, a: '$missing', b: { c: 1 } }, { b: { c: 2 } }],
    [{ _id: 0, h: { $slice: ['$h', 1] } }, { h: [1] }],
    [{ _id: 0, word: 'text' }, { word: 'text' }],
  ])('%j', (spec, expected) => {
    expect(project(spec, doc)).toBe(JSON.stringify(expected));
  });

  it('have no place among exclusions', () => {
    const compile = (spec: object) => () => compileProjection(toDoc(spec));
    expect(compile({ a: 0, b: { $add: [1, 1] } })).toThrow(expect.objectContaining({ code: 31252 }));
    expect(compile({ a: 0, b: 'text' })).toThrow(expect.objectContaining({ code: 31310 }));
  });
});

describe('errors', () => {
  it.each<[object, number]>([
    [{ a: 1, b: 0 }, 31254],
    [{ a: 0, b: 1 }, 31253],
    [{ a: 1, 'a.b': 1 }, 31249],
    [{ 'a.b': 1, a: 1 }, 31250],
    [{ 'a.b': 1, a: { c: 1 } }, 31250],
    [{ a: {} }, 51270],
    [{ '': 1 }, 40352],
    [{ 'a..b': 1 }, 15998],
    [{ $a: 1 }, 16410],
    [{ a: { b: 1, $c: 1 } }, 16410],
    [{ 'a.b': { $elemMatch: {} } }, 31275],
    [{ a: { $elemMatch: 1 } }, 31274],
    [{ h: { $slice: [1, 0] } }, 31259],
    [{ 'h.$': 1 }, 31277],
    [{ 'x.$': 1, 'x.$.y': 1 }, 31276],
    [{ 'x.$.y': 1 }, 31394],
    [{ 'x.$': 0 }, 31395],
    [{ 'x.$': { a: 1 } }, 31271],
    [{ 'x.$': 'a' }, 31308],
    [{ 'x.$': 1, a: { $elemMatch: {} } }, 31255],
    [{ a: { $elemMatch: {} }, 'x.$': 1 }, 31256],
  ])('refuses %j with %d', (spec, code) => {
    const filter = compileFilter(toDoc({ x: 1 }));
    expect(() => compileProjection(toDoc(spec), { filter })).toThrow(expect.objectContaining({ code }));
  });

  it('refuses in a stage what only find has', () => {
    const stage = (spec: object) => () => compileProjection(toDoc(spec), { isStage: true });
    expect(stage({ 'a.$': 1 })).toThrow(expect.objectContaining({ code: 31324 }));
    expect(stage({ a: { $elemMatch: {} } })).toThrow(expect.objectContaining({ code: 168 }));
    expect(stage({})).toThrow(expect.objectContaining({ code: 51272 }));
  });
});

it('leaves the document as it was', () => {
  const given = toDoc(doc);
  compileProjection(toDoc({ 'b.c': 0, h: { $slice: 1 } })).project(given);
  expect(given).toEqual(toDoc(doc));
});
