import { describe, expect, it } from '@jest/globals';
import { Binary, BSONRegExp, BSONSymbol, Code, Long, ObjectId, Timestamp } from 'bson';
import * as fc from 'fast-check';
import type { Value } from '../../../src/embedded-store/bson/value.js';
import { DbPointer, MAX_KEY, MIN_KEY, ScopedCode, UNDEFINED } from '../../../src/embedded-store/bson/value.js';
import { compareValues, equalValues, identicalValues } from '../../../src/embedded-store/query/compare.js';
import { encodeBracket, encodeComponent, encodeKey } from '../../../src/embedded-store/query/key-string.js';
import { dbl, dec, doc, numbers, val, values } from '../support/values.js';

const sign = (value: number): number => Math.sign(value) || 0;

/** From least to greatest, https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/ */
const ascending: Value[] = [
  MIN_KEY,
  UNDEFINED,
  null,
  dbl(NaN),
  dec('-Infinity'),
  dec('-1E+400'),
  dbl(-1e300),
  val(-1),
  dbl(-5e-324),
  dec('-1E-400'),
  val(0),
  dec('1E-400'),
  dec('0.1'),
  dbl(0.1),
  val(1),
  Long.fromBigInt(2n ** 53n),
  Long.fromBigInt(2n ** 53n + 1n),
  dec('9007199254740993.5'),
  Long.fromBigInt(2n ** 63n - 1n),
  dbl(2 ** 63),
  dbl(Number.MAX_VALUE),
  dec('1E+400'),
  dbl(Infinity),
  '',
  'a',
  new BSONSymbol('a\0'),
  'ab',
  '\uffff',
  '\u{10000}',
  doc({}),
  doc({ a: 1 }),
  doc({ a: 1, b: 1 }),
  doc({ b: 1 }),
  doc({ a: 'text sorts its field after numbers, whatever the name' }),
  [],
  [1].map(val),
  [1, 2].map(val),
  [2].map(val),
  new Binary(Buffer.from([255]), 0),
  new Binary(Buffer.from([0]), 4),
  new Binary(Buffer.from([0, 0]), 0),
  new ObjectId('000000000000000000000000'),
  new ObjectId('ffffffffffffffffffffffff'),
  false,
  true,
  new Date(-1),
  new Date(0),
  new Timestamp({ t: 1, i: 2 }),
  new Timestamp({ t: 0xffffffff, i: 0 }),
  new BSONRegExp('a', ''),
  new BSONRegExp('a', 'i'),
  new DbPointer('a.b', new ObjectId()),
  new Code('a'),
  new ScopedCode('a', doc({})),
  MAX_KEY,
];

describe('compareValues', () => {
  it('orders types and values as MongoDB does', () => {
    const wrong = ascending.flatMap((a, i) =>
      ascending.flatMap((b, j) => (sign(compareValues(a, b)) === sign(i - j) ? [] : [[i, j]])),
    );
    expect(wrong).toEqual([]);
  });

  it.each<[Value, Value]>([
    [val(1), Long.fromNumber(1)],
    [val(1), dbl(1)],
    [dbl(1), dec('1.00')],
    [dbl(0), dbl(-0)],
    [dec('-0'), val(0)],
    [dbl(NaN), dec('NaN')],
    [dbl(-Infinity), dec('-Infinity')],
    ['a', new BSONSymbol('a')],
    [doc({ a: 1 }), doc({ a: 1n })],
  ])('takes %s and %s for equal', (a, b) => {
    expect(equalValues(a, b)).toBe(true);
    expect(identicalValues(a, b)).toBe(false);
    expect(encodeComponent(a)).toEqual(encodeComponent(b));
  });

  it('is an order: antisymmetric and transitive, numbers above all', () => {
    fc.assert(
      fc.property(fc.tuple(numbers, numbers, numbers), (three) => {
        const [a, b, c] = three.sort(compareValues);
        expect(compareValues(a, b)).toBeLessThanOrEqual(0);
        expect(compareValues(a, c)).toBeLessThanOrEqual(0);
        expect(sign(compareValues(c, a))).toBe(sign(-compareValues(a, c)) || 0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('key strings', () => {
  const order = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);

  it('compare bytewise as the values compare', () => {
    const wrong = ascending.flatMap((a, i) =>
      ascending.flatMap((b, j) => (order(encodeComponent(a), encodeComponent(b)) === sign(i - j) ? [] : [[i, j]])),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    ['numbers', numbers as fc.Arbitrary<Value>],
    ['values', values],
  ])('compare bytewise as %s compare, in both directions', (_name, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        const expected = sign(compareValues(a, b));
        expect(order(encodeComponent(a), encodeComponent(b))).toBe(expected);
        expect(order(encodeComponent(b, -1), encodeComponent(a, -1))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('compare compound keys component by component', () => {
    const pairs = fc.tuple(values, values);
    const directions = fc.constantFrom<(1 | -1)[]>([1, 1], [1, -1], [-1, 1], [-1, -1]);
    fc.assert(
      fc.property(pairs, pairs, directions, (a, b, by) => {
        const expected = sign(by[0]! * compareValues(a[0], b[0]) || by[1]! * compareValues(a[1], b[1]));
        expect(order(encodeKey(a, by), encodeKey(b, by))).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('let no component begin another', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [short, long] = [encodeComponent(a), encodeComponent(b)].sort((x, y) => x.length - y.length);
        expect(order(short!, long!) !== 0 && order(short!, long!.subarray(0, short!.length)) === 0).toBe(false);
      }),
    );
  });

  it('keep all values of a kind, and no other, within its bracket', () => {
    fc.assert(
      fc.property(values, values, fc.constantFrom<1 | -1>(1, -1), (a, b, direction) => {
        const { from, to } = encodeBracket(a, direction);
        const key = encodeComponent(b, direction);
        const kinds = (value: Value): number => encodeComponent(value)[0]!;
        expect(order(from, key) <= 0 && order(key, to) < 0).toBe(kinds(a) === kinds(b));
      }),
    );
  });
});
