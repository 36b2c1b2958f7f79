import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { everything, directory, fileIn, fill, KEY, latchkey, LATCHKEY_MASTER_KEY, openAt } from './support.js';

async function backedUp() {
  const [dataDir, files] = [join(directory(), 'data'), directory()];
  const open = await openAt(dataDir);
  await fill(open.client.db('latchkey'));
  const before = await everything(open.client.db('latchkey'));
  await open.close();
  const file = fileIn(files);
  const ran = await latchkey(['db', 'backup', file], dataDir);
  return { dataDir, files, file, before, ran };
}

describe('latchkey db backup and restore', () => {
  it('brings everything back, byte for byte', async () => {
    const { dataDir, files, file, before, ran } = await backedUp();
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('2504 documents in 4 collections') });
    expect(ran.err).toContain('travels separately');
    expect(readdirSync(files)).toEqual(['backup.latchkey']);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('copy-'))).toEqual([]);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const restored = join(directory(), 'data');
    expect(await latchkey(['db', 'restore', file], restored)).toMatchObject({ code: 0 });
    expect(readdirSync(restored)).toEqual(['data.mdb']);
    const { client } = await openAt(restored);
    expect(await everything(client.db('latchkey'))).toEqual(before);
  });

  it('begins with what is in it', async () => {
    const { file } = await backedUp();
    const [magic, manifest] = readFileSync(file, 'latin1').split('\n', 2);
    expect(magic).toBe('latchkey backup 1');
    expect(JSON.parse(manifest!)).toMatchObject({
      created: expect.any(String),
      sha256: expect.stringMatching(/^[\da-f]{64}$/),
      collections: expect.arrayContaining([
        expect.objectContaining({ database: 'latchkey', name: 'users', count: 2501, hash: expect.any(String) }),
      ]),
    });
    expect(manifest).not.toContain('@example.com');
  });

  it('works while a server runs, which goes on', async () => {
    const dataDir = join(directory(), 'data');
    const { client } = await openAt(dataDir);
    await fill(client.db('latchkey'));
    const file = fileIn(directory());
    expect(await latchkey(['db', 'backup', file], dataDir)).toMatchObject({ code: 0 });
    await client.db('latchkey').collection('users').insertOne({ email: 'later@example.com' });
    const restored = join(directory(), 'data');
    await latchkey(['db', 'restore', file], restored);
    const other = await openAt(restored);
    expect(await other.client.db('latchkey').collection('users').countDocuments()).toBe(2501);
  });

  it('overwrites nothing', async () => {
    const { dataDir, file } = await backedUp();
    const before = readFileSync(file);
    const again = await latchkey(['db', 'backup', file], dataDir);
    expect([again.code, again.err]).toEqual([1, `latchkey: ${file}: is there already, and is not overwritten\n`]);
    expect(readFileSync(file).equals(before)).toBe(true);
    const over = await latchkey(['db', 'restore', file], dataDir);
    expect([over.code, over.out]).toEqual([1, '']);
    expect(over.err).toContain('is not empty');
  });

  it.each([
    ['cut off in its data', (file: string) => truncateSync(file, statSync(file).size - 5000), 'is cut off, 5000 bytes'],
    ['cut off in its first lines', (file: string) => truncateSync(file, 40), 'is cut off'],
    ['longer', (file: string) => appendFileSync(file, 'x'), 'is damaged'],
    ['empty', (file: string) => truncateSync(file, 0), 'is no backup of Latchkey'],
    ['something else', (file: string) => writeFileSync(file, randomBytes(5000)), 'is no backup of Latchkey'],
    ['of a later version', (file: string) => writeFileSync(file, 'latchkey backup 2\n{}\n'), 'another version'],
    ['without a manifest', (file: string) => writeFileSync(file, 'latchkey backup 1\nnull\n'), 'is damaged'],
    ['changed by one bit', (file: string) => change(file, (bytes) => (bytes[bytes.length - 9000]! ^= 1)), 'is damaged'],
    [
      'promising more',
      (file: string) => replaceText(file, '"count":2501', '"count":2502'),
      '2501 documents instead of',
    ],
    ['promising other documents', (file: string) => replaceText(file, '"hash":"', '"hash":"0'), 'has other documents'],
  ])('refuses a file that is %s, and leaves no trace', async (_, spoil, words) => {
    const { file } = await backedUp();
    spoil(file);
    const restored = join(directory(), 'data');
    const ran = await latchkey(['db', 'restore', file], restored);
    expect([ran.code, ran.out]).toEqual([1, '']);
    expect(ran.err).toMatch(/^latchkey: [^\n]*\n$/);
    expect(ran.err).toContain(words);
    expect(existsSync(restored) ? readdirSync(restored) : []).toEqual([]);
  });

  it('ends with no data that the given key cannot open', async () => {
    const other = { LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64') };
    const { dataDir, file, files } = await backedUp();
    const saved = await latchkey(['db', 'backup', fileIn(files, 'second')], dataDir, other);
    expect([saved.code, saved.err]).toEqual([1, expect.stringContaining('does not open this data')]);
    expect(readdirSync(files)).toEqual(['backup.latchkey']);
    const restored = join(directory(), 'data');
    const ran = await latchkey(['db', 'restore', file], restored, other);
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('does not open this data')]);
    expect(readdirSync(restored)).toEqual([]);
  });

  it('finds the key beside the data, and says so when there is none', async () => {
    const { file } = await backedUp();
    const none = await latchkey(['db', 'restore', file], join(directory(), 'data'), { LATCHKEY_MASTER_KEY: '' });
    expect([none.code, none.err]).toEqual([0, expect.stringContaining('was not at hand')]);
    const withKey = directory();
    writeFileSync(join(withKey, 'master.key'), `${LATCHKEY_MASTER_KEY}\n`, { mode: 0o600 });
    const found = await latchkey(['db', 'restore', file], withKey, { LATCHKEY_MASTER_KEY: '' });
    expect([found.code, found.err]).toEqual([0, expect.stringContaining('master.key opens this data')]);
    expect(KEY).toHaveLength(32);
  });

  it('goes on where a restore was killed', async () => {
    const { file } = await backedUp();
    const restored = directory();
    writeFileSync(join(restored, 'restore-left'), 'half');
    expect(await latchkey(['db', 'restore', file], restored)).toMatchObject({ code: 0 });
    expect(readdirSync(restored)).toEqual(['data.mdb']);
  });

  it('refuses to take an old directory for the data of a replica set', async () => {
    const { dataDir, files } = await backedUp();
    const ran = await latchkey(['db', 'backup', fileIn(files, 'second')], dataDir, { MONGODB_URI: 'mongodb://db/' });
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('MONGODB_URI is set')]);
  });

  it('makes no data directory where there is none', async () => {
    const dataDir = join(directory(), 'nothing');
    const ran = await latchkey(['db', 'backup', fileIn(directory())], dataDir);
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('holds no data')]);
    expect(existsSync(dataDir)).toBe(false);
  });
});

function change(file: string, spoil: (bytes: Buffer) => unknown): void {
  const bytes = readFileSync(file);
  spoil(bytes);
  writeFileSync(file, bytes);
}

function replaceText(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'latin1');
  if (!text.includes(from)) throw new Error(`${from} is not in it`);
  writeFileSync(file, text.replace(from, to), 'latin1');
}
