import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { parseExtendedJson } from '../../src/http/extended-json.js';

const parse = (text: string): unknown => parseExtendedJson(Buffer.from(text));

describe('request bodies', () => {
  it('are plain JSON or canonical extended JSON', () => {
    expect(parse('{"a":1,"b":{"$numberInt":"42"},"c":{"$numberLong":"7"},"d":{"$numberDouble":"1.5"}}')).toEqual({
      a: 1,
      b: 42,
      c: 7,
      d: 1.5,
    });
    expect(parse('{"id":{"$oid":"5f0c5f0c5f0c5f0c5f0c5f0c"}}')).toEqual({
      id: new ObjectId('5f0c5f0c5f0c5f0c5f0c5f0c'),
    });
  });

  it('may be empty', () => {
    expect(parse('')).toBeUndefined();
  });

  it('leave operators that are no extended JSON as they are', () => {
    expect(parse('{"username":{"$ne":""}}')).toEqual({ username: { $ne: '' } });
  });

  it('lose prototype keys', () => {
    const body = parse('{"__proto__":{"admin":true},"a":{"__proto__":{"x":1},"b":2}}');
    expect(body).toEqual({ a: { b: 2 } });
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
  });

  it.each([
    ['no JSON', '{"a":'],
    ['a lone value that is no JSON', 'hello'],
    ['nesting without end', '['.repeat(40) + ']'.repeat(40)],
    ['too many values', JSON.stringify(Array.from({ length: 1_001 }, () => 1))],
  ])('are refused as %s', (_what, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'BadRequest' }));
  });

  it('are refused when they are not UTF-8', () => {
    expect(() => parseExtendedJson(Buffer.from([0x22, 0xff, 0xfe, 0x22]))).toThrow(
      expect.objectContaining({ code: 'BadRequest' }),
    );
  });

  it('are refused with a broken extended value rather than passed on', () => {
    expect(() => parse('{"id":{"$oid":"no"}}')).toThrow(expect.objectContaining({ code: 'BadRequest' }));
  });
});
