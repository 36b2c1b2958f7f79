import { MongoError, unsupported } from '../errors.js';
import { createCollection } from '../storage/schema.js';
import type { Call, Command, Reply } from './command.js';
import { namespaceOf } from './namespace.js';
import { toDoc } from './values.js';

/** Options of MongoDB that are refused by name. */
const UNSUPPORTED = [
  'autoIndexId',
  'capped',
  'changeStreamPreAndPostImages',
  'clusteredIndex',
  'encryptedFields',
  'expireAfterSeconds',
  'indexOptionDefaults',
  'max',
  'pipeline',
  'size',
  'storageEngine',
  'timeseries',
  'validationAction',
  'validationLevel',
  'validator',
  'viewOn',
];

export const create: Command = { options: ['collation', ...UNSUPPORTED], isWrite: true, run };

async function run(call: Call): Promise<Reply> {
  const namespace = namespaceOf(call);
  for (const option of UNSUPPORTED) {
    const value = call.args.get(option);
    if (value !== undefined && value !== false) throw unsupported(`create with '${option}'`);
  }
  const { isNew } = await createCollection(call.server.engine, namespace);
  if (!isNew) throw new MongoError(48, `Collection ${namespace} already exists.`);
  return toDoc({ ok: 1 });
}
