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
import { badValue } from '../errors.js';
import { MAX_DEPTH } from './decode.js';
import type { Doc, Value } from './value.js';
import { BsonUndefined, DbPointer, FarDate, numberOfMs, ScopedCode, writeObjectId } from './value.js';

/**
 * @returns the BSON bytes of `doc`, which nobody else changes
 * @throws MongoError BadValue (2) for a field name with a NUL, which BSON cannot hold, and for more than 100 levels
 */
export function encode(doc: Doc): Uint8Array {
  const writer = takeWriter();
  try {
    writer.document(doc, 0);
    return writer.finish();
  } finally {
    spareWriter = writer;
  }
}

/** One writer is kept between calls, so that its buffer has grown already. */
let spareWriter: Writer | undefined;

function takeWriter(): Writer {
  const writer = spareWriter ?? new Writer();
  spareWriter = undefined;
  writer.reset();
  return writer;
}

const KEPT_BYTES = 1 << 20;
/** Characters of a text that is written one by one. */
const SHORT = 24;

class Writer {
  private bytes = Buffer.allocUnsafe(4096);
  private offset = 0;

  reset(): void {
    this.offset = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafe(4096);
  }

  finish(): Uint8Array {
    return Buffer.from(this.bytes.subarray(0, this.offset));
  }

  document(doc: Doc, depth: number): void {
    const start = this.open(depth);
    for (const [name, value] of doc) this.element(name, value, depth);
    this.close(start);
  }

  private array(values: readonly Value[], depth: number): void {
    const start = this.open(depth);
    for (let i = 0; i < values.length; i++) this.element(String(i), values[i]!, depth);
    this.close(start);
  }

  private open(depth: number): number {
    if (depth >= MAX_DEPTH) throw badValue(`document is nested deeper than ${MAX_DEPTH} levels`);
    return this.take(4);
  }

  private close(start: number): void {
    this.byte(0);
    this.bytes.writeInt32LE(this.offset - start, start);
  }

  private element(name: string, value: Value, depth: number): void {
    const typeAt = this.take(1);
    this.cstring(name);
    // The value may grow the buffer, so its type byte is written last.
    const type = this.value(value, depth);
    this.bytes[typeAt] = type;
  }

  /** Writes the value. @returns its type byte */
  private value(value: Value, depth: number): number {
    if (typeof value === 'string') return this.string(0x02, value);
    if (value === null) return 0x0a;
    if (typeof value === 'boolean') {
      this.byte(value ? 1 : 0);
      return 0x08;
    }
    if (value instanceof Map) {
      this.document(value, depth + 1);
      return 0x03;
    }
    if (Array.isArray(value)) {
      this.array(value, depth + 1);
      return 0x04;
    }
    return this.number(value) ?? this.common(value) ?? this.rare(value, depth);
  }

  private number(value: Exclude<Value, null | string | boolean>): number | undefined {
    if (value instanceof Int32) {
      this.int32(value.value);
      return 0x10;
    }
    if (value instanceof Double) {
      const at = this.take(8);
      this.bytes.writeDoubleLE(value.value, at);
      return 0x01;
    }
    if (value instanceof Long) {
      this.int32(value.low);
      this.int32(value.high);
      // A Timestamp is a Long by inheritance.
      return (value as unknown) instanceof Timestamp ? 0x11 : 0x12;
    }
    return undefined;
  }

  private common(value: Exclude<Value, null | string | boolean>): number | undefined {
    if (value instanceof ObjectId) {
      this.objectId(value);
      return 0x07;
    }
    if (value instanceof Date) {
      const ms = numberOfMs(value);
      const high = Math.floor(ms / 0x1_0000_0000);
      this.int32((ms - high * 0x1_0000_0000) | 0);
      this.int32(high);
      return 0x09;
    }
    if (value instanceof FarDate) {
      const at = this.take(8);
      this.bytes.writeBigInt64LE(value.ms, at);
      return 0x09;
    }
    if (value instanceof Binary) {
      this.int32(value.position);
      this.byte(value.sub_type);
      this.raw(value.buffer.subarray(0, value.position));
      return 0x05;
    }
    if (value instanceof Decimal128) {
      this.raw(value.bytes);
      return 0x13;
    }
    return undefined;
  }

  private rare(value: Exclude<Value, null | string | boolean>, depth: number): number {
    if (value instanceof BSONRegExp) {
      this.cstring(value.pattern);
      this.cstring(value.options);
      return 0x0b;
    }
    if (value instanceof BsonUndefined) return 0x06;
    if (value instanceof MinKey) return 0xff;
    if (value instanceof MaxKey) return 0x7f;
    if (value instanceof BSONSymbol) return this.string(0x0e, value.value);
    if (value instanceof Code) return this.string(0x0d, value.code);
    if (value instanceof DbPointer) {
      this.string(0x0c, value.namespace);
      this.objectId(value.id);
      return 0x0c;
    }
    if (value instanceof ScopedCode) return this.scopedCode(value, depth);
    throw new TypeError(`not a BSON value: ${typeof value}`);
  }

  private scopedCode(value: ScopedCode, depth: number): number {
    const start = this.take(4);
    this.string(0x02, value.code);
    this.document(value.scope, depth + 1);
    this.bytes.writeInt32LE(this.offset - start, start);
    return 0x0f;
  }

  /** Makes room. @returns where it starts */
  private take(length: number): number {
    const start = this.offset;
    this.offset += length;
    if (this.offset > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.offset, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, start);
      this.bytes = larger;
    }
    return start;
  }

  private byte(value: number): void {
    // First the place, then the buffer: making room may put another buffer in its stead.
    const at = this.take(1);
    this.bytes[at] = value;
  }

  private int32(value: number): void {
    const at = this.take(4);
    this.bytes.writeInt32LE(value, at);
  }

  private objectId(id: ObjectId): void {
    const at = this.take(12);
    writeObjectId(id, this.bytes, at);
  }

  private raw(source: Uint8Array): void {
    const at = this.take(source.length);
    this.bytes.set(source, at);
  }

  private string(type: number, text: string): number {
    const start = this.take(4);
    if (text.length > SHORT || !this.ascii(text)) this.utf8(text);
    this.bytes.writeInt32LE(this.offset - start - 4, start);
    return type;
  }

  private cstring(text: string): void {
    if (text.includes('\0')) throw badValue('field names and regular expressions may not contain NUL');
    if (text.length > SHORT || !this.ascii(text)) this.utf8(text);
  }

  /** A call into the engine costs more than the few characters of most names. @returns false when nothing was written */
  private ascii(text: string): boolean {
    const at = this.take(text.length + 1);
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        this.offset = at;
        return false;
      }
      bytes[at + i] = code;
    }
    bytes[at + text.length] = 0;
    return true;
  }

  private utf8(text: string): void {
    const length = Buffer.byteLength(text);
    const at = this.take(length + 1);
    this.bytes.write(text, at, 'utf8');
    this.bytes[at + length] = 0;
  }
}
