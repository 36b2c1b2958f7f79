import type { Doc, Value } from '../bson/value.js';
import { badValue, typeMismatch } from '../errors.js';
import { compileSort } from '../query/sort.js';
import type { CompiledSort } from '../query/types.js';
import { document } from './values.js';

/** `hint`: the name or key pattern of an index; `{}` is none, as Mongoose sends it. */
export function hint(value: Value): string | Doc | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Map) return value.size === 0 ? undefined : value;
  throw typeMismatch('hint must be a string or an object');
}

/** `sort`; `{}` is none. The natural order of documents is that of `_id` here. */
export function sortOrder(value: Value, name: string): CompiledSort | undefined {
  const spec = document(value, name);
  const natural = spec.get('$natural');
  if (natural !== undefined) {
    if (spec.size > 1) throw badValue('$natural sort cannot be combined with other sort fields');
    return compileSort(new Map([['_id', natural]]));
  }
  return spec.size === 0 ? undefined : compileSort(spec);
}
