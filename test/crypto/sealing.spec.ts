import { createSecretKey, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, it } from '@jest/globals';
import { MasterKey, SealBroken } from '../../src/crypto/sealing.js';

const bytes = Buffer.alloc(32, 1);
const key = new MasterKey(bytes);

it('opens what it sealed, text and bytes, the empty ones too', () => {
  for (const plaintext of [Buffer.from('a secret'), Buffer.alloc(0), randomBytes(100_000)]) {
    expect(key.open(key.seal(plaintext, 'here'), 'here').equals(plaintext)).toBe(true);
  }
  expect(key.open(key.seal('пароль', 'here'), 'here').toString()).toBe('пароль');
});

it('is the same key from the same bytes', () => {
  const again = new MasterKey(createSecretKey(bytes));
  expect(again.open(key.seal('a secret', 'here'), 'here').toString()).toBe('a secret');
});

it('seals the same value differently each time', () => {
  expect(key.seal('a secret', 'here').equals(key.seal('a secret', 'here'))).toBe(false);
});

it('opens nothing in another place, or with another key', () => {
  const sealed = key.seal('a secret', 'password:app:ada');
  expect(() => key.open(sealed, 'password:app:bob')).toThrow(SealBroken);
  expect(() => new MasterKey(Buffer.alloc(32, 2)).open(sealed, 'password:app:ada')).toThrow(SealBroken);
});

it('opens nothing that was changed or cut, at any byte', () => {
  const sealed = key.seal('a secret', 'here');
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(sealed.readUInt8(i) ^ 1, i);
    expect(() => key.open(changed, 'here')).toThrow(SealBroken);
    expect(() => key.open(sealed.subarray(0, i), 'here')).toThrow(SealBroken);
  }
});

it('has a check value that fits this key only and is not made of the key', () => {
  const other = new MasterKey(Buffer.alloc(32, 2));
  expect(new MasterKey(bytes).fits(key.checkValue())).toBe(true);
  expect([other.fits(key.checkValue()), key.fits('')]).toEqual([false, false]);
  expect(key.checkValue()).not.toContain(bytes.toString('base64url').slice(0, 8));
});

it('shows nothing when it is printed', () => {
  expect(inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key)).toBe('MasterKey {}{}');
});

it('takes 32 bytes and nothing else', () => {
  expect(() => new MasterKey(Buffer.alloc(31))).toThrow(RangeError);
});
