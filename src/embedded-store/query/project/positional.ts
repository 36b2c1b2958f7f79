import { isArray, isDoc, type Doc } from '../../bson/value.js';
import { MongoError } from '../../errors.js';

/**
 * Keeps of the first array along `path` the element that the filter found.
 *
 * @throws MongoError 51246 when the filter did not search an array, 51247 when it searched another, longer one
 */
export function projectPositional(doc: Doc, path: readonly string[], index: number | undefined, at = 0): Doc {
  const name = path[at]!;
  const value = doc.get(name);
  if (isArray(value)) {
    if (index === undefined) {
      throw new MongoError(51246, "positional operator '.$' couldn't find a matching element in the array");
    }
    const element = value[index];
    if (element === undefined) throw new MongoError(51247, "positional operator '.$' element mismatch");
    return new Map(doc).set(name, [element]);
  }
  if (!isDoc(value) || at + 1 === path.length) return doc;
  return new Map(doc).set(name, projectPositional(value, path, index, at + 1));
}
