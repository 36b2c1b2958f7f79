import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Binary } from 'bson';
import { toDoc } from '../../../src/embedded-store/bson/convert.js';
import { decode } from '../../../src/embedded-store/bson/decode.js';
import { encode } from '../../../src/embedded-store/bson/encode.js';
import { encodeKey } from '../../../src/embedded-store/query/key-string.js';

const allocate = Buffer.allocUnsafe.bind(Buffer);

/** Fresh memory is as dirty as it can be, so that a byte that is not written shows. */
beforeAll(() => {
  Buffer.allocUnsafe = (size) => allocate(size).fill(0xaa);
});
afterAll(() => {
  Buffer.allocUnsafe = allocate;
});

const lengths = [
  ...Array.from({ length: 80 }, (_, i) => 4050 + i),
  ...Array.from({ length: 80 }, (_, i) => 8150 + i),
  100_000,
  (1 << 20) - 20,
  15 << 20,
];

it('writes documents whole, wherever its buffer has to grow', () => {
  for (const length of lengths) {
    const text = 'x'.repeat(length);
    for (const last of [undefined, true, false, new Binary(Buffer.of(1), 5), 1, { a: {} }]) {
      const doc = toDoc({ text, last });
      expect([length, Buffer.compare(encode(decode(encode(doc))), encode(doc))]).toEqual([length, 0]);
      expect(decode(encode(doc))).toEqual(doc);
    }
  }
});

it('writes key strings whole, wherever its buffer has to grow', () => {
  const key = (length: number): string => {
    const values = [toDoc({ v: ['x'.repeat(length), true, [], {}] }).get('v')!, true, false];
    return Buffer.from(encodeKey(values, [1, -1, 1])).toString('hex');
  };
  // The buffer only ever grows: the first pass meets each length at the edge of what there is, the second with room to spare.
  const around = [500, 1012, 2036, 4084, 8180].flatMap((edge) => Array.from({ length: 30 }, (_, i) => edge - 25 + i));
  const first = around.map(key);
  expect(around.map(key)).toEqual(first);
});
