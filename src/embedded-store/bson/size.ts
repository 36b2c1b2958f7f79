import { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, ObjectId } from 'bson';
import type { Doc, Value } from './value.js';
import { BsonUndefined, DbPointer, MAX_KEY, MIN_KEY, ScopedCode } from './value.js';

/** @returns how many bytes `encode` would write */
export function encodedSize(doc: Doc): number {
  let size = 5;
  for (const [name, value] of doc) size += 2 + Buffer.byteLength(name) + valueSize(value);
  return size;
}

/** Bytes of the value alone, without type and name. */
export function valueSize(value: Value): number {
  if (typeof value === 'string') return 5 + Buffer.byteLength(value);
  if (value === null) return 0;
  if (typeof value === 'boolean') return 1;
  if (value instanceof Map) return encodedSize(value);
  if (Array.isArray(value))
    return value.reduce((size: number, item, i) => size + 2 + String(i).length + valueSize(item), 5);
  if (value instanceof ObjectId) return 12;
  if (value instanceof Decimal128) return 16;
  if (value instanceof Binary) return 5 + value.position;
  return rareSize(value);
}

function rareSize(value: Exclude<Value, null | string | boolean>): number {
  if (value instanceof BSONRegExp) return 2 + Buffer.byteLength(value.pattern) + Buffer.byteLength(value.options);
  if (value instanceof BSONSymbol) return 5 + Buffer.byteLength(value.value);
  if (value instanceof Code) return 5 + Buffer.byteLength(value.code);
  if (value instanceof ScopedCode) return 9 + Buffer.byteLength(value.code) + encodedSize(value.scope);
  if (value instanceof DbPointer) return 17 + Buffer.byteLength(value.namespace);
  if (value instanceof BsonUndefined || value === MIN_KEY || value === MAX_KEY) return 0;
  return '_bsontype' in value && value._bsontype === 'Int32' ? 4 : 8;
}
