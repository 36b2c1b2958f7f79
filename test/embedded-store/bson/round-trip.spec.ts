import { describe, expect, it } from '@jest/globals';
import { Binary, Double, Int32, Long, ObjectId, serialize, UUID } from 'bson';
import * as fc from 'fast-check';
import { fromDoc, toDoc } from '../../../src/embedded-store/bson/convert.js';
import { decode } from '../../../src/embedded-store/bson/decode.js';
import { encode } from '../../../src/embedded-store/bson/encode.js';
import type { Doc, Value } from '../../../src/embedded-store/bson/value.js';
import { FarDate, typeName } from '../../../src/embedded-store/bson/value.js';
import { docs } from '../support/values.js';

const bytes = (...hex: string[]): Uint8Array => Buffer.from(hex.join(''), 'hex');

describe('decode and encode', () => {
  it('give back every document byte for byte', () => {
    fc.assert(
      fc.property(docs, (doc) => {
        const encoded = encode(doc);
        expect(Buffer.compare(encode(decode(encoded)), encoded)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('write what the driver writes', () => {
    const plain = {
      i: 1,
      d: 1.5,
      minusZero: -0,
      l: 2n ** 60n,
      s: 'a\0é',
      when: new Date(-5),
      no: null,
      yes: true,
      list: [1, 'x', { y: [] }],
      id: new ObjectId(),
      uuid: new UUID(),
      old: new Binary(Buffer.from('old'), 2),
      re: /a/i,
      ['__proto__']: 1,
      '7': 'after',
    };
    expect(Buffer.compare(encode(toDoc(plain)), serialize(plain))).toBe(0);
    expect(fromDoc(toDoc({ a: { b: [1, 2.5] } }))).toEqual({ a: { b: [1, 2.5] } });
  });

  it('keep int32, int64 and double apart', () => {
    const doc = decode(serialize({ i: new Int32(1), l: Long.fromNumber(1), d: new Double(1) }));
    expect([...doc.values()].map(typeName)).toEqual(['int', 'long', 'double']);
  });

  it('keep dates beyond those of JavaScript', () => {
    const far = new FarDate(2n ** 63n - 1n);
    expect(decode(encode(new Map<string, Value>([['d', far]]))).get('d')).toEqual(far);
  });

  it('share no memory with the bytes they read', () => {
    const source = Buffer.from(
      serialize({ b: new Binary(Buffer.from('abc')), o: new ObjectId('0123456789abcdef01234567') }),
    );
    const doc = decode(source);
    source.fill(0);
    expect((doc.get('b') as Binary).toString()).toBe('abc');
    expect((doc.get('o') as ObjectId).toHexString()).toBe('0123456789abcdef01234567');
  });
});

describe('decode of malformed bytes', () => {
  const nested = (levels: number): Uint8Array => {
    let inner = bytes('0500000000');
    for (let i = 1; i < levels; i++) {
      const size = Buffer.alloc(4);
      size.writeInt32LE(inner.length + 8);
      inner = Buffer.concat([size, bytes('036100'), inner, bytes('00')]);
    }
    return inner;
  };

  it.each<[string, Uint8Array]>([
    ['nothing', bytes()],
    ['too short', bytes('05000000')],
    ['length beyond the end', bytes('0600000000')],
    ['negative length', bytes('ffffffff00')],
    ['bytes after the end', bytes('050000000000')],
    ['no end', bytes('0500000001')],
    ['unknown type', bytes('0800000020610000')],
    ['name without end', bytes('0800000010616161')],
    ['value beyond the end', bytes('0a000000', '1061000100', '00')],
    ['string of length zero', bytes('0c000000', '02610000000000', '00')],
    ['string without end', bytes('0e000000', '02610002000000', '6161', '00')],
    ['string longer than the document', bytes('0e000000', '026100ffffff7f', '6100', '00')],
    ['binary of negative length', bytes('0d000000', '056100ffffffff00', '00')],
    ['boolean that is neither', bytes('09000000', '08610002', '00')],
    ['text that is not UTF-8', bytes('0e000000', '02610002000000', 'ff00', '00')],
    ['a field twice', bytes('0b000000', '0a6100', '0a6100', '00')],
    ['101 levels', nested(101)],
  ])('refuses %s', (_name, input) => {
    expect(() => decode(input)).toThrow(expect.objectContaining({ code: 22 }));
  });

  it('takes 100 levels', () => {
    expect(encode(decode(nested(100)))).toHaveLength(5 + 99 * 8);
  });

  it('answers any bytes with a document or InvalidBSON', () => {
    const damaged = fc.tuple(docs, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(damaged, ([doc, changes]) => {
        const encoded = Buffer.from(encode(doc));
        for (const [at, byte] of changes) encoded[at % encoded.length] = byte;
        try {
          encode(decode(encoded));
        } catch (error) {
          expect(error).toMatchObject({ code: 22 });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('encode', () => {
  it('refuses a NUL in a name and more than 100 levels', () => {
    expect(() => encode(new Map([['a\0', null]]))).toThrow(expect.objectContaining({ code: 2 }));
    let deep: Doc = new Map();
    for (let i = 0; i < 100; i++) deep = new Map([['a', deep]]);
    expect(() => encode(deep)).toThrow(expect.objectContaining({ code: 2 }));
    expect(encode(new Map())).toHaveLength(5);
  });
});
