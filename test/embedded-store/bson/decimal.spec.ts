import { describe, expect, it } from '@jest/globals';
import { Decimal128 } from 'bson';
import * as fc from 'fast-check';
import {
  addDecimals,
  decimalFromDouble,
  decimalToBigInt,
  decimalToDouble,
  divideDecimals,
  formatDecimal,
  multiplyDecimals,
  parseDecimal,
  remainderOfDecimals,
} from '../../../src/embedded-store/bson/decimal.js';
import { dec } from '../support/values.js';

type Operation = typeof addDecimals;
const calculate = (operation: Operation, a: string, b: string): string =>
  formatDecimal(operation(parseDecimal(dec(a)), parseDecimal(dec(b)))).toString();

describe('decimal arithmetic', () => {
  it.each<[string, Operation, string, string, string]>([
    ['adds', addDecimals, '0.1', '0.2', '0.3'],
    ['keeps places', addDecimals, '1.00', '2', '3.00'],
    ['rounds to 34 digits, half to even', addDecimals, '1E+34', '5', '1.000000000000000000000000000000000E+34'],
    ['rounds up past half', addDecimals, '1E+34', '6', '1.000000000000000000000000000000001E+34'],
    ['adds opposite infinities to NaN', addDecimals, 'Infinity', '-Infinity', 'NaN'],
    ['multiplies', multiplyDecimals, '1.5', '-2', '-3.0'],
    ['overflows to infinity', multiplyDecimals, '9E+6144', '10', 'Infinity'],
    ['underflows to zero', multiplyDecimals, '1E-6176', '0.1', '0E-6176'],
    ['multiplies zero by infinity to NaN', multiplyDecimals, '0', 'Infinity', 'NaN'],
    ['divides exactly', divideDecimals, '1', '8', '0.125'],
    ['divides without end', divideDecimals, '1', '3', '0.3333333333333333333333333333333333'],
    ['rounds a quotient', divideDecimals, '2', '3', '0.6666666666666666666666666666666667'],
    ['takes the remainder with the sign of the first', remainderOfDecimals, '-7.5', '2', '-1.5'],
  ])('%s', (_name, operation, a, b, result) => {
    expect(calculate(operation, a, b)).toBe(result);
  });

  it('reads and writes what bson writes and reads', () => {
    const texts = fc
      .tuple(fc.bigInt(-(10n ** 34n) + 1n, 10n ** 34n - 1n), fc.integer({ min: -6176, max: 6111 }))
      .map(([digits, exponent]) => `${digits}E${exponent}`);
    fc.assert(
      fc.property(fc.oneof(texts, fc.constantFrom('NaN', 'Infinity', '-Infinity', '-0', '0')), (text) => {
        const value = Decimal128.fromString(text);
        expect(formatDecimal(parseDecimal(value)).toString()).toBe(value.toString());
      }),
    );
  });

  it('turns doubles into decimals and back', () => {
    fc.assert(fc.property(fc.double(), (value) => Object.is(decimalToDouble(decimalFromDouble(value)), value)));
  });

  it('cuts to whole numbers', () => {
    expect(decimalToBigInt(parseDecimal(dec('-12.9')))).toBe(-12n);
    expect(decimalToBigInt(parseDecimal(dec('0.0001')))).toBe(0n);
    expect(decimalToBigInt(parseDecimal(dec('12E+3')))).toBe(12000n);
    expect(decimalToBigInt(parseDecimal(dec('NaN')))).toBeUndefined();
  });
});
