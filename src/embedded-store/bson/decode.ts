import { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, Long, ObjectId, Timestamp } from 'bson';
import { ErrorCodes, MongoError } from '../errors.js';
import type { Doc, Value } from './value.js';
import { dateFromMs, DbPointer, int32, MAX_KEY, MIN_KEY, ScopedCode, UNDEFINED } from './value.js';

/** https://www.mongodb.com/docs/manual/reference/limits/#nested-depth-for-bson-documents */
export const MAX_DEPTH = 100;

const invalid = (what: string, offset: number): MongoError =>
  new MongoError(ErrorCodes.InvalidBSON, `invalid BSON: ${what} at byte ${offset}`);

/**
 * Reads one document that fills `bytes` exactly. What it returns shares no memory with `bytes`.
 * @throws MongoError InvalidBSON (22) for anything but well-formed BSON with valid UTF-8
 */
export function decode(bytes: Uint8Array): Doc {
  const reader = new Reader(bytes);
  const doc = reader.document(0);
  if (reader.offset !== bytes.length) throw invalid('bytes after the end of the document', reader.offset);
  return doc;
}

/** Field names that were read lately, in ASCII, by a hash of their bytes: most documents have names like those before them. */
const NAMES = 1024;
const LONGEST_NAME = 64;
const names: string[] = Array.from({ length: NAMES }, () => '');

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes of a text that are read one by one: a call into the engine costs more. */
const SHORT = 24;

/** An ObjectId keeps numbers of its own, not the bytes it is made of. */
const idBytes = new Uint8Array(12);

class Reader {
  offset = 0;
  private readonly bytes: Buffer;

  constructor(source: Uint8Array) {
    this.bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  }

  document(depth: number): Doc {
    const end = this.open(depth);
    const doc: Doc = new Map();
    for (let count = 1, type = this.byte(); type !== 0; count++, type = this.byte()) {
      const name = this.name();
      doc.set(name, this.value(type, depth));
      if (doc.size !== count) throw invalid(`the field '${name.slice(0, 100)}' appears twice`, this.offset);
    }
    if (this.offset !== end) throw invalid('document length does not fit its content', this.offset);
    return doc;
  }

  private array(depth: number): Value[] {
    const end = this.open(depth);
    const values: Value[] = [];
    for (let type = this.byte(); type !== 0; type = this.byte()) {
      // Names in an array carry no meaning: MongoDB reads them in order too.
      this.offset = this.endOfCstring() + 1;
      values.push(this.value(type, depth));
    }
    if (this.offset !== end) throw invalid('array length does not fit its content', this.offset);
    return values;
  }

  /** @returns where the document must end */
  private open(depth: number): number {
    if (depth >= MAX_DEPTH) throw invalid(`nested deeper than ${MAX_DEPTH} levels`, this.offset);
    const start = this.offset;
    const length = this.int32();
    if (length < 5 || start + length > this.bytes.length) throw invalid('wrong document length', start);
    return start + length;
  }

  private value(type: number, depth: number): Value {
    switch (type) {
      case 0x01:
        return new Double(this.bytes.readDoubleLE(this.take(8)));
      case 0x02:
        return this.string();
      case 0x03:
        return this.document(depth + 1);
      case 0x04:
        return this.array(depth + 1);
      case 0x07:
        return this.objectId();
      case 0x08:
        return this.boolean();
      case 0x09:
        return this.date();
      case 0x0a:
        return null;
      case 0x10:
        return int32(this.int32());
      case 0x12:
        return Long.fromBits(this.int32(), this.int32());
      default:
        return this.rareValue(type, depth);
    }
  }

  private rareValue(type: number, depth: number): Value {
    switch (type) {
      case 0x05:
        return this.binary();
      case 0x06:
        return UNDEFINED;
      case 0x0b:
        return this.regex();
      case 0x0c:
        return new DbPointer(this.string(), this.objectId());
      case 0x0d:
        return new Code(this.string());
      case 0x0e:
        return new BSONSymbol(this.string());
      case 0x0f:
        return this.scopedCode(depth);
      case 0x11:
        return new Timestamp(Long.fromBits(this.int32(), this.int32(), true));
      case 0x13:
        return new Decimal128(this.copy(16));
      case 0xff:
        return MIN_KEY;
      case 0x7f:
        return MAX_KEY;
      default:
        throw invalid(`unknown type 0x${type.toString(16)}`, this.offset);
    }
  }

  /** Moves past `length` bytes. @returns where they start */
  private take(length: number): number {
    const start = this.offset;
    if (length < 0 || start + length > this.bytes.length) throw invalid('value reaches past the end', start);
    this.offset = start + length;
    return start;
  }

  private copy(length: number): Uint8Array {
    const start = this.take(length);
    return Uint8Array.prototype.slice.call(this.bytes, start, start + length);
  }

  private byte(): number {
    return this.bytes[this.take(1)]!;
  }

  private int32(): number {
    return this.bytes.readInt32LE(this.take(4));
  }

  private objectId(): ObjectId {
    const start = this.take(12);
    for (let i = 0; i < 12; i++) idBytes[i] = this.bytes[start + i]!;
    return new ObjectId(idBytes);
  }

  private boolean(): boolean {
    const byte = this.byte();
    if (byte > 1) throw invalid('a boolean is 0 or 1', this.offset - 1);
    return byte === 1;
  }

  private date(): Value {
    const low = this.int32() >>> 0;
    const high = this.int32();
    const ms = high * 0x1_0000_0000 + low;
    return Math.abs(ms) <= 8.64e15 ? new Date(ms) : dateFromMs((BigInt(high) << 32n) | BigInt(low));
  }

  private string(): string {
    const length = this.int32();
    if (length < 1) throw invalid('a string needs at least its end', this.offset);
    const start = this.take(length);
    const end = start + length - 1;
    if (this.bytes[end] !== 0) throw invalid('string without end', end);
    return this.text(start, end);
  }

  private endOfCstring(): number {
    const end = this.bytes.indexOf(0, this.offset);
    if (end < 0) throw invalid('name without end', this.offset);
    return end;
  }

  /** A field name: the same string as before where it can be, made once and hashed once. */
  private name(): string {
    const { bytes } = this;
    const start = this.offset;
    let [hash, end] = [0, start];
    for (let byte = bytes[end]; byte !== 0; byte = bytes[++end]) {
      if (byte === undefined) throw invalid('name without end', start);
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const slot = hash & (NAMES - 1);
    const known = names[slot]!;
    if (this.reads(known, start, end)) {
      this.offset = end + 1;
      return known;
    }
    const name = this.cstring();
    // As many characters as bytes: it is ASCII.
    if (name.length === end - start && name.length <= LONGEST_NAME) names[slot] = name;
    return name;
  }

  /** Whether the bytes are the characters of a text in ASCII. */
  private reads(text: string, start: number, end: number): boolean {
    if (text.length !== end - start) return false;
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== this.bytes[start + i]) return false;
    return true;
  }

  private cstring(): string {
    const start = this.offset;
    const end = this.endOfCstring();
    this.offset = end + 1;
    return this.text(start, end);
  }

  private text(start: number, end: number): string {
    if (end - start < SHORT) {
      const short = this.ascii(start, end);
      if (short !== undefined) return short;
    }
    const text = this.bytes.toString('utf8', start, end);
    // The replacement character may be genuine; only then is the strict, slower decoder asked.
    if (text.includes('\ufffd')) this.requireUtf8(start, end);
    return text;
  }

  private ascii(start: number, end: number): string | undefined {
    let text = '';
    for (let i = start; i < end; i++) {
      const byte = this.bytes[i]!;
      if (byte > 127) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  private requireUtf8(start: number, end: number): void {
    try {
      strictUtf8.decode(this.bytes.subarray(start, end));
    } catch {
      throw invalid('text is not UTF-8', start);
    }
  }

  private binary(): Binary {
    const length = this.int32();
    const subtype = this.byte();
    return new Binary(this.copy(length), subtype);
  }

  private regex(): BSONRegExp {
    const regex = new BSONRegExp(this.cstring());
    // Not through the constructor: it would sort the options, and refuse some that others may have stored.
    regex.options = this.cstring();
    return regex;
  }

  private scopedCode(depth: number): ScopedCode {
    const start = this.offset;
    const length = this.int32();
    const scoped = new ScopedCode(this.string(), this.document(depth + 1));
    if (this.offset !== start + length) throw invalid('length of code does not fit its content', start);
    return scoped;
  }
}
