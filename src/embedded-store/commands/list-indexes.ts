import { MongoError } from '../errors.js';
import { encode } from '../bson/encode.js';
import { ID_INDEX_SPEC } from '../storage/collection.js';
import { firstBatch } from './batches.js';
import type { Call, Command, Reply } from './command.js';
import { namespaceOf } from './namespace.js';

export const listIndexes: Command = { options: ['cursor'], run };

function run(call: Call): Reply | Promise<Reply> {
  const namespace = namespaceOf(call);
  const collection = call.server.engine.catalog.find(namespace);
  if (!collection) throw new MongoError(26, `ns does not exist: ${namespace}`);
  const specs = [ID_INDEX_SPEC, ...collection.indexes.map((index) => index.spec)];
  return firstBatch(call, `${collection.database}.${collection.name}`, specs.map(encode).values());
}
