import { describe, expect, it } from '@jest/globals';
import { checkPassword } from '../../../src/crypto/passwords/check-password.js';

const WRONG_LENGTH = { kind: 'length', fewest: 6 };

describe('checkPassword', () => {
  it.each([
    ['six letters', 'abcdef'],
    ['128 letters', 'a'.repeat(128)],
    ['128 letters beyond the basic plane', '😀'.repeat(128)],
    ['128 letters in 256 code points before composition', 'e\u0301'.repeat(128)],
    ['a NUL', 'abc\0def'],
    ['blanks', '      '],
  ])('takes %s', (_what, password) => {
    expect(checkPassword(password)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['five letters', 'abcde'],
    ['three letters that are six code points before composition', 'e\u0301'.repeat(3)],
    ['three emoji of two code units', '😀'.repeat(3)],
    ['129 letters', 'a'.repeat(129)],
    ['a megabyte', '😀'.repeat(500_001)],
  ])('refuses %s', (_what, password) => {
    expect(checkPassword(password)).toEqual(WRONG_LENGTH);
  });

  it.each(['\ud800', '\udc00', '\udc00\ud800'])('refuses half a surrogate pair', (half) => {
    expect(checkPassword(`abcdef${half}ghi`)).toEqual({ kind: 'text' });
  });
});
