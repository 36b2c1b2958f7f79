import type { Doc, Value } from '../bson/value.js';
import { typeMismatch } from '../errors.js';
import { compileSort } from '../query/sort.js';
import type { CompiledSort } from '../query/types.js';
import { document } from './values.js';

/** `hint`: the name or key pattern of an index; `{}` is none, as Mongoose sends it. */
export function hint(value: Value): string | Doc | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Map) return value.size === 0 ? undefined : value;
  throw typeMismatch('hint must be a string or an object');
}

/** `sort`; `{}` is none. */
export function sortOrder(value: Value, name: string): CompiledSort | undefined {
  const spec = document(value, name);
  return spec.size === 0 ? undefined : compileSort(spec);
}
