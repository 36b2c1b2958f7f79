import { isDoc, isNumber, type Doc, type Value } from '../bson/value.js';
import { badValue, ErrorCodes, MongoError, unsupported } from '../errors.js';
import { compareValues } from './compare.js';
import { parseFieldPath } from './field-path.js';
import { compileKeys } from './index-keys.js';
import type { CompiledSort } from './types.js';

type Direction = 1 | -1;

/**
 * An array sorts by its least element, or by its greatest when descending; an empty one comes before null, which stands
 * for missing fields too. Several fields below one array sort by the best of the combinations that one element has.
 *
 * @throws MongoError 15974 and 15975 for directions that are none, and the codes of `parseFieldPath`
 */
export function compileSort(spec: Doc): CompiledSort {
  const pattern = [...spec].map(([path, direction]) => [path, directionOf(path, direction)] as const);
  for (const [path] of pattern) parseFieldPath(path);
  const directions = pattern.map(([, direction]) => direction);
  const compareKeys = (a: readonly Value[], b: readonly Value[]): number => compareTuples(a, b, directions);
  const keysOf = compileKeys(pattern.map(([path]) => path));
  const sortKey = (doc: Doc): Value[] => leastKey(() => keysOf(doc).keys, compareKeys);
  return { pattern, sortKey, compareKeys, compare: (a, b) => compareKeys(sortKey(a), sortKey(b)) };
}

function directionOf(path: string, direction: Value): Direction {
  if (isDoc(direction)) {
    if (direction.has('$meta')) throw unsupported('$meta in a sort');
    throw new MongoError(15974, `Illegal key in $sort specification: ${path}`);
  }
  if (!isNumber(direction)) throw new MongoError(15974, `Illegal key in $sort specification: ${path}`);
  const sign = Math.trunc(Number(direction.toString()));
  if (sign === 1 || sign === -1) return sign;
  throw new MongoError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
}

function compareTuples(a: readonly Value[], b: readonly Value[], directions: readonly Direction[]): number {
  for (let i = 0; i < directions.length; i++) {
    const order = compareValues(a[i]!, b[i]!);
    if (order !== 0) return order * directions[i]!;
  }
  return 0;
}

function leastKey(keys: () => Value[][], compare: CompiledSort['compareKeys']): Value[] {
  try {
    return keys().reduce((least, key) => (compare(key, least) < 0 ? key : least));
  } catch (error) {
    if (!(error instanceof MongoError) || error.code !== ErrorCodes.CannotIndexParallelArrays) throw error;
    throw badValue('cannot sort with keys that are parallel arrays');
  }
}
