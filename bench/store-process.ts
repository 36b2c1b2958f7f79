/**
 * What `npm run bench:store` talks to, in a process of its own: `store <directory>` is the embedded store, `canned` a server that
 * gives the same bytes for an answer to everything, over the same socket and framing: what driver and socket alone can do.
 */
import { readFileSync } from 'node:fs';
import { BSON, type Document } from 'mongodb';
import { startEmbeddedStore } from '../src/embedded-store/index.js';
// Its code is loaded before the clock runs: what is measured is how long a directory takes.
import '../src/embedded-store/open-store.js';
import { Listener } from '../src/embedded-store/wire/listener.js';
import { account } from './store-workloads.js';

export interface Ready {
  uri: string;
  openMs: number;
}

const [kind, directory = ''] = process.argv.slice(2);
const start = performance.now();
const served = kind === 'store' ? await startEmbeddedStore({ directory, sameThread: true }) : await canned();
process.send!({ uri: served.uri, openMs: performance.now() - start } satisfies Ready);
process.on('message', (message) => {
  if (message === 'memory') process.send!(anonymousBytes());
  else void served.close().then(() => process.exit(0));
});

async function canned(): Promise<{ uri: string; close(): Promise<void> }> {
  const listener = await Listener.bind();
  const replies = cannedReplies(listener.address);
  const other = BSON.serialize({ ok: 1 });
  listener.serve(
    ({ body }) => replies.get(body.toString('latin1', 5, body.indexOf(0, 5))) ?? other,
    (error) => process.stderr.write(`${String(error)}\n`),
  );
  const uri = `mongodb://${encodeURIComponent(listener.address)}/?directConnection=true&replicaSet=latchkey`;
  return { uri, close: async () => listener.close() };
}

function cannedReplies(address: string): Map<string, Uint8Array> {
  const found = account(0);
  const hello = {
    isWritablePrimary: true,
    ismaster: true,
    helloOk: true,
    setName: 'latchkey',
    hosts: [address],
    me: address,
    maxBsonObjectSize: 1 << 24,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: 25,
    ok: 1,
  };
  const replies: [string, Document][] = [
    ['hello', hello],
    ['ismaster', hello],
    ['find', { cursor: { firstBatch: [found], id: BSON.Long.ZERO, ns: 'bench.accounts' }, ok: 1 }],
    ['insert', { n: 1, ok: 1 }],
    ['findAndModify', { lastErrorObject: { n: 1, updatedExisting: true }, value: found, ok: 1 }],
  ];
  return new Map(replies.map(([name, reply]) => [name, BSON.serialize(reply)]));
}

/** Memory without the pages of files, where the system tells it. */
function anonymousBytes(): number {
  try {
    const kilobytes = /^Anonymous:\s+(\d+) kB/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1];
    return Number(kilobytes) * 1024;
  } catch {
    return process.memoryUsage.rss();
  }
}
