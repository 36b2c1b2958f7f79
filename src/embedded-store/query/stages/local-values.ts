import { BSONRegExp } from 'bson';
import type { Doc, Value } from '../../bson/value.js';
import { isArray, isDoc } from '../../bson/value.js';
import { arrayIndex } from '../filter/paths.js';

/**
 * What `localField` of a `$lookup` stands for: of an array at its end the elements, not the array; on the way, the documents
 * in an array, or the element that a number names. Other than in an expression, lists in lists come out flat.
 */
export function localValues(doc: Doc, path: readonly string[], from = 0): Value[] {
  let value: Value | undefined = doc.get(path[from]!);
  let next = from + 1;
  while (next < path.length && isArray(value)) {
    const index = arrayIndex(path[next]!);
    if (index === undefined) break;
    value = value[index];
    next++;
  }
  if (next === path.length) return elementsOf(value);
  if (isDoc(value)) return localValues(value, path, next);
  return isArray(value) ? value.filter(isDoc).flatMap((element) => localValues(element, path, next)) : [];
}

const elementsOf = (value: Value | undefined): Value[] => (isArray(value) ? value : value === undefined ? [] : [value]);

/** Where there is no value, null is looked for, which finds missing fields too. */
export function equalityFilter(foreign: string, local: readonly Value[]): Doc {
  const values = local.length === 0 ? [null] : local;
  const plain = values.filter((value) => !(value instanceof BSONRegExp));
  const filter: Doc = new Map([[foreign, new Map([['$in', plain]])]]);
  if (plain.length === values.length) return filter;
  // In $in a regular expression would search; here it is only a value.
  const regexes = values.filter((value) => value instanceof BSONRegExp);
  const equals = regexes.map((regex): Doc => new Map([[foreign, new Map([['$eq', regex]])]]));
  return new Map([['$or', [filter, ...equals]]]);
}
