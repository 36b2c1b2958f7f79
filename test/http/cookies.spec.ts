import { expect, it } from '@jest/globals';
import { readCookie, writeCookie } from '../../src/http/cookies.js';

it('reads the cookie of exactly that name, the first of several', () => {
  const header = 'xlatchkey=1; latchkey=two==;latchkey=3;  other=4';
  expect(readCookie(header, 'latchkey')).toBe('two==');
  expect(readCookie(header, 'other')).toBe('4');
  expect(readCookie(header, 'oth')).toBeUndefined();
  expect(readCookie('latchkey', 'latchkey')).toBeUndefined();
  expect(readCookie(undefined, 'latchkey')).toBeUndefined();
});

it('writes one for the server alone, and Secure where it can be', () => {
  expect(writeCookie('a', 'b', { secure: false })).toBe('a=b; Path=/; HttpOnly; SameSite=Lax');
  expect(writeCookie('a', '', { secure: true, maxAgeSeconds: 0 })).toBe(
    'a=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
  );
  expect(() => writeCookie('a', 'b; Domain=evil.example', { secure: false })).toThrow(RangeError);
});
