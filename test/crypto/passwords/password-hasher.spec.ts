import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import bcrypt from 'bcrypt';
import { HashingBusy } from '../../../src/crypto/passwords/hashing-busy.js';
import { PasswordHasher } from '../../../src/crypto/passwords/password-hasher.js';
import { MasterKey, SealBroken } from '../../../src/crypto/sealing.js';

const hasher = new PasswordHasher({ cost: 4, threads: 2, patienceSeconds: 5 });

afterAll(() => hasher.close());

const right = { ok: true, needsRehash: false };
const wrong = { ok: false, needsRehash: false };

describe('a password', () => {
  it.each([
    ['short and plain', 'correct horse'],
    ['empty', ''],
    ['of 72 bytes', 'x'.repeat(72)],
    ['of 73 bytes', 'x'.repeat(73)],
    ['of 128 letters with four bytes each', '😀'.repeat(128)],
    ['with a NUL', 'abc\0def'],
    ['that is a NUL', '\0'],
    ['with signs of many scripts', 'Pässwörd пароль 密码 كلمة'],
  ])('%s is known again, and no other for it', async (_what, password) => {
    const stored = await hasher.hash(password);
    expect(await hasher.verify(password, stored)).toEqual(right);
    expect(await hasher.verify(`${password}x`, stored)).toEqual(wrong);
    expect(await hasher.verify(`x${password}`, stored)).toEqual(wrong);
  });

  it('is not cut at 72 bytes (C17)', async () => {
    const stored = await hasher.hash('x'.repeat(72) + 'a');
    expect(await hasher.verify('x'.repeat(72) + 'b', stored)).toEqual(wrong);
    expect(await hasher.verify('x'.repeat(72), stored)).toEqual(wrong);
    expect(await hasher.verify('x'.repeat(72) + 'a', await hasher.hash('x'.repeat(72)))).toEqual(wrong);
  });

  it('does not end at a NUL (C17)', async () => {
    expect(await hasher.verify('abcdef\0two', await hasher.hash('abcdef\0one'))).toEqual(wrong);
    expect(await hasher.verify('abcdef', await hasher.hash('abcdef\0one'))).toEqual(wrong);
    expect(await hasher.verify('abcdef\0one', await hasher.hash('abcdef'))).toEqual(wrong);
  });

  it('is the same however its accents are typed', async () => {
    expect(await hasher.verify('caf\u00e9 noir', await hasher.hash('cafe\u0301 noir'))).toEqual(right);
    expect(await hasher.verify('cafe noir', await hasher.hash('cafe\u0301 noir'))).toEqual(wrong);
  });

  it('is not the digest of a longer one', async () => {
    const long = 'x'.repeat(100);
    const digest = createHash('sha384').update(long).digest('base64');
    expect(await hasher.verify(digest, await hasher.hash(long))).toEqual(wrong);
    expect(await hasher.verify(long, await hasher.hash(digest))).toEqual(wrong);
  });
});

describe('the stored form', () => {
  it('is bcrypt of the bytes, and says where a digest was taken', async () => {
    const short = await hasher.hash('correct horse');
    expect(short).toMatch(/^bcrypt:\$2b\$04\$/);
    expect(await bcrypt.compare('correct horse', short.slice('bcrypt:'.length))).toBe(true);
    expect(await hasher.hash('x'.repeat(73))).toMatch(/^bcrypt-sha384:\$2b\$04\$/);
  });

  it('has another salt each time', async () => {
    expect(await hasher.hash('correct horse')).not.toBe(await hasher.hash('correct horse'));
  });

  it.each(['', 'correct horse', 'bcrypt:', 'bcrypt:$2b$04$short', 'scrypt:x', `$2b$04$${'a'.repeat(53)}`])(
    'that is not one (%s) lets nobody in',
    async (stored) => {
      await expect(hasher.verify('correct horse', stored)).rejects.toThrow('form that this version does not know');
    },
  );

  it('of another cost is to be made again, once the password was right', async () => {
    const stored = (await hasher.hash('correct horse')).replace(
      /^.*$/,
      () => `bcrypt:${bcrypt.hashSync('correct horse', 5)}`,
    );
    expect(await hasher.verify('correct horse', stored)).toEqual({ ok: true, needsRehash: true });
    expect(await hasher.verify('wrong', stored)).toEqual(wrong);
  });
});

describe('sealed', () => {
  const key = new MasterKey(Buffer.alloc(32, 1));

  it('a hash opens in its own place only, and shows nothing of itself', async () => {
    const sealed = await hasher.hashAndSeal('correct horse', key, 'password:ada');
    expect(sealed.toString('latin1')).not.toContain('$2b$');
    expect(await hasher.verifySealed('correct horse', sealed, key, 'password:ada')).toEqual(right);
    await expect(hasher.verifySealed('correct horse', sealed, key, 'password:bob')).rejects.toThrow(SealBroken);
  });
});

it('never finds nothing to be right', async () => {
  expect(await hasher.verifyAgainstNothing('')).toEqual(wrong);
});

it('keeps the event loop free and answers or refuses every one of 300 at once', async () => {
  const storm = new PasswordHasher({ cost: 10, threads: 2, patienceSeconds: 1 });
  let turns = 0;
  const ticking = setInterval(() => turns++, 1);
  const outcomes = await Promise.allSettled(Array.from({ length: 300 }, () => storm.hash('correct horse')));
  clearInterval(ticking);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as unknown);
  expect(refused.every((reason) => reason instanceof HashingBusy && reason.retryAfterSeconds >= 1)).toBe(true);
  expect(refused.length).toBeGreaterThan(200);
  expect(refused.length).toBeLessThan(300);
  expect(turns).toBeGreaterThan(0);
  await storm.close();
  await expect(storm.hash('late')).rejects.toBeInstanceOf(HashingBusy);
});

it('hashes at the real cost', async () => {
  const real = new PasswordHasher({ cost: 12, threads: 1, patienceSeconds: 60 });
  const stored = await real.hash('correct horse');
  expect(stored).toMatch(/^bcrypt:\$2b\$12\$/);
  expect(await real.verify('correct horse', stored)).toEqual(right);
  await real.close();
});
