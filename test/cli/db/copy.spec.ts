import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { BUILT_COMMAND } from '../../support/built-command.js';
import { directory, everything, fill, latchkey, LATCHKEY_MASTER_KEY, openAt, type OpenStore } from './support.js';

/** A store to copy from, and one that stands in for MongoDB. */
async function twoStores() {
  const source = await openAt(join(directory(), 'data'));
  await fill(source.client.db('latchkey'));
  return { source, mongo: await openAt(join(directory(), 'mongo')) };
}

const addressOf = ({ store }: OpenStore, database = '') => store.uri.replace('/?', `/${database}?`);

describe('latchkey db copy --to', () => {
  it('copies every byte and every index, and documents that should have expired', async () => {
    const { source, mongo } = await twoStores();
    const before = await everything(source.client.db('latchkey'));
    const ran = await latchkey(['db', 'copy', '--to', addressOf(mongo)], source.dataDir);
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('Copied 2504 documents in 4 collections') });
    expect(ran.err).toContain('users: 2501 documents');
    expect(ran.err).toContain('travels separately');
    expect(await everything(mongo.client.db('latchkey'))).toEqual(before);
    expect(readdirSync(source.dataDir).filter((name) => name.startsWith('copy-'))).toEqual([]);
  });

  it('does so as the built command too', async () => {
    const { source, mongo } = await twoStores();
    const before = await everything(source.client.db('latchkey'));
    const env = { ...process.env, LATCHKEY_DATA_DIR: source.dataDir, LATCHKEY_MASTER_KEY, MONGODB_URI: '' };
    await promisify(execFile)(process.execPath, [BUILT_COMMAND, 'db', 'copy', '--to', addressOf(mongo)], { env });
    expect(await everything(mongo.client.db('latchkey'))).toEqual(before);
  });

  it('works on a stopped store, and takes the database that the address names; others keep theirs', async () => {
    const { source, mongo } = await twoStores();
    await source.client.db('notes').collection('lines').insertOne({ text: 'mine' });
    const before = await everything(source.client.db('latchkey'));
    await source.close();
    expect(await latchkey(['db', 'copy', '--to', addressOf(mongo, 'auth')], source.dataDir)).toMatchObject({ code: 0 });
    expect(await everything(mongo.client.db('auth'))).toEqual(before);
    expect(await mongo.client.db('notes').collection('lines').countDocuments()).toBe(1);
  });

  it('does not make one of two databases', async () => {
    const { source, mongo } = await twoStores();
    await source.client.db('notes').collection('lines').insertOne({ text: 'mine' });
    const ran = await latchkey(['db', 'copy', '--to', addressOf(mongo, 'notes')], source.dataDir);
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('has a database notes')]);
  });

  it('refuses a database that is not empty, and changes nothing in it', async () => {
    const { source, mongo } = await twoStores();
    await mongo.client.db('latchkey').collection('theirs').insertOne({ n: 1 });
    const before = await everything(mongo.client.db('latchkey'));
    const ran = await latchkey(['db', 'copy', '--to', addressOf(mongo)], source.dataDir);
    expect([ran.code, ran.out]).toEqual([1, '']);
    expect(ran.err).toContain('latchkey is not empty (theirs is in it)');
    expect(await everything(mongo.client.db('latchkey'))).toEqual(before);
  });

  it('refuses to be repeated once it is finished', async () => {
    const { source, mongo } = await twoStores();
    await latchkey(['db', 'copy', '--to', addressOf(mongo)], source.dataDir);
    expect(await latchkey(['db', 'copy', '--to', addressOf(mongo)], source.dataDir)).toMatchObject({ code: 1 });
  });

  it('starts over where it was interrupted, and drops only what it had made', async () => {
    const { source, mongo } = await twoStores();
    const target = mongo.client.db('latchkey');
    const marker = { started: new Date(), collections: ['users', 'gone'] };
    await target.collection<{ _id: string }>('latchkey_unfinished_copy').insertOne({ _id: 'copy', ...marker });
    await target.collection('users').insertOne({ half: true });
    await target.collection('gone').insertOne({ half: true });
    const ran = await latchkey(['db', 'copy', '--to', addressOf(mongo)], source.dataDir);
    expect([ran.code, ran.err]).toEqual([0, expect.stringContaining('started over')]);
    expect(await everything(target)).toEqual(await everything(source.client.db('latchkey')));

    await target.dropDatabase();
    await target.collection<{ _id: string }>('latchkey_unfinished_copy').insertOne({ _id: 'copy', ...marker });
    await target.collection('theirs').insertOne({ n: 1 });
    const refused = await latchkey(['db', 'copy', '--to', addressOf(mongo)], source.dataDir);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('theirs is in it')]);
    expect(await target.collection('theirs').countDocuments()).toBe(1);
  });

  it('keeps its marker until the other side holds what was sent', async () => {
    const { source, mongo } = await twoStores();
    // Somebody changes the target in the middle: a document more appears as soon as the collection does.
    const target = mongo.client.db('latchkey');
    const stream = target.watch();
    const meddled = (async () => {
      for await (const event of stream) {
        if (event.operationType !== 'insert' || event.ns.coll !== 'users') continue;
        await target.collection('users').insertOne({ mine: true });
        break;
      }
    })();
    const ran = await latchkey(['db', 'copy', '--to', addressOf(mongo)], source.dataDir);
    await meddled;
    expect([ran.code, ran.out, ran.err]).toEqual([1, '', expect.stringContaining('2502 documents instead of 2501')]);
    expect(await target.collection('latchkey_unfinished_copy').countDocuments()).toBe(1);
    expect(await latchkey(['db', 'copy', '--to', addressOf(mongo)], source.dataDir)).toMatchObject({ code: 0 });
  });

  it('writes nothing when the key at hand does not open the data', async () => {
    const { source, mongo } = await twoStores();
    const other = { LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64') };
    const ran = await latchkey(['db', 'copy', '--to', addressOf(mongo)], source.dataDir, other);
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('does not open this data')]);
    expect(await everything(mongo.client.db('latchkey'))).toEqual({});
  });

  it('says that nobody answers, without the password', async () => {
    const { source } = await twoStores();
    const address = 'mongodb://ada:hush@127.0.0.1:9/?serverSelectionTimeoutMS=100';
    const ran = await latchkey(['db', 'copy', '--to', address], source.dataDir);
    expect(ran.code).toBe(1);
    expect(ran.err).not.toContain('hush');
  }, 30_000);

  it.each([[[]], [['--to', 'mongodb://a/', '--from', 'mongodb://a/']]])('asks for one direction: %j', async (args) => {
    expect(await latchkey(['db', 'copy', ...args], directory())).toMatchObject({ code: 2, out: '' });
  });
});

describe('latchkey db copy --from', () => {
  it('brings the same back into an empty directory', async () => {
    const { source } = await twoStores();
    const before = await everything(source.client.db('latchkey'));
    const dataDir = join(directory(), 'data');
    const ran = await latchkey(['db', 'copy', '--from', addressOf(source)], dataDir);
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('Copied 2504 documents') });
    expect(readdirSync(dataDir)).toEqual(['data.mdb']);
    const copied = await openAt(dataDir);
    expect(await everything(copied.client.db('latchkey'))).toEqual(before);
  });

  it('notices that the source changed where it cannot be read as of one moment', async () => {
    const { source } = await twoStores();
    const dataDir = directory();
    const users = source.client.db('latchkey').collection('users');
    const end = new AbortController();
    const writing = (async () => {
      for (let n = 0; n < 10_000 && !end.signal.aborted; n++) await users.insertOne({ n });
    })();
    const ran = await latchkey(['db', 'copy', '--from', addressOf(source)], dataDir);
    end.abort();
    await writing;
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('changed while it was copied')]);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('leaves nothing behind when it is refused', async () => {
    const { source, mongo } = await twoStores();
    const dataDir = directory();
    const other = { LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64') };
    for (const [address, env, words] of [
      [addressOf(source), other, 'does not open this data'],
      [addressOf(mongo), {}, 'is empty'],
    ] as const) {
      const ran = await latchkey(['db', 'copy', '--from', address], dataDir, env);
      expect([ran.code, ran.err]).toEqual([1, expect.stringContaining(words)]);
      expect(readdirSync(dataDir)).toEqual([]);
    }
  });

  it('refuses a directory that is not empty', async () => {
    const { source } = await twoStores();
    const dataDir = directory();
    mkdirSync(join(dataDir, 'other'));
    const ran = await latchkey(['db', 'copy', '--from', addressOf(source)], dataDir);
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('is not empty (other is there)')]);
  });
});

describe('the driver', () => {
  it('still sends documents that are BSON already', async () => {
    const { mongo } = await twoStores();
    const { RawInserter } = await import('../../../src/cli/db/raw-insert.js');
    const client = await MongoClient.connect(mongo.store.uri);
    const inserter = await RawInserter.for(client.db('raw'));
    // {_id: 1, d: the last millisecond of int64}
    const farDate = Buffer.from('00000000105f69640001000000096400ffffffffffffff7f00', 'hex');
    farDate.writeInt32LE(farDate.length, 0);
    await inserter.insertAll('dates', [farDate], () => undefined);
    const [raw] = await client.db('raw').collection('dates').find({}, { raw: true }).toArray();
    expect(Buffer.from(raw as unknown as Uint8Array).toString('hex')).toBe(farDate.toString('hex'));
    await client.close();
  });
});
