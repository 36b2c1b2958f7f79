import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { ObjectId, type Collection, type CommandStartedEvent } from 'mongodb';
import type { Connection } from 'mongoose';
import { BatchedWrites } from '../../src/database/batched-writes.js';
import { isDuplicateKey } from '../../src/database/database.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

describe('writes of requests that come together', () => {
  let server: TestServer;
  let writes: BatchedWrites;
  let things: Collection;
  /** Of a test of its own: whoever wrote to a collection a moment ago is waited for there. */
  let crowd: Collection;
  const commands: string[] = [];

  beforeAll(async () => {
    server = await createTestServer({ monitorCommands: true });
    const connection = server.server.app.get<Connection>(getConnectionToken());
    writes = server.get(BatchedWrites);
    things = connection.db!.collection('things');
    crowd = connection.db!.collection('crowd');
    await things.createIndex({ name: 1 }, { unique: true });
    connection.getClient().on('commandStarted', ({ commandName, command }: CommandStartedEvent) => {
      if (['things', 'crowd'].includes(command[commandName])) commands.push(commandName);
    });
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    await things.deleteMany({});
    commands.length = 0;
  });

  const thing = (name: string) => ({ _id: new ObjectId(), name });

  it('go in one command, and each is there when its caller is answered', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => writes.insert(things, thing(`n${i}`))));
    expect(commands).toEqual(['insert']);
    expect(await things.countDocuments()).toBe(20);
  });

  it('of many who write again at once come together, though they began in two halves', async () => {
    writes.gatheringMs = 300;
    const aMoment = () => new Promise((resolve) => setImmediate(resolve));
    const writeThrice = async (client: string) => {
      for (let turn = 0; turn < 3; turn++) {
        await writes.insert(crowd, thing(`${client} ${turn}`));
        await aMoment();
      }
    };
    const half = (name: string) => Array.from({ length: 10 }, (_, i) => writeThrice(`${name}${i}`));
    const early = half('early');
    await aMoment();
    await Promise.all([...early, ...half('late')]);
    // One half, then all; the late ones have one turn left.
    expect(commands).toEqual(['insert', 'insert', 'insert', 'insert']);
    expect(await crowd.countDocuments()).toBe(60);
  });

  it('are refused each for itself', async () => {
    await writes.insert(things, thing('taken'));
    const outcomes = await Promise.allSettled(
      ['a', 'taken', 'b', 'b', 'c'].map((name) => writes.insert(things, thing(name))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(isDuplicateKey(outcome.reason)).toBe(true);
    expect(await things.distinct('name')).toEqual(['a', 'b', 'c', 'taken']);
  });

  it('tell each whether its document was still as it wanted', async () => {
    const all = ['a', 'b', 'c'].map(thing);
    await Promise.all(all.map((one) => writes.insert(things, one)));
    await things.updateOne({ name: 'b' }, { $set: { endedAt: 1 } });
    const change = { kind: 'ended', onlyIf: { endedAt: { $exists: false } }, set: { endedAt: 2 } };
    const end = ({ _id }: { _id: ObjectId }) => writes.update(things, _id, change);
    expect(await Promise.all(all.map(end))).toEqual([true, false, true]);
    const later = { ...change, set: { endedAt: 3 } };
    expect(await writes.update(things, all[0]!._id, later)).toBe(false);
    expect(await writes.update(things, new ObjectId(), later)).toBe(false);
    // What is there is what it would have written, but it was another one that wrote it.
    expect(await writes.update(things, all[0]!._id, change)).toBe(false);
    const late = await things.insertOne({ name: 'late' });
    const both = [all[0]!._id, late.insertedId].map((id) => writes.update(things, id, change));
    expect(await Promise.all(both)).toEqual([false, true]);
    expect(commands.filter((name) => name === 'find')).toHaveLength(2);
  });

  it('of two kinds do not mix', async () => {
    const [a, b] = [thing('a'), thing('b')];
    await Promise.all([writes.insert(things, a), writes.insert(things, b)]);
    await Promise.all([
      writes.update(things, a._id, { kind: 'one', onlyIf: {}, set: { x: 1 } }),
      writes.update(things, b._id, { kind: 'other', onlyIf: {}, set: { y: 2 } }),
    ]);
    expect(await things.find().sort({ name: 1 }).toArray()).toEqual([
      { ...a, x: 1 },
      { ...b, y: 2 },
    ]);
  });

  it('fail together where the database refuses the whole command', async () => {
    const bad = { _id: new ObjectId(), huge: 'x'.repeat(17 * 1024 * 1024) };
    const outcomes = await Promise.allSettled([writes.insert(things, bad), writes.insert(things, bad)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
