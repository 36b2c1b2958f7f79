// A process to be killed: opens the built store in its worker, writes without end, and prints what was acknowledged.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MongoClient } from 'mongodb';

const [root, directory, round] = process.argv.slice(2);
const { startEmbeddedStore } = await import(pathToFileURL(join(root, 'dist/src/embedded-store/index.js')).href);
const store = await startEmbeddedStore({ directory });
const client = await MongoClient.connect(store.uri);
const db = client.db('crash');
const acknowledged = (what) => writeSync(1, `${what}\n`);

await db.collection('inserts').createIndex({ key: 1 }, { unique: true });
await db.collection('inserts').createIndex({ tags: 1 });
await db.collection('counters').updateOne({ _id: round }, { $setOnInsert: { n: 0 } }, { upsert: true });
acknowledged('ready');

async function insertAndDelete(lane) {
  for (let i = 0; ; i++) {
    const key = `${round}-${lane}-${i}`;
    await db.collection('inserts').insertOne({ key, tags: [`t${i % 7}`, `u${lane}`], text: 'x'.repeat(i % 500) });
    acknowledged(`insert ${key}`);
    if (i % 3 !== 2) continue;
    const gone = `${round}-${lane}-${i - 1}`;
    writeSync(1, `deleting ${gone}\n`);
    await db.collection('inserts').deleteOne({ key: gone });
    acknowledged(`delete ${gone}`);
  }
}

async function count() {
  for (let n = 1; ; n++) {
    await db.collection('counters').updateOne({ _id: round }, { $inc: { n: 1 } });
    acknowledged(`count ${n}`);
  }
}

async function transact(lane) {
  for (let i = 0; ; i++) {
    const _id = `${round}-${lane}-${i}`;
    await client.withSession((session) =>
      session.withTransaction(async () => {
        await db.collection('left').insertOne({ _id }, { session });
        await db.collection('right').insertOne({ _id }, { session });
      }),
    );
    acknowledged(`pair ${_id}`);
  }
}

await Promise.all([insertAndDelete(0), insertAndDelete(1), insertAndDelete(2), count(), transact(0), transact(1)]);
