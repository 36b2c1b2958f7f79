import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';

/**
 * One BSON value. Numbers are always boxed, so that int32, int64 and double stay apart. `undefined` of JavaScript is no
 * value: it means "missing"; the BSON type of that name is UNDEFINED.
 * Values are shared between documents and never changed in place.
 */
export type Value =
  | null
  | boolean
  | string
  | Int32
  | Double
  | Long
  | Decimal128
  | Date
  | FarDate
  | Timestamp
  | ObjectId
  | Binary
  | BSONRegExp
  | BSONSymbol
  | Code
  | ScopedCode
  | DbPointer
  | BsonUndefined
  | MinKey
  | MaxKey
  | Doc
  | Value[];

/** A document: a Map keeps the order of fields, also of those that look like integers, and `__proto__` is a name like any. */
export interface Doc extends Map<string, Value> {}

/** A BSON date outside the ±8.64e15 ms that a JavaScript Date can hold. */
export class FarDate {
  constructor(readonly ms: bigint) {}
}

/** JavaScript with variables; deprecated in BSON, kept as it came. */
export class ScopedCode {
  constructor(
    readonly code: string,
    readonly scope: Doc,
  ) {}
}

/** Deprecated BSON type 12, kept as it came. */
export class DbPointer {
  constructor(
    readonly namespace: string,
    readonly id: ObjectId,
  ) {}
}

export class BsonUndefined {
  readonly bson = 'undefined';
}

export const UNDEFINED = new BsonUndefined();
export const MIN_KEY = new MinKey();
export const MAX_KEY = new MaxKey();

/** BSON type numbers, as `$type` takes them. */
export const Type = {
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binData: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  javascript: 13,
  symbol: 14,
  javascriptWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: -1,
  maxKey: 127,
} as const;

export type TypeName = keyof typeof Type;
export type TypeCode = (typeof Type)[TypeName];

const namesByType = new Map<TypeCode, TypeName>(
  Object.entries(Type).map(([name, code]) => [code, name as TypeName] as const),
);

export function typeOf(value: Value): TypeCode {
  if (typeof value === 'string') return Type.string;
  if (typeof value === 'boolean') return Type.bool;
  if (value === null) return Type.null;
  if (value instanceof Map) return Type.object;
  if (value instanceof Int32) return Type.int;
  if (value instanceof ObjectId) return Type.objectId;
  if (Array.isArray(value)) return Type.array;
  if (value instanceof Date) return Type.date;
  if (value instanceof Double) return Type.double;
  // A Timestamp is a Long by inheritance, so it comes first.
  if (value instanceof Timestamp) return Type.timestamp;
  if (value instanceof Long) return Type.long;
  return rareTypeOf(value);
}

function rareTypeOf(value: Value): TypeCode {
  if (value instanceof Binary) return Type.binData;
  if (value instanceof Decimal128) return Type.decimal;
  if (value instanceof FarDate) return Type.date;
  if (value instanceof BSONRegExp) return Type.regex;
  if (value instanceof BsonUndefined) return Type.undefined;
  if (value instanceof MinKey) return Type.minKey;
  if (value instanceof MaxKey) return Type.maxKey;
  if (value instanceof BSONSymbol) return Type.symbol;
  if (value instanceof Code) return Type.javascript;
  if (value instanceof ScopedCode) return Type.javascriptWithScope;
  if (value instanceof DbPointer) return Type.dbPointer;
  throw new TypeError(`not a BSON value: ${typeof value}`);
}

export const typeName = (value: Value | undefined): TypeName | 'missing' =>
  value === undefined ? 'missing' : namesByType.get(typeOf(value))!;

export type NumberValue = Int32 | Double | Long | Decimal128;

export const isDoc = (value: Value | undefined): value is Doc => value instanceof Map;

export const isArray = (value: Value | undefined): value is Value[] => Array.isArray(value);

export const isLong = (value: Value | undefined): value is Long =>
  value instanceof Long && !((value as unknown) instanceof Timestamp);

export const isNumber = (value: Value | undefined): value is NumberValue =>
  value instanceof Int32 || value instanceof Double || value instanceof Decimal128 || isLong(value);

export const isDate = (value: Value | undefined): value is Date | FarDate =>
  value instanceof Date || value instanceof FarDate;

const MAX_JS_DATE = 8_640_000_000_000_000n;

export const dateFromMs = (ms: bigint): Date | FarDate =>
  ms >= -MAX_JS_DATE && ms <= MAX_JS_DATE ? new Date(Number(ms)) : new FarDate(ms);

/** An invalid JavaScript Date has no place in BSON and counts as 0, as the driver writes it. */
export const numberOfMs = (date: Date): number => date.getTime() || 0;

export const dateMs = (date: Date | FarDate): bigint => (date instanceof FarDate ? date.ms : BigInt(numberOfMs(date)));

export const longToBigInt = (long: Long): bigint => (BigInt(long.high) << 32n) | BigInt(long.low >>> 0);

/**
 * Writes the 12 bytes of an ObjectId. Its `id` makes a new array at each look, several times for each document that is written; this
 * is what the package itself writes with, though its types do not show it.
 */
export function writeObjectId(id: ObjectId, bytes: Uint8Array, at: number): void {
  (id as unknown as { serializeInto(bytes: Uint8Array, at: number): void }).serializeInto(bytes, at);
}

const smallInts = Array.from({ length: 1152 }, (_, i) => new Int32(i - 128));

/** @param value a whole number within int32 */
export const int32 = (value: number): Int32 =>
  value >= -128 && value < 1024 ? smallInts[value + 128]! : new Int32(value);

/** @param value a whole number within int64 */
export const long = (value: bigint): Long => Long.fromBits(Number(value & 0xffffffffn), Number(value >> 32n));
