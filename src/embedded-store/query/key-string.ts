import { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, Int32, ObjectId, Timestamp } from 'bson';
import {
  countDigits,
  decimalFromBigInt,
  decimalFromDouble,
  decimalToDouble,
  compareDecimals,
  parseDecimal,
} from '../bson/decimal.js';
import type { FiniteDecimal } from '../bson/decimal.js';
import type { Doc, NumberValue, Value } from '../bson/value.js';
import {
  DbPointer,
  FarDate,
  isDate,
  isNumber,
  longToBigInt,
  numberOfMs,
  ScopedCode,
  writeObjectId,
} from '../bson/value.js';
import { rankOf } from './compare.js';

/**
 * Key strings: bytes that compare (memcmp) as the values compare in BSON order, alike for values that are equal, so 1 and
 * 1.0 give one key. A component begins with the rank of its type and no component is the beginning of another, so the
 * components of a compound key can stand side by side. A descending component has all its bits turned over.
 */
export function encodeKey(values: readonly Value[], directions: readonly (1 | -1)[]): Uint8Array {
  const writer = new KeyWriter();
  writer.components(values, directions);
  return writer.finish();
}

/**
 * The key of an index entry in one piece: `prefix`, the key string, `suffix`.
 *
 * @returns undefined where the key string alone is not shorter than `max`
 */
export function encodeEntryKey(
  values: readonly Value[],
  directions: readonly (1 | -1)[],
  { prefix, suffix, max }: { prefix: Uint8Array; suffix: Uint8Array; max: number },
): Uint8Array | undefined {
  const writer = new KeyWriter();
  writer.raw(prefix);
  writer.components(values, directions);
  if (writer.length - prefix.length >= max) return undefined;
  writer.raw(suffix);
  return writer.finish();
}

/** One component alone: the prefix of all keys that begin with an equal value, and the material of range bounds. */
export const encodeComponent = (value: Value, direction: 1 | -1 = 1): Uint8Array => encodeKey([value], [direction]);

/**
 * The least bytes that any value of the kind of `value` begins with (its rank), and the first bytes above all of them; turned
 * over when descending, so that `from` <= key < `to` stays true.
 */
export function encodeBracket(value: Value, direction: 1 | -1 = 1): { from: Uint8Array; to: Uint8Array } {
  const rank = rankOf(value);
  // No two ranks are neighbours, and in the other direction 255 - rank keeps that true.
  return direction === 1
    ? { from: Uint8Array.of(rank), to: Uint8Array.of(rank + 1) }
    : { from: Uint8Array.of(255 - rank), to: Uint8Array.of(256 - rank) };
}

/** After the rank of a number. */
const NumberKind = { nan: 1, minusInfinity: 2, finite: 3, infinity: 4 } as const;

/** Ends documents and arrays, and text; in text a NUL is followed by 0xff. */
const END = 0;

/** Characters of a text, or bytes, that are written one by one. */
const SHORT = 32;

/** Longer arrays are not made within V8's own memory, and cost ten times as much there as in Node's pool. */
const SMALL_ARRAY = 64;

let scratch = Buffer.allocUnsafeSlow(512);
/** The same memory, of which copies are cheaper to make. */
let plain = new Uint8Array(scratch.buffer);

class KeyWriter {
  length = 0;

  finish(): Uint8Array {
    const { length } = this;
    return length <= SMALL_ARRAY ? plain.slice(0, length) : Buffer.from(scratch.subarray(0, length));
  }

  components(values: readonly Value[], directions: readonly (1 | -1)[]): void {
    for (let i = 0; i < values.length; i++) this.component(values[i]!, directions[i] ?? 1);
  }

  private component(value: Value, direction: 1 | -1): void {
    const start = this.length;
    this.ranked(value);
    if (direction === 1) return;
    for (let i = start; i < this.length; i++) scratch[i] = ~scratch[i]!;
  }

  private ranked(value: Value): void {
    this.byte(rankOf(value));
    this.payload(value);
  }

  private payload(value: Value): void {
    if (typeof value === 'string') this.text(value);
    else if (value === null) return;
    else if (typeof value === 'boolean') this.byte(value ? 1 : 0);
    else if (value instanceof ObjectId) this.objectId(value);
    else if (isNumber(value)) this.number(value);
    else if (isDate(value)) this.date(value);
    else if (value instanceof Map) this.doc(value);
    else if (Array.isArray(value)) this.array(value);
    else this.rare(value);
  }

  private rare(value: Value): void {
    if (value instanceof Binary) this.binary(value);
    else if ((value as unknown) instanceof Timestamp) this.timestamp(value as Timestamp);
    else if (value instanceof BSONSymbol) this.text(value.value);
    else if (value instanceof Code) this.text(value.code);
    else if (value instanceof BSONRegExp) {
      this.text(value.pattern);
      this.text(value.options);
    } else if (value instanceof ScopedCode) {
      this.text(value.code);
      this.doc(value.scope);
    } else if (value instanceof DbPointer) {
      this.uint32(Buffer.byteLength(value.namespace));
      this.text(value.namespace);
      this.objectId(value.id);
    }
  }

  /** Rank, name, value: MongoDB compares the types of two fields before their names. */
  private doc(doc: Doc): void {
    for (const [name, value] of doc) {
      this.byte(rankOf(value));
      this.text(name);
      this.payload(value);
    }
    this.byte(END);
  }

  private array(values: readonly Value[]): void {
    for (const value of values) this.ranked(value);
    this.byte(END);
  }

  private text(text: string): void {
    if (text.length <= SHORT && this.plainText(text)) return;
    const start = this.length;
    const size = Buffer.byteLength(text);
    this.reserve(size + 2);
    scratch.write(text, start, 'utf8');
    this.length = start + size;
    if (text.includes('\0')) this.escapeNuls(start);
    this.byte(END);
    this.byte(END);
  }

  /** A call into the engine costs more than a few characters. @returns false when nothing was written */
  private plainText(text: string): boolean {
    const at = this.reserve(text.length + 2);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 0 || code > 127) {
        this.length = at;
        return false;
      }
      scratch[at + i] = code;
    }
    scratch[at + text.length] = END;
    scratch[at + text.length + 1] = END;
    return true;
  }

  private escapeNuls(start: number): void {
    const plain = Buffer.from(scratch.subarray(start, this.length));
    this.length = start;
    for (const byte of plain) {
      this.byte(byte);
      if (byte === 0) this.byte(0xff);
    }
  }

  private date(date: Date | FarDate): void {
    const at = this.reserve(8);
    if (date instanceof FarDate) scratch.writeBigInt64BE(date.ms, at);
    else {
      const ms = numberOfMs(date);
      const high = Math.floor(ms / 0x1_0000_0000);
      scratch.writeInt32BE(high, at);
      scratch.writeUInt32BE(ms - high * 0x1_0000_0000, at + 4);
    }
    scratch[at]! ^= 0x80;
  }

  private timestamp(timestamp: Timestamp): void {
    this.uint32(timestamp.t);
    this.uint32(timestamp.i);
  }

  private binary(binary: Binary): void {
    this.uint32(binary.position);
    this.byte(binary.sub_type);
    this.raw(binary.value());
  }

  private number(value: NumberValue): void {
    if (value instanceof Int32) this.exactDouble(value.value);
    else if (value instanceof Double) this.double(value.value);
    else if (value instanceof Decimal128) this.decimal(value);
    else this.long(longToBigInt(value));
  }

  private double(value: number): void {
    if (Number.isNaN(value)) this.byte(NumberKind.nan);
    else if (value === Infinity) this.byte(NumberKind.infinity);
    else if (value === -Infinity) this.byte(NumberKind.minusInfinity);
    else this.exactDouble(value);
  }

  private exactDouble(value: number): void {
    this.floorDouble(value);
    this.byte(0);
  }

  /** @param value the greatest double that is not above the number; -Infinity below all doubles */
  private floorDouble(value: number): void {
    this.byte(NumberKind.finite);
    const at = this.reserve(8);
    scratch.writeDoubleBE(value === 0 ? 0 : value, at);
    if (scratch[at]! < 0x80) scratch[at]! ^= 0x80;
    else for (let i = at; i < at + 8; i++) scratch[i] = ~scratch[i]!;
  }

  private long(value: bigint): void {
    const nearest = Number(value);
    if (BigInt(nearest) === value) return this.exactDouble(nearest);
    this.floorDouble(BigInt(nearest) > value ? nextDown(nearest) : nearest);
    this.digitsAbove(decimalFromBigInt(value));
  }

  private decimal(value: Decimal128): void {
    const decimal = parseDecimal(value);
    if (typeof decimal === 'string') return this.double(Number(decimal));
    const nearest = decimalToDouble(decimal);
    const order = orderOfDouble(nearest, decimal);
    if (order === 0) return this.exactDouble(nearest);
    this.floorDouble(order > 0 ? nextDown(nearest) : nearest);
    this.digitsAbove(decimal);
  }

  /** Tells apart numbers between two doubles, all of one sign: the place of the first digit, then the digits. */
  private digitsAbove(decimal: FiniteDecimal): void {
    this.byte(1);
    const start = this.length;
    this.uint16(countDigits(decimal.digits) + decimal.exponent + 0x4000);
    const digits = decimal.digits.toString().replace(/0+$/, '');
    // Each digit plus one, so that the end is less than any digit.
    for (let i = 0; i < digits.length; i++) this.byte(digits.charCodeAt(i) - 47);
    this.byte(END);
    if (decimal.negative) for (let i = start; i < this.length; i++) scratch[i] = ~scratch[i]!;
  }

  private byte(byte: number): void {
    // First the place, then the buffer: making room may put another buffer in its stead.
    const at = this.reserve(1);
    scratch[at] = byte;
  }

  private objectId(id: ObjectId): void {
    const at = this.reserve(12);
    writeObjectId(id, scratch, at);
  }

  private uint16(value: number): void {
    const at = this.reserve(2);
    scratch.writeUInt16BE(value, at);
  }

  private uint32(value: number): void {
    const at = this.reserve(4);
    scratch.writeUInt32BE(value, at);
  }

  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    if (bytes.length > SHORT) scratch.set(bytes, at);
    else for (let i = 0; i < bytes.length; i++) scratch[at + i] = bytes[i]!;
  }

  private reserve(size: number): number {
    const start = this.length;
    this.length += size;
    if (this.length > scratch.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.length, scratch.length * 2));
      scratch.copy(larger, 0, 0, start);
      scratch = larger;
      plain = new Uint8Array(scratch.buffer);
    }
    return start;
  }
}

/** @returns above zero when the double is above the decimal */
function orderOfDouble(double: number, decimal: FiniteDecimal): number {
  if (!Number.isFinite(double)) return double;
  const exact = decimalFromDouble(double);
  return typeof exact === 'string' ? 0 : compareDecimals(exact, decimal);
}

/** @returns the next smaller double; of Infinity the largest finite one */
function nextDown(value: number): number {
  if (value === -Infinity) return value;
  if (value === 0) return -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}
