import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { toDoc, toValue } from '../../../src/embedded-store/bson/convert.js';
import { equalValues } from '../../../src/embedded-store/query/compare.js';
import { comparisonTest } from '../../../src/embedded-store/query/filter/comparison.js';
import { compileFilter } from '../../../src/embedded-store/query/filter.js';
import { compileKeys } from '../../../src/embedded-store/query/index-keys.js';
import { MongoError } from '../../../src/embedded-store/errors.js';
import type { Doc, Value } from '../../../src/embedded-store/bson/value.js';
import { doc, path, scalar } from '../support/plain.js';

/** @returns undefined for a document that cannot be indexed by the path */
function keysOf(candidate: Doc, field: string): Value[] | undefined {
  try {
    return compileKeys([field])(candidate).keys.map(([key]) => key!);
  } catch (error) {
    if (error instanceof MongoError) return undefined;
    throw error;
  }
}

const operand = scalar.filter((value) => value !== null);

it('finds by equality what an index on the path has under that key', () => {
  fc.assert(
    fc.property(path, operand, fc.array(doc, { maxLength: 10 }), (field, value, docs) => {
      const filter = compileFilter(toDoc({ [field]: value }));
      for (const candidate of docs.map(toDoc)) {
        if (!filter.matches(candidate)) continue;
        const keys = keysOf(candidate, field);
        if (keys) expect(keys.some((key) => equalValues(key, toValue(value)))).toBe(true);
      }
    }),
    { seed: 3, numRuns: 1500 },
  );
});

it('finds by range what an index on the path has within it', () => {
  const range = fc.constantFrom('gt', 'gte', 'lt', 'lte');
  fc.assert(
    fc.property(path, range, operand, fc.array(doc, { maxLength: 10 }), (field, kind, value, docs) => {
      const filter = compileFilter(toDoc({ [field]: { [`$${kind}`]: value } }));
      const isWithin = comparisonTest(kind, toValue(value));
      for (const candidate of docs.map(toDoc)) {
        if (!filter.matches(candidate)) continue;
        const keys = keysOf(candidate, field);
        if (keys) expect(keys.some(isWithin)).toBe(true);
      }
    }),
    { seed: 4, numRuns: 1500 },
  );
});
