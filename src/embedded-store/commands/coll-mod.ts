import type { Value } from '../bson/value.js';
import { MongoError, unsupported } from '../errors.js';
import { respecifyIndex } from '../storage/index-schema.js';
import type { Call, Command, Reply } from './command.js';
import { findIndex } from './drop-indexes.js';
import { checkTtl } from './index-spec.js';
import { namespaceOf } from './namespace.js';
import { document, optional, toDoc } from './values.js';

/** Options of MongoDB that are refused by name. */
const UNSUPPORTED = [
  'cappedMax',
  'cappedSize',
  'changeStreamPreAndPostImages',
  'expireAfterSeconds',
  'pipeline',
  'timeseries',
  'validationAction',
  'validationLevel',
  'validator',
  'viewOn',
];

/** Only what a TTL index needs: another time to live. */
export const collMod: Command = { options: ['index', ...UNSUPPORTED], isWrite: true, run };

async function run(call: Call): Promise<Reply> {
  const namespace = namespaceOf(call);
  const given = UNSUPPORTED.find((option) => call.args.has(option));
  if (given !== undefined) throw unsupported(`collMod with '${given}'`);
  const { engine } = call.server;
  const collection = engine.catalog.find(namespace);
  if (!collection) throw new MongoError(26, `ns does not exist: ${namespace}`);
  const change = optional(call.args, 'index', document);
  if (!change) return toDoc({ ok: 1 });
  for (const field of change.keys()) {
    if (!['name', 'keyPattern', 'expireAfterSeconds'].includes(field))
      throw unsupported(`collMod with 'index.${field}'`);
  }
  const index = findIndex(collection, change.get('name') ?? change.get('keyPattern') ?? null);
  const seconds = change.get('expireAfterSeconds');
  if (seconds === undefined) throw new MongoError(72, 'no expireAfterSeconds field');
  checkTtl(seconds);
  const old = index.spec.get('expireAfterSeconds');
  await respecifyIndex(
    engine,
    collection,
    index,
    new Map<string, Value>([...index.spec, ['expireAfterSeconds', seconds]]),
  );
  return toDoc({ ...(old !== undefined && { expireAfterSeconds_old: old }), expireAfterSeconds_new: seconds, ok: 1 });
}
