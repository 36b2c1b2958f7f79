import type { Doc } from '../../bson/value.js';
import { ErrorCodes, MongoError } from '../../errors.js';
import { equalValues, identicalValues } from '../compare.js';

/**
 * @throws MongoError 66 when an operator changed an `_id` that was there, be it only its type
 */
export function keepId(before: Doc, after: Doc): Doc {
  const id = before.get('_id');
  if (before === after || id === undefined) return after;
  const changed = after.get('_id');
  if (changed !== undefined && identicalValues(changed, id)) return after;
  throw new MongoError(
    ErrorCodes.ImmutableField,
    "Performing an update on the path '_id' would modify the immutable field '_id'",
  );
}

/**
 * For whole new documents: `_id` comes first, and is taken over when they have none.
 *
 * @throws MongoError 66 when it is another one
 */
export function withIdOf(before: Doc, after: Doc): Doc {
  const id = before.get('_id');
  const given = after.get('_id');
  if (id !== undefined && given !== undefined && !equalValues(given, id)) {
    throw new MongoError(
      ErrorCodes.ImmutableField,
      "After applying the update, the (immutable) field '_id' was found to have been altered",
    );
  }
  const kept = given ?? id;
  const [first] = after.keys();
  if (kept === undefined || first === '_id') return after;
  return new Map([['_id', kept], ...[...after].filter(([name]) => name !== '_id')]);
}
