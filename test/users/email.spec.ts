import { describe, expect, it } from '@jest/globals';
import { isEmail, normaliseEmail } from '../../src/users/email.js';

describe('an email address', () => {
  it.each(['a@b', 'a+b@c.d', "o'neil@example.com", 'ünïcödé@exämple.com', '用户@例子.公司', `${'a'.repeat(126)}@b`])(
    'may be %s',
    (email) => expect(isEmail(email)).toBe(true),
  );

  it.each([
    '',
    'a',
    '@b',
    'a@',
    'a@b@c',
    'a b@c',
    ' a@b',
    'a@b ',
    'a@b\t',
    'a\u00a0@b',
    'a\u200b@b',
    'a@b\r\nBcc: c@d',
    'a\u0000@b',
    'a\ud800@b',
    `${'a'.repeat(127)}@b`,
  ])('may not be %j', (email) => expect(isEmail(email)).toBe(false));

  it.each([1, null, undefined, ['a@b'], { $ne: '' }])('is a string, not %j', (value) =>
    expect(isEmail(value)).toBe(false),
  );

  it('is the same in any case and composition', () => {
    expect(normaliseEmail('Ada@Example.COM')).toBe('ada@example.com');
    expect(normaliseEmail('e\u0301@x')).toBe(normaliseEmail('\u00c9@x'));
  });
});
