import { type Doc, isDoc, type Value } from '../bson/value.js';
import { MongoError } from '../errors.js';
import type { Call } from './command.js';
import { checkedNamespace } from './namespace.js';
import { string } from './values.js';

/** Writes the results of a pipeline, each as BSON. */
export type WriteResults = (results: readonly Uint8Array[]) => Promise<void>;

const INTERNAL = ['admin', 'config', 'local'];

/** A name in the database of the command, or `{db, coll}`. */
export function targetOf(call: Call, target: Value, stage: string): string {
  const { db, coll } = typeof target === 'string' ? { db: call.database, coll: target } : partsOf(target, stage);
  if (INTERNAL.includes(db)) throw new MongoError(31321, `Can't ${stage} to internal database: ${db}`);
  return checkedNamespace(db, coll);
}

function partsOf(target: Value, stage: string): { db: string; coll: string } {
  const parts: Doc = isDoc(target) ? target : new Map();
  for (const field of parts.keys())
    if (field !== 'db' && field !== 'coll')
      throw new MongoError(40415, `BSON field '${stage}.${field}' is an unknown field.`);
  const [db, coll] = ['db', 'coll'].map((field) => {
    const value = parts.get(field);
    if (value === undefined)
      throw new MongoError(40414, `BSON field '${stage}.${field}' is missing but a required field`);
    return string(value, `${stage}.${field}`);
  });
  return { db: db!, coll: coll! };
}
