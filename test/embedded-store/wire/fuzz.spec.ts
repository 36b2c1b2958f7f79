import { createConnection, type Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { serialize } from 'bson';
import * as fc from 'fast-check';
import { useStore } from '../../store/support.js';

const store = useStore();

function message(body: Uint8Array, { flags = 0, kind = 0, opCode = 2013 } = {}): Buffer {
  const frame = Buffer.alloc(21 + body.length);
  frame.writeInt32LE(frame.length, 0);
  frame.writeInt32LE(7, 4);
  frame.writeInt32LE(opCode, 12);
  frame.writeUInt32LE(flags, 16);
  frame[20] = kind;
  frame.set(body, 21);
  return frame;
}

const connect = (): Socket => createConnection(decodeURIComponent(new URL(store.uri).host || store.uri.split('/')[2]!));

/** Sends bytes and waits until the server closes the connection or answers. */
async function send(bytes: Uint8Array): Promise<'closed' | Buffer> {
  const socket = connect();
  try {
    return await new Promise((resolve) => {
      socket.on('error', () => resolve('closed'));
      socket.on('close', () => resolve('closed'));
      socket.on('data', resolve);
      socket.end(bytes);
    });
  } finally {
    socket.destroy();
  }
}

const isAlive = async () => expect(await store.db.command({ ping: 1 })).toMatchObject({ ok: 1 });

// A MongoDB server is not ours to send garbage to.
const embeddedOnly = process.env['MONGODB_URI'] ? it.skip : it;

embeddedOnly('closes the connection over bytes that are no message', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 16, maxLength: 400 }), async (bytes) => {
      expect(await send(bytes)).toBe('closed');
    }),
    { numRuns: 200 },
  );
  await isAlive();
});

embeddedOnly('survives changed bytes anywhere in commands that were good', async () => {
  const commands = [
    { insert: 'fuzz', documents: [{ a: 1, b: [{ c: 'text' }], r: /x/i }], $db: 'fuzz' },
    { find: 'fuzz', filter: { a: { $gt: 1 }, $or: [{ b: 1 }, { c: null }] }, sort: { a: -1 }, $db: 'fuzz' },
    { update: 'fuzz', updates: [{ q: { a: 1 }, u: { $set: { b: 2 } }, upsert: true }], $db: 'fuzz' },
    {
      aggregate: 'fuzz',
      pipeline: [{ $match: { a: 1 } }, { $group: { _id: null, n: { $sum: 1 } } }],
      cursor: {},
      $db: 'fuzz',
    },
    { createIndexes: 'fuzz', indexes: [{ key: { a: 1 }, name: 'a_1' }], $db: 'fuzz' },
    { hello: 1, $db: 'admin' },
  ];
  const frames = commands.map((command) => message(serialize(command)));
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...frames), changes, async (frame, list) => {
      const bytes = Buffer.from(frame);
      // The length stays, or the server would rightly wait for more.
      for (const [at, byte] of list) bytes[4 + (at % (bytes.length - 4))] = byte;
      await send(bytes);
    }),
    { numRuns: 600 },
  );
  await isAlive();
});

embeddedOnly('closes the connection over lengths that lie', async () => {
  const hello = serialize({ hello: 1, $db: 'admin' });
  for (const length of [-1, 0, 4, 15, 48_000_001, 2 ** 31 - 1]) {
    const frame = message(hello);
    frame.writeInt32LE(length, 0);
    expect([length, await send(frame)]).toEqual([length, 'closed']);
  }
  for (const inner of [-1, 0, 4, hello.length + 1, 2 ** 31 - 1]) {
    const frame = message(hello);
    frame.writeInt32LE(inner, 21);
    expect([inner, await send(frame)]).toEqual([inner, 'closed']);
  }
  await isAlive();
});

embeddedOnly('closes the connection over unknown codes, flags and sections', async () => {
  const hello = serialize({ hello: 1, $db: 'admin' });
  for (const frame of [message(hello, { opCode: 2012 }), message(hello, { flags: 4 }), message(hello, { kind: 9 })]) {
    expect(await send(frame)).toBe('closed');
  }
  expect(await send(message(hello))).toBeInstanceOf(Buffer);
});

embeddedOnly('does without clients that leave in the middle', async () => {
  const frame = message(serialize({ insert: 'left', documents: [{ text: 'x'.repeat(100_000) }], $db: 'fuzz' }));
  for (const length of [3, 20, 5000, frame.length]) {
    const socket = connect();
    await new Promise<void>((resolve) => socket.write(frame.subarray(0, length), () => resolve()));
    socket.destroy();
  }
  await isAlive();
});
