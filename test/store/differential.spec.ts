import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Collection, Decimal128, type Document, type IndexDescription, Long } from 'mongodb';
import { useStore } from './support.js';

/** `FUZZ_RUNS=2000 npm test -- differential` for a long run. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 40);
const store = useStore();

const scalar = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -2, max: 3 }) },
  fc.constantFrom<unknown>(null, 'a', 'b', 'B', '', true, false, 1.5, NaN),
  fc.constantFrom<unknown>(Long.fromNumber(1), Long.fromString('9007199254740993'), Decimal128.fromString('1.0')),
  fc.constantFrom<unknown>(new Date(0), new Date(-1), 'x'.repeat(1500), `${'x'.repeat(1500)}y`, 'x'.repeat(1160)),
);
const subdocument = fc.record(
  { b: scalar, c: fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })) },
  { requiredKeys: [] },
);
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(fc.oneof(scalar, subdocument), { maxLength: 3 }),
  subdocument,
);
const fields = fc.record({ a: value, d: value, e: scalar }, { requiredKeys: [] });

const path = fc.constantFrom('a', 'a.b', 'a.c', 'd', 'd.b', 'e', '_id');
const operator = fc.oneof(
  fc.tuple(fc.constantFrom('$eq', '$gt', '$gte', '$lt', '$lte', '$ne'), scalar),
  fc.tuple(fc.constantFrom('$in', '$nin'), fc.array(scalar, { maxLength: 3 })),
  fc.tuple(fc.constant('$exists'), fc.boolean()),
  fc.tuple(fc.constant('$type'), fc.constantFrom('number', 'string', 'null', 'array', 'object')),
  fc.tuple(fc.constant('$size'), fc.integer({ min: 0, max: 2 })),
);
const condition: fc.Arbitrary<Document> = fc
  .uniqueArray(operator, { minLength: 1, maxLength: 2, selector: ([name]) => name })
  .map((operators): Document => Object.fromEntries(operators));
const leaf: fc.Arbitrary<Document> = fc.oneof(
  fc.tuple(path, condition).map(([name, test]) => ({ [name]: test })),
  fc.tuple(path, value).map(([name, equal]) => ({ [name]: equal })),
  fc.tuple(fc.constantFrom('a', 'd'), condition).map(([name, test]) => ({ [name]: { $elemMatch: test } })),
  fc.tuple(fc.constantFrom('a', 'd'), condition).map(([name, test]) => ({ [name]: { $elemMatch: { b: test } } })),
);
const filter: fc.Arbitrary<Document> = fc.oneof(
  { weight: 3, arbitrary: leaf },
  fc.tuple(fc.constantFrom('$and', '$or', '$nor'), fc.array(leaf, { minLength: 1, maxLength: 3 })).map(toLogical),
  fc.tuple(leaf, fc.array(leaf, { minLength: 2, maxLength: 2 })).map(([one, or]) => ({ $and: [one], $or: or })),
);
const sort = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'a.b', 'd', 'e', '_id'), fc.constantFrom(1, -1)), {
    minLength: 1,
    maxLength: 2,
    selector: ([name]) => name,
  })
  .map((pairs): Document => Object.fromEntries([...pairs, ['_id', 1]]));
const change: fc.Arbitrary<Document> = fc.oneof(
  fc.tuple(fc.constantFrom('a', 'd', 'e'), value).map(([name, to]) => ({ $set: { [name]: to } })),
  fc.constantFrom('a', 'd', 'e').map((name) => ({ $unset: { [name]: 1 } })),
  fields.map((replacement) => ({ replace: replacement })),
);

const direction = fc.constantFrom<1 | -1>(1, -1);
const index: fc.Arbitrary<IndexDescription> = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'a.b', 'a.c', 'd', 'e', '_id'), direction), {
      minLength: 1,
      maxLength: 3,
      selector: ([name]) => name,
    }),
    fc.constantFrom<Document>(
      {},
      {},
      { sparse: true },
      { partialFilterExpression: { e: { $gt: 0 } } },
      {
        partialFilterExpression: { 'a.b': { $exists: true } },
      },
    ),
  )
  .filter(([keys]) => !(keys.length === 1 && keys[0]![0] === '_id'))
  .map(([keys, options]) => ({ key: new Map(keys), ...options }));

function toLogical([name, leaves]: [string, Document[]]): Document {
  return { [name]: leaves };
}

type Docs = Collection<{ _id: number } & Document>;

/** The code of the error that a write ends in, or undefined; a document that an index refuses is left out of both collections. */
async function write(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return (error as Document)['code'];
  }
}

async function applyChange(docs: Docs, test: Document, to: Document): Promise<unknown> {
  const [target] = await docs.find(test, { sort: { _id: 1 }, limit: 1, hint: { $natural: 1 } }).toArray();
  if (!target) return undefined;
  const { replace } = to as { replace?: Document };
  if (replace) return write(docs.replaceOne({ _id: target._id }, replace));
  return write(docs.updateOne({ _id: target._id }, to));
}

const ids = async (docs: Docs, test: Document, options: Document = {}): Promise<unknown> => {
  try {
    const list = (await docs.find(test, options).toArray()).map(({ _id }) => _id);
    return options['sort'] ? list : list.sort((a, b) => a - b);
  } catch (error) {
    return { code: (error as Document)['code'] as unknown };
  }
};

let run = 0;

it('answers the same with indexes and without, through changes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fields, { minLength: 1, maxLength: 12 }),
      fc.uniqueArray(index, {
        minLength: 1,
        maxLength: 4,
        selector: ({ key }) => JSON.stringify([...(key as Map<string, number>)]),
      }),
      fc.array(fc.tuple(leaf, change), { maxLength: 6 }),
      fc.array(fc.tuple(filter, fc.option(sort), fc.integer({ min: 0, max: 4 })), { minLength: 1, maxLength: 8 }),
      async (documents, indexes, changes, questions) => {
        const [plain, indexed] = ['plain', 'indexed'].map((name) =>
          store.db.collection(`${name}${run}`),
        ) as unknown as [Docs, Docs];
        run++;
        await indexed.createIndexes(indexes);
        for (const [_id, document] of documents.entries()) {
          if ((await write(indexed.insertOne({ ...document, _id }))) === undefined)
            await plain.insertOne({ ...document, _id });
        }
        for (const [test, to] of changes) {
          if ((await applyChange(indexed, test, to)) === undefined) await applyChange(plain, test, to);
        }
        for (const [test, order, limit] of questions) {
          const options = order ? { sort: order, limit } : {};
          const expected = await ids(plain, test, options);
          expect([test, options, await ids(indexed, test, options)]).toEqual([test, options, expected]);
          expect([test, await indexed.countDocuments(test)]).toEqual([test, await plain.countDocuments(test)]);
        }
        await Promise.all([plain.drop(), indexed.drop()]);
      },
    ),
    { numRuns: RUNS },
  );
}, 300_000);
