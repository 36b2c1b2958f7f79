import { Double } from 'bson';
import { isArray, isDoc, isNumber, type Doc, type NumberValue, type Value } from '../../bson/value.js';
import { MongoError } from '../../errors.js';

export interface Slice {
  path: readonly string[];
  /** Undefined: `limit` counts from the start, or from the end when negative. */
  skip: number | undefined;
  limit: number;
}

/** Whether it is the `$slice` of find, which takes `count` or `[skip, limit]`; the expression takes an array first. */
export function isSlice(operand: Value): operand is NumberValue | Value[] {
  if (isNumber(operand)) return true;
  return isArray(operand) && operand.length === 2 && operand.every((part) => isNumber(part));
}

export function parseSlice(path: readonly string[], operand: NumberValue | Value[]): Slice {
  if (!isArray(operand)) return { path, skip: undefined, limit: whole(operand) };
  const [skip, limit] = (operand as NumberValue[]).map(whole) as [number, number];
  if (limit <= 0) throw new MongoError(31259, `$slice limit must be positive, got ${limit}`);
  return { path, skip, limit };
}

function whole(value: NumberValue): number {
  const number = Math.trunc(value instanceof Double ? value.value : Number(value.toString()));
  return Number.isNaN(number) ? 0 : Math.min(Math.max(number, -2147483648), 2147483647);
}

export function compileSlice(slice: Slice): (doc: Doc) => Doc {
  const inDoc = (doc: Doc, at: number): Doc => {
    const name = slice.path[at]!;
    const value = doc.get(name);
    if (value === undefined) return doc;
    return new Map(doc).set(name, at + 1 === slice.path.length ? sliced(value, slice) : below(value, at + 1));
  };
  const below = (value: Value, at: number): Value => {
    if (isDoc(value)) return inDoc(value, at);
    return isArray(value) ? value.map((element) => below(element, at)) : value;
  };
  return (doc) => inDoc(doc, 0);
}

function sliced(value: Value, { skip, limit }: Slice): Value {
  if (!isArray(value)) return value;
  if (skip === undefined) return limit < 0 ? value.slice(limit) : value.slice(0, limit);
  const start = skip < 0 ? Math.max(value.length + skip, 0) : skip;
  return value.slice(start, start + limit);
}
