import type { Doc } from '../bson/value.js';
import { MongoError } from '../errors.js';

/** Reads a statement inside a command (`updates.0`), refusing options it does not know. */
export function statementsOf(args: Doc, field: string, allowed: ReadonlySet<string>): Doc[] {
  const list = args.get(field);
  if (!Array.isArray(list)) throw new MongoError(40414, `BSON field '${field}' is missing but a required field`);
  for (const statement of list) {
    if (!(statement instanceof Map))
      throw new MongoError(14, `BSON field '${field}' holds something that is no document`);
    for (const option of statement.keys()) {
      if (!allowed.has(option)) throw new MongoError(40415, `BSON field '${field}.${option}' is an unknown field.`);
    }
  }
  return list as Doc[];
}
