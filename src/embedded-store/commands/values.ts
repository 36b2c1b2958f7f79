import type { Int32, Long } from 'bson';
export { toDoc } from '../bson/convert.js';
import {
  type Doc,
  int32,
  isDoc,
  isLong,
  isNumber,
  long as toLong,
  longToBigInt,
  typeName,
  type Value,
} from '../bson/value.js';
import { MongoError, typeMismatch } from '../errors.js';

export const int = (value: number): Int32 => int32(value);
export const long = (value: number | bigint): Long => toLong(BigInt(value));

/** Reads one kind of option; `name` is for the message. */
export type Read<T> = (value: Value, name: string) => T;

/** @throws MongoError 14 when it is there and of another kind */
export function optional<T>(args: Doc, name: string, read: Read<T>): T | undefined {
  const value = args.get(name);
  return value === undefined ? undefined : read(value, name);
}

/** @throws MongoError 40414 when it is not there */
export function required<T>(args: Doc, name: string, read: Read<T>): T {
  const value = args.get(name);
  if (value === undefined) throw new MongoError(40414, `BSON field '${name}' is missing but a required field`);
  return read(value, name);
}

function wrongType(value: Value, name: string, expected: string): MongoError {
  return typeMismatch(`BSON field '${name}' is the wrong type '${typeName(value)}', expected type '${expected}'`);
}

export function document(value: Value, name: string): Doc {
  if (isDoc(value)) return value;
  throw wrongType(value, name, 'object');
}

export function string(value: Value, name: string): string {
  if (typeof value === 'string') return value;
  throw wrongType(value, name, 'string');
}

/** Numbers count as booleans, as in most commands of MongoDB. */
export function boolean(value: Value, name: string): boolean {
  if (typeof value === 'boolean') return value;
  if (isNumber(value)) return Number(value) !== 0;
  throw wrongType(value, name, 'bool');
}

/** A whole number; doubles and int64 count when they are whole and exact. */
export function integer(value: Value, name: string): number {
  if (!isNumber(value)) throw wrongType(value, name, 'long');
  const number = Number(value.toString());
  if (Number.isSafeInteger(number)) return number;
  throw new MongoError(9, `Expected an integer: ${name}: ${value.toString()}`);
}

export function bigInteger(value: Value, name: string): bigint {
  return isLong(value) ? longToBigInt(value) : BigInt(integer(value, name));
}
