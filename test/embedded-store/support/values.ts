import { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, Long, ObjectId, Timestamp } from 'bson';
import * as fc from 'fast-check';
import { toDoc, toValue } from '../../../src/embedded-store/bson/convert.js';
import type { Doc, Value } from '../../../src/embedded-store/bson/value.js';
import {
  dateFromMs,
  DbPointer,
  int32,
  MAX_KEY,
  MIN_KEY,
  ScopedCode,
  UNDEFINED,
} from '../../../src/embedded-store/bson/value.js';

export const doc = toDoc;
export const val = toValue;
export const dec = (text: string): Decimal128 => Decimal128.fromString(text);
export const dbl = (value: number): Double => new Double(value);

const wholes = [0, 1, -1, 2, 10, 127, 2147483647, -2147483648];
const longs = [0n, 1n, -1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const doubles = [
  0,
  -0,
  1,
  0.1,
  1.5,
  -1.5,
  2 ** 53,
  2 ** 63,
  -(2 ** 63),
  1e300,
  5e-324,
  -5e-324,
  NaN,
  Infinity,
  -Infinity,
];
const decimals = [
  '0',
  '-0',
  '0E+10',
  '1',
  '1.0',
  '1.00',
  '0.1',
  '1.5',
  '9007199254740993',
  '9223372036854775807.5',
  '1E+400',
  '-1E+400',
  '1E-400',
  '-1E-400',
  'NaN',
  'Infinity',
  '-Infinity',
  '0.1000000000000000055511151231257827',
  '1E+6144',
  '1E-6176',
];

/** Numbers crowd around the places where the types round differently. */
export const numbers = fc.oneof(
  fc.constantFrom(...wholes).map(int32),
  fc.integer().map(int32),
  fc.constantFrom(...longs).map((value) => Long.fromBigInt(value)),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((value) => Long.fromBigInt(value)),
  fc.constantFrom(...doubles).map(dbl),
  fc.double().map(dbl),
  fc.constantFrom(...decimals).map(dec),
  fc.tuple(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.integer({ min: -30, max: 30 })).map(([d, e]) => dec(`${d}E${e}`)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => dec(String(value))),
);

const texts = fc.oneof(
  fc.constantFrom('', 'a', 'a\0', 'a\0b', 'ab', 'é', '\uffff', '\u{10000}', '\ud7ff', '__proto__'),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

export const names = fc.oneof(
  fc.constantFrom('a', 'b', '0', '10', '2', '__proto__', 'constructor', ''),
  fc.string({ unit: 'grapheme-ascii', maxLength: 6 }),
);

const objectIds = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes));

const dates = fc.oneof(
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(dateFromMs),
  fc.constantFrom(0n, -1n, 8640000000000000n, 8640000000000001n, -8640000000000001n).map(dateFromMs),
  fc.date({ noInvalidDate: true }),
);

const plainText = fc.string({ unit: 'grapheme-ascii', maxLength: 5 });

const scalars: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: numbers },
  { weight: 3, arbitrary: texts },
  fc.constantFrom<Value>(null, true, false, UNDEFINED, MIN_KEY, MAX_KEY),
  dates,
  objectIds,
  fc.tuple(fc.uint8Array({ maxLength: 6 }), fc.constantFrom(0, 2, 4, 128)).map(([b, type]) => new Binary(b, type)),
  fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)).map(([t, i]): Value => new Timestamp({ t, i }) as unknown as Value),
  fc.tuple(plainText, fc.constantFrom('', 'i', 'im')).map(([p, o]) => new BSONRegExp(p, o)),
  texts.map((text) => new BSONSymbol(text)),
  texts.map((text) => new Code(text)),
  texts.map((text) => new ScopedCode(text, new Map([['x', int32(1)]]))),
  fc.tuple(plainText, objectIds).map(([ns, id]) => new DbPointer(ns, id)),
);

const tree = fc.letrec<{ value: Value; doc: Doc }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    tie('doc'),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
  doc: fc.array(fc.tuple(names, tie('value')), { maxLength: 4 }).map((entries): Doc => new Map(entries)),
}));

/** Any BSON value, and any document. */
export const values: fc.Arbitrary<Value> = tree.value;
export const docs: fc.Arbitrary<Doc> = tree.doc;
