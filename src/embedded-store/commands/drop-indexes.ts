import type { Value } from '../bson/value.js';
import { MongoError } from '../errors.js';
import type { Collection } from '../storage/collection.js';
import type { IndexInfo } from '../storage/index-info.js';
import { removeIndexes } from '../storage/index-schema.js';
import type { Call, Command, Reply } from './command.js';
import { isSamePattern } from './index-spec.js';
import { namespaceOf } from './namespace.js';
import { int, toDoc } from './values.js';

export const dropIndexes: Command = { options: ['index'], isWrite: true, run };

async function run(call: Call): Promise<Reply> {
  const namespace = namespaceOf(call);
  const { engine } = call.server;
  const collection = engine.catalog.find(namespace);
  if (!collection) throw new MongoError(26, `ns not found ${namespace}`);
  const wanted = call.args.get('index');
  if (wanted === undefined)
    throw new MongoError(40414, "BSON field 'dropIndexes.index' is missing but a required field");
  const before = await removeIndexes(engine, collection, () => choose(collection, wanted));
  return toDoc({ nIndexesWas: int(before + 1), ok: 1 });
}

function choose(collection: Collection, wanted: Value): IndexInfo[] {
  if (wanted === '*') return collection.indexes;
  const list = Array.isArray(wanted) ? wanted : [wanted];
  return list.map((one) => findIndex(collection, one));
}

/** The index of that name or key pattern. */
export function findIndex(collection: Collection, wanted: Value): IndexInfo {
  const isIdIndex = wanted === '_id_' || (wanted instanceof Map && wanted.size === 1 && wanted.has('_id'));
  if (isIdIndex) throw new MongoError(72, 'cannot drop _id index');
  const found = collection.indexes.find((index) =>
    wanted instanceof Map ? isSamePattern(index.pattern, wanted) : index.name === wanted,
  );
  if (found) return found;
  const shown = typeof wanted === 'string' ? `with name [${wanted}]` : 'with the given key pattern';
  throw new MongoError(27, `index not found ${shown}`);
}
