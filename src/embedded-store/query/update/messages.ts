import { ObjectId } from 'bson';
import { isNumber, typeName, type Doc } from '../../bson/value.js';

/** Names a document in an error, without showing what may be in it. */
export function idOf(doc: Doc): string {
  const id = doc.get('_id');
  const isShort = id instanceof ObjectId || (id !== undefined && isNumber(id));
  return `{_id: ${isShort ? id.toString() : typeName(id)}}`;
}
