import { hostname } from 'node:os';
import type { Doc } from '../bson/value.js';
import { MongoError, unsupported } from '../errors.js';
import type { Collection } from '../storage/collection.js';
import type { Call, Command, Reply } from './command.js';
import { findCollection, namespaceOf } from './namespace.js';
import { document, integer, long, optional, toDoc } from './values.js';

/** The command, which MongoDB would rather not have used any more, and which programs still send. */
export const collStats: Command = {
  options: ['scale'],
  run(call): Reply {
    const namespace = namespaceOf(call);
    const scale = optional(call.args, 'scale', integer) ?? 1;
    return toDoc({ ns: namespace, ...figures(findCollection(call, namespace), scale), ok: 1 });
  },
};

/** Of what indexes take there is no account. */
function figures(collection: Collection | undefined, scale: number) {
  const { count = 0, bytes = 0 } = collection ?? {};
  return {
    count: long(count),
    size: bytes / scale,
    avgObjSize: count > 0 ? bytes / count : 0,
    storageSize: bytes / scale,
    nindexes: collection ? collection.indexes.length + 1 : 0,
    capped: false,
    scaleFactor: scale,
  };
}

/**
 * The one document of `$collStats`; undefined for another stage.
 *
 * @throws MongoError 26 when there is no such collection
 */
export function collStatsOf(call: Call, stage: Doc, namespace: string): Doc | undefined {
  const options = optional(stage, '$collStats', document);
  if (!options) return undefined;
  for (const option of options.keys())
    if (option !== 'count' && option !== 'storageStats') throw unsupported(`$collStats with '${option}'`);
  const collection = findCollection(call, namespace);
  if (!collection)
    throw new MongoError(26, `Unable to retrieve storageStats in $collStats stage: ${namespace} not found`);
  const storage = optional(options, 'storageStats', document);
  const scale = (storage && optional(storage, 'scale', integer)) ?? 1;
  return toDoc({
    ns: namespace,
    host: hostname(),
    localTime: new Date(),
    ...(storage && { storageStats: { ...figures(collection, scale), indexSizes: {}, totalIndexSize: 0 } }),
    ...(options.has('count') && { count: long(collection.count) }),
  });
}
