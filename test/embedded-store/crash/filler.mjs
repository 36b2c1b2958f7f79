// A process whose files cannot grow for long: opens the built store in its worker, inserts until that fails, and prints what happened.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MongoClient } from 'mongodb';

const [root, directory] = process.argv.slice(2);
const { startEmbeddedStore } = await import(pathToFileURL(join(root, 'dist/src/embedded-store/index.js')).href);
const store = await startEmbeddedStore({ directory });
const client = await MongoClient.connect(store.uri);
const docs = client.db('full').collection('docs');
const outcome = (work) =>
  work.then(
    () => 'done',
    ({ code, message }) => ({ code, message }),
  );

await docs.createIndex({ text: 1 });
const acknowledged = [];
let failure = 'done';
for (let _id = 0; _id < 1000; _id++) {
  failure = await outcome(docs.insertOne({ _id, text: `${_id} ${'x'.repeat(200_000)}` }));
  if (failure !== 'done') break;
  acknowledged.push(_id);
}
const health = await store.health();
const again = await outcome(docs.insertOne({ _id: -1, text: 'x'.repeat(200_000) }));
const inTransaction = await outcome(
  client.withSession((session) =>
    session.withTransaction(async () => {
      await docs.updateOne({ _id: 0 }, { $set: { text: 'changed' } }, { session });
      await docs.insertMany([{ _id: -2, text: 'x'.repeat(400_000) }, { _id: -3 }], { session });
    }),
  ),
);
const read = (await docs.find({}, { projection: { _id: 1 }, sort: { _id: 1 } }).toArray()).map(({ _id }) => _id);
writeSync(1, JSON.stringify({ acknowledged, failure, health, again, inTransaction, read }));
await client.close();
await store.close();
