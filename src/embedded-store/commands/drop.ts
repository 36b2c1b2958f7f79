import { dropCollection } from '../storage/schema.js';
import type { Call, Command, Reply } from './command.js';
import { namespaceOf } from './namespace.js';
import { int, toDoc } from './values.js';

export const drop: Command = { options: [], isWrite: true, run };

/** Dropping what is not there succeeds, as since MongoDB 7.0. */
async function run(call: Call): Promise<Reply> {
  const namespace = namespaceOf(call);
  const { engine } = call.server;
  const collection = engine.catalog.find(namespace);
  if (!collection) return toDoc({ ok: 1 });
  const indexes = collection.indexes.length + 1;
  await dropCollection(engine, collection);
  return toDoc({ ns: namespace, nIndexesWas: int(indexes), ok: 1 });
}
