import { type Doc, int32, type Value } from '../bson/value.js';
import { ErrorCodes, MongoError } from '../errors.js';
import type { Collection } from './collection.js';
import type { IndexInfo } from './index-info.js';
import { describeValue } from './describe-value.js';

/**
 * MongoDB's error 11000 with what drivers and Mongoose read from it: `keyPattern` and `keyValue`.
 *
 * @param index undefined for the one on `_id`
 */
export function duplicateKey(
  collection: Collection,
  index: IndexInfo | undefined,
  values: readonly Value[],
): MongoError {
  const pattern: Doc = index?.pattern ?? new Map<string, Value>([['_id', int32(1)]]);
  const fields = [...pattern.keys()];
  const keyValue: Doc = new Map(fields.map((field, i) => [field, values[i]!]));
  const shown = fields.map((field, i) => `${field}: ${describeValue(values[i])}`).join(', ');
  const name = index?.name ?? '_id_';
  const message = `E11000 duplicate key error collection: ${collection.namespace} index: ${name} dup key: { ${shown} }`;
  return new MongoError(ErrorCodes.DuplicateKey, message, { keyPattern: pattern, keyValue });
}
