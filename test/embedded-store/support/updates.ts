import { expect, it } from '@jest/globals';
import { Decimal128, deserialize, Double, EJSON } from 'bson';
import { toDoc, toValue } from '../../../src/embedded-store/bson/convert.js';
import { encode } from '../../../src/embedded-store/bson/encode.js';
import type { Doc } from '../../../src/embedded-store/bson/value.js';
import { compileFilter } from '../../../src/embedded-store/query/filter.js';
import { compileUpdate } from '../../../src/embedded-store/query/update.js';

export const now = new Date(1_700_000_000_000);
export const dbl = (value: number): Double => new Double(value);
export const dec = (text: string): Decimal128 => Decimal128.fromString(text);

/** Shows types and the order of fields. */
export const show = (doc: Doc): string =>
  EJSON.stringify(deserialize(encode(doc), { promoteValues: false }), { relaxed: false });

export interface Given {
  filter?: object;
  arrayFilters?: object[];
  isInsert?: boolean;
}

function apply(update: object, doc: object, { filter, arrayFilters, isInsert }: Given = {}): Doc {
  const given = toDoc(doc);
  const before = show(given);
  const compiled = compileUpdate(Array.isArray(update) ? update.map(toValue) : toDoc(update), {
    arrayFilters: arrayFilters?.map(toDoc),
  });
  const positional = filter && compileFilter(toDoc(filter)).positional(given);
  const result = compiled.apply(given, { positional, isInsert: isInsert ?? false, now });
  expect(show(given)).toBe(before);
  return result;
}

type Row = [update: object, doc: object, expected: object, given?: Given];

export function table(rows: Row[]): void {
  it.each(rows.map((row) => [row[0], row[1], row] as const))(
    '%j on %j',
    (_update, _doc, [update, doc, expected, given]) => {
      expect(show(apply(update, doc, given))).toBe(show(toDoc(expected)));
    },
  );
}

export function refusals(rows: [update: object, doc: object, code: number, given?: Given][]): void {
  it.each(rows.map((row) => [row[0], row[1], row[2], row] as const))(
    '%j on %j is refused with %d',
    (_u, _d, _c, row) => {
      const [update, doc, code, given] = row;
      expect(() => apply(update, doc, given)).toThrow(expect.objectContaining({ name: 'MongoError', code }));
    },
  );
}
