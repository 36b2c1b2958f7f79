import type { Doc, Value } from '../bson/value.js';
import { typeMismatch } from '../errors.js';

/** `hint`: the name or key pattern of an index; `{}` is none, as Mongoose sends it. */
export function hint(value: Value): string | Doc | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Map) return value.size === 0 ? undefined : value;
  throw typeMismatch('hint must be a string or an object');
}
