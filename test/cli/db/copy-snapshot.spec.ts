import { createServer, connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Long, Timestamp } from 'bson';
import { decode } from '../../../src/embedded-store/bson/decode.js';
import { encode } from '../../../src/embedded-store/bson/encode.js';
import type { Doc, Value } from '../../../src/embedded-store/bson/value.js';
import { FrameReader } from '../../../src/embedded-store/wire/frame-reader.js';
import { formatMsg, OP_MSG, parseMessage } from '../../../src/embedded-store/wire/message.js';
import { directory, everything, fill, latchkey, openAt } from './support.js';

/** The moment that all reads of a snapshot session name, once the first was told it. */
const MOMENT = new Timestamp({ t: 1_700_000_000, i: 7 });

/**
 * Stands before two stores as a server with snapshot reads: what a snapshot session reads comes from the one that stays as it was, everything
 * else from the other.
 */
class SnapshotServer {
  /** The read concerns of the reads that came with one. */
  readonly asked: Doc[] = [];
  private readonly cursors = new Set<string>();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private readonly path = join(directory(), 'snapshots.sock');

  constructor(
    private readonly now: string,
    private readonly then: string,
  ) {
    this.server = createServer((client) => this.serve(client)).listen(this.path);
  }

  get uri(): string {
    return `mongodb://${encodeURIComponent(this.path)}/?directConnection=true`;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private serve(client: Socket): void {
    const [now, then] = [this.now, this.then].map((path) => connect(path)) as [Socket, Socket];
    for (const socket of [client, now, then]) {
      this.sockets.add(socket.on('error', () => socket.destroy()));
      socket.on('close', () => [client, now, then].forEach((each) => each.destroy()));
    }
    eachMessage(client, (message) => {
      const read = this.snapshotRead(message);
      if (read) then.write(read);
      else now.write(message);
    });
    eachMessage(now, (message) => client.write(message));
    eachMessage(then, (message) => client.write(this.withMoment(message)));
  }

  /** @returns the command as a server without snapshots takes it; undefined for one that is no read of a snapshot */
  private snapshotRead(message: Buffer): Buffer | undefined {
    if (message.readInt32LE(12) !== OP_MSG) return undefined;
    const { body, requestId } = parseMessage(message);
    const command = decode(body);
    const readConcern = command.get('readConcern') as Doc | undefined;
    command.delete('readConcern');
    if (!this.cursors.has(idOf(command.get('getMore')))) {
      if (readConcern?.get('level') !== 'snapshot') return undefined;
      this.asked.push(readConcern);
    }
    return formatMsg(encode(command), requestId, 0);
  }

  private withMoment(message: Buffer): Buffer {
    const reply = decode(parseMessage(message).body);
    const cursor = reply.get('cursor') as Doc | undefined;
    if (cursor) this.cursors.add(idOf(cursor.get('id')));
    cursor?.set('atClusterTime', MOMENT);
    return formatMsg(encode(reply), message.readInt32LE(4), message.readInt32LE(8));
  }
}

const idOf = (value: Value | undefined): string => (value instanceof Long ? value.toString() : '');

function eachMessage(socket: Socket, handle: (message: Buffer) => void): void {
  const frames = new FrameReader();
  socket.on('data', (chunk) => {
    frames.push(chunk);
    for (let message = frames.next(); message; message = frames.next()) handle(message);
  });
}

let server: SnapshotServer | undefined;
afterEach(() => server?.close());

const pathOf = (uri: string): string => decodeURIComponent(/^mongodb:\/\/([^/]+)\//.exec(uri)![1]!);

describe('latchkey db copy --from a server with snapshots', () => {
  it('reads all of it as of one moment, whatever is written meanwhile', async () => {
    const then = await openAt(join(directory(), 'then'));
    await fill(then.client.db('latchkey'));
    const before = await everything(then.client.db('latchkey'));
    const now = await openAt(join(directory(), 'now'));
    await fill(now.client.db('latchkey'));
    await now.client
      .db('latchkey')
      .collection('users')
      .deleteMany({ n: { $lt: 1000 } });
    await now.client
      .db('latchkey')
      .collection('sessions')
      .insertMany([{ later: 1 }, { later: 2 }]);
    server = new SnapshotServer(pathOf(now.store.uri), pathOf(then.store.uri));
    const dataDir = join(directory(), 'data');
    const ran = await latchkey(['db', 'copy', '--from', server.uri], dataDir);
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('Copied 2504 documents in 4 collections') });
    const copied = await openAt(dataDir);
    expect(await everything(copied.client.db('latchkey'))).toEqual(before);
    const [first, ...rest] = server.asked;
    expect([...first!.keys()]).toEqual(['level']);
    expect(rest).toHaveLength(4);
    for (const readConcern of rest) expect(readConcern.get('atClusterTime')).toEqual(MOMENT);
  });
});
