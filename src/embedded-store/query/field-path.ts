import { ErrorCodes, MongoError } from '../errors.js';

/** Deeper than any document that may be stored. */
const MAX_PARTS = 200;

/**
 * The parts of a dotted path as aggregation, sort and projection take it.
 *
 * @throws MongoError with the codes that MongoDB's FieldPath has for empty parts and parts that begin with a dollar
 */
export function parseFieldPath(path: string): string[] {
  if (path === '') throw new MongoError(40352, 'FieldPath cannot be constructed with empty string');
  if (path.endsWith('.')) throw new MongoError(40353, "FieldPath must not end with a '.'.");
  if (path.includes('\0')) throw new MongoError(16411, "FieldPath field names may not contain '\\0'.");
  const parts = path.split('.');
  if (parts.length > MAX_PARTS) throw new MongoError(ErrorCodes.Overflow, 'FieldPath is too long');
  for (const part of parts) {
    if (part === '') throw new MongoError(15998, 'FieldPath field names may not be empty strings.');
    if (part.startsWith('$')) {
      throw new MongoError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    }
  }
  return parts;
}
