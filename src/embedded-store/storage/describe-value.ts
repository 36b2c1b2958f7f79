import { Binary, Decimal128, Double, Int32, ObjectId } from 'bson';
import { isArray, isDate, isDoc, isLong, dateMs, typeName, type Value } from '../bson/value.js';

/** A value in the notation of MongoDB's messages: `"text"`, `ObjectId('…')`, `{ a: 1 }`. */
export function describeValue(value: Value | undefined): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Int32 || value instanceof Double || isLong(value)) return value.toString();
  if (value instanceof Decimal128) return `Decimal128('${value.toString()}')`;
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (isDate(value)) return `new Date(${dateMs(value)})`;
  if (value instanceof Binary)
    return `BinData(${value.sub_type}, ${Buffer.from(value.buffer).toString('hex', 0, value.position).toUpperCase()})`;
  if (isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(describeValue).join(', ')} ]`;
  if (isDoc(value))
    return value.size === 0
      ? '{}'
      : `{ ${[...value].map(([field, inner]) => `${field}: ${describeValue(inner)}`).join(', ')} }`;
  return typeName(value);
}
