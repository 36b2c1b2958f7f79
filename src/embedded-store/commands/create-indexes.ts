import { MongoError } from '../errors.js';
import { addIndexes } from '../storage/index-schema.js';
import { createCollection } from '../storage/schema.js';
import type { Call, Command, Reply } from './command.js';
import { newSpecs, readIndexSpec } from './index-spec.js';
import { namespaceOf } from './namespace.js';
import { int, toDoc } from './values.js';

/** On one node every commit quorum is met. */
export const createIndexes: Command = { options: ['indexes', 'commitQuorum'], isWrite: true, run };

async function run(call: Call): Promise<Reply> {
  const { engine } = call.server;
  const namespace = namespaceOf(call);
  const list = call.args.get('indexes');
  if (!Array.isArray(list))
    throw new MongoError(40414, "BSON field 'createIndexes.indexes' is missing but a required field");
  if (list.length === 0) throw new MongoError(2, 'Must specify at least one index to create');
  const specs = list.map(readIndexSpec);
  const { collection, isNew } = await createCollection(engine, namespace);
  const { before, after } = await addIndexes(engine, collection, () => newSpecs(collection, specs));
  return toDoc({
    numIndexesBefore: int(before + 1),
    numIndexesAfter: int(after + 1),
    createdCollectionAutomatically: isNew,
    ...(before === after && { note: 'all indexes already exist' }),
    ok: 1,
  });
}
