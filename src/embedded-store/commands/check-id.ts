import { typeName, type Value } from '../bson/value.js';
import { MongoError } from '../errors.js';

/** @throws MongoError for what may not be an `_id` */
export function checkId(id: Value): void {
  const type = typeName(id);
  if (type === 'array' || type === 'regex' || type === 'undefined') {
    throw new MongoError(2, `The '_id' value cannot be of type ${type}`);
  }
  if (!(id instanceof Map)) return;
  for (const name of id.keys()) {
    if (name.startsWith('$'))
      throw new MongoError(52, `_id fields may not contain '$'-prefixed fields: ${name} is not valid for storage.`);
  }
}
