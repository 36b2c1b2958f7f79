import { MAX_DEPTH } from '../../bson/decode.js';
import { isArray, isDoc, type Doc, type Value } from '../../bson/value.js';
import { ErrorCodes, MongoError } from '../../errors.js';

/**
 * What is stored must be readable again.
 *
 * @throws MongoError 15 for a document with too many levels
 */
export function checkDepth(doc: Doc): Doc {
  if (isDeeper(doc, MAX_DEPTH)) {
    throw new MongoError(ErrorCodes.Overflow, `Document exceeds maximum nesting depth of ${MAX_DEPTH}`);
  }
  return doc;
}

function isDeeper(value: Value, levels: number): boolean {
  if (!isDoc(value) && !isArray(value)) return false;
  if (levels === 0) return true;
  for (const inner of value.values()) if (isDeeper(inner, levels - 1)) return true;
  return false;
}
