import { expect, it } from '@jest/globals';
import { equalSecrets, randomToken, sha256, sha256Hex } from '../../src/crypto/tokens.js';

it('makes tokens that fit into a URL, each another', () => {
  const tokens = Array.from({ length: 1000 }, () => randomToken());
  expect(new Set(tokens).size).toBe(1000);
  expect(tokens.filter((token) => !/^[\w-]{43}$/.test(token))).toEqual([]);
  expect(() => randomToken(15)).toThrow(RangeError);
});

it('digests as everybody else does', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect([sha256Hex('abc'), sha256('abc').toString('hex'), sha256Hex(Buffer.from('abc'))]).toEqual([abc, abc, abc]);
});

it('compares secrets of any length (C44)', () => {
  expect([equalSecrets('a', 'a'), equalSecrets('a', 'b'), equalSecrets('a', 'aa'), equalSecrets('', '')]).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect(equalSecrets(Buffer.from('a'), 'a')).toBe(true);
});
