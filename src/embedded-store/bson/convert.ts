import { Binary, BSONRegExp, Code, deserialize, Double, Long, type Document } from 'bson';
import { encode } from './encode.js';
import type { Doc, Value } from './value.js';
import { BsonUndefined, dateFromMs, DbPointer, FarDate, int32, ScopedCode } from './value.js';

/**
 * Plain JavaScript as the driver would send it: whole numbers within int32 become int32, other numbers double, bigint
 * int64; fields that are undefined are left out. Maps and BSON values pass through, so replies can hold documents.
 */
export function toDoc(plain: object): Doc {
  return plain instanceof Map ? (plain as Doc) : docFrom(plain);
}

function docFrom(plain: object): Doc {
  const doc: Doc = new Map();
  for (const [name, value] of Object.entries(plain)) if (value !== undefined) doc.set(name, toValue(value));
  return doc;
}

export function toValue(plain: unknown): Value {
  switch (typeof plain) {
    case 'string':
    case 'boolean':
      return plain;
    case 'number':
      return Number.isInteger(plain) && plain === (plain | 0) && !Object.is(plain, -0)
        ? int32(plain)
        : new Double(plain);
    case 'bigint':
      return Long.fromBigInt(plain);
    case 'object':
      return plain === null ? null : fromObject(plain);
    default:
      throw new TypeError(`no BSON for ${typeof plain}`);
  }
}

const itemOf = (item: unknown): Value => (item === undefined ? null : toValue(item));

function fromObject(plain: object): Value {
  if (Array.isArray(plain)) return Array.from(plain as unknown[], itemOf);
  if (plain instanceof Map) return plain as Doc;
  if (plain instanceof RegExp) return new BSONRegExp(plain.source, plain.flags.replace(/[^ims]/g, ''));
  if (plain instanceof Uint8Array) return new Binary(plain);
  if (plain instanceof Binary && plain.sub_type === Binary.SUBTYPE_BYTE_ARRAY) return oldBinary(plain);
  if (plain instanceof Code && plain.scope) return new ScopedCode(plain.code, docFrom(plain.scope));
  const isValue =
    '_bsontype' in plain || [Date, FarDate, BsonUndefined, DbPointer, ScopedCode].some((type) => plain instanceof type);
  return isValue ? (plain as Value) : docFrom(plain);
}

/** Subtype 2 repeats its length inside; the driver hides that, our documents hold the bytes as they are stored. */
function oldBinary(plain: Binary): Binary {
  const content = plain.value();
  const bytes = Buffer.alloc(content.length + 4);
  bytes.writeInt32LE(content.length);
  bytes.set(content, 4);
  return new Binary(bytes, Binary.SUBTYPE_BYTE_ARRAY);
}

/** The reverse of `toDoc`, with the driver's defaults: numbers of all kinds but Decimal128 come out as numbers. */
export const fromDoc = (doc: Doc): Document => deserialize(encode(doc));

/** @returns `ms` since 1970 as a BSON date */
export const toDate = (ms: number): Value => dateFromMs(BigInt(ms));
