import * as fc from 'fast-check';

/*
 * Plain documents, filters, updates and pipelines for comparison with mingo. They keep to where mingo follows MongoDB; what
 * is left out, and who is right there, stands in test/embedded-store/query/differential.spec.ts.
 */

export type Plain = Record<string, unknown>;

const one = (name: string, value: unknown): Plain => ({ [name]: value });

const scalars = fc.constantFrom<unknown>(
  0,
  1,
  2,
  3,
  1.5,
  -1,
  'x',
  'y',
  '',
  null,
  true,
  false,
  new Date(5),
  new Date(9),
);
const present = scalars.filter((value) => value !== null);
const numbers = fc.constantFrom(0, 1, 2, -3, 1.5);

const fields = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Plain> =>
  fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { maxKeys: 3, noNullPrototype: true });

const lists = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown[]> => fc.array(value, { maxLength: 3 });

const leaves = fc.oneof({ weight: 3, arbitrary: scalars }, { weight: 1, arbitrary: lists(scalars) });
const inner = fields(leaves);
const values = fc.oneof({ weight: 3, arbitrary: leaves }, inner, fc.array(inner, { minLength: 1, maxLength: 3 }));

export const plainDocs: fc.Arbitrary<Plain> = fields(values);

const paths = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c', 'a.a');

const conditions: fc.Arbitrary<Plain> = fc.oneof(
  fc
    .tuple(fc.constantFrom('$eq', '$ne'), fc.oneof(scalars, fc.array(scalars, { minLength: 1, maxLength: 2 }), inner))
    .map(([op, v]) => one(op, v)),
  fc.tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte'), present).map(([op, v]) => one(op, v)),
  fc.tuple(fc.constantFrom('$in', '$nin'), lists(scalars)).map(([op, v]) => one(op, v)),
  fc.record({ $exists: fc.boolean() }),
  fc.record({ $size: fc.nat(3) }),
  fc.record({ $regex: fc.constantFrom('^x', 'y', '^$') }),
);

const fieldConditions: fc.Arbitrary<Plain> = fc.oneof(
  { weight: 6, arbitrary: conditions },
  { weight: 1, arbitrary: fc.record({ $not: conditions }) },
  { weight: 1, arbitrary: conditions.map((condition) => one('$elemMatch', condition)) },
);

const clauses = fc.tuple(paths, fieldConditions).map(([path, condition]) => one(path, condition));

export const filters: fc.Arbitrary<Plain> = fc.oneof(
  { weight: 3, arbitrary: clauses },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('$and', '$or', '$nor'), fc.array(clauses, { minLength: 1, maxLength: 2 }))
      .map(([op, list]) => one(op, list)),
  },
);

const operations: fc.Arbitrary<[string, unknown]> = fc.oneof(
  fc.tuple(fc.constant('$set'), fc.oneof(scalars, inner)),
  fc.tuple(fc.constantFrom('$min', '$max'), present),
  fc.tuple(fc.constant('$unset'), fc.constant('')),
  fc.tuple(fc.constantFrom('$inc', '$mul'), numbers),
  fc.tuple(fc.constantFrom('$push', '$addToSet', '$pull'), scalars),
  fc.tuple(fc.constant('$push'), fc.record({ $each: lists(numbers), $position: fc.nat(3) })),
  fc.tuple(fc.constant('$pull'), fc.record({ $gte: numbers })),
  fc.tuple(fc.constant('$pullAll'), lists(scalars)),
  fc.tuple(fc.constant('$pop'), fc.constantFrom(1, -1)),
  fc.tuple(fc.constant('$rename'), fc.constantFrom('z', 'y.x')),
);

/** One or two operators on paths that do not meet. */
export const updates: fc.Arbitrary<Plain> = fc
  .uniqueArray(fc.tuple(operations, fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c', 'a.0', 'b.1')), {
    minLength: 1,
    maxLength: 2,
    selector: ([, path]) => path.charAt(0),
  })
  .filter((list) => list.filter(([[name]]) => name === '$rename').length < 2)
  .map((list) => {
    const update: Record<string, Plain> = {};
    for (const [[name, argument], path] of list) update[name] = { ...update[name], [path]: argument };
    return update;
  });

/** Expressions over `n`, `m` (numbers), `s`, `t` (text), `l` (numbers in a list). */
const typed = fc.letrec<{ number: unknown; text: unknown; truth: unknown; list: unknown }>((tie) => ({
  number: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('$n', '$m'),
    numbers,
    fc
      .tuple(fc.constantFrom('$add', '$multiply', '$subtract'), tie('number'), tie('number'))
      .map(([op, a, b]) => one(op, [a, b])),
    fc.tuple(fc.constantFrom('$abs', '$floor', '$ceil'), tie('number')).map(([op, a]) => one(op, a)),
    tie('list').map((list) => one('$size', list)),
    tie('list').map((list) => one('$sum', list)),
    fc.tuple(fc.constantFrom('$max', '$min'), tie('list')).map(([op, list]) => one('$ifNull', [one(op, list), 0])),
    tie('text').map((text) => one('$strLenCP', text)),
    fc.tuple(tie('truth'), tie('number'), tie('number')).map((list) => one('$cond', list)),
    tie('number').map((a) => one('$mod', [a, 3])),
  ),
  text: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('$s', '$t', 'x y', ''),
    fc.tuple(tie('text'), tie('text')).map((list) => one('$concat', list)),
    fc.tuple(fc.constantFrom('$toUpper', '$toLower'), tie('text')).map(([op, a]) => one(op, a)),
    tie('text').map((text) => one('$substrCP', [text, 1, 2])),
    tie('text').map((input) => one('$trim', { input })),
  ),
  truth: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(true, false),
    fc
      .tuple(fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte'), tie('number'), tie('number'))
      .map(([op, a, b]) => one(op, [a, b])),
    fc
      .tuple(fc.constantFrom('$eq', '$ne', '$gt', '$lte'), tie('text'), tie('text'))
      .map(([op, a, b]) => one(op, [a, b])),
    fc
      .tuple(fc.constantFrom('$and', '$or'), fc.array(tie('truth'), { maxLength: 3 }))
      .map(([op, list]) => one(op, list)),
    tie('truth').map((a) => one('$not', [a])),
    fc.tuple(tie('number'), tie('list')).map((list) => one('$in', list)),
  ),
  list: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant('$l'),
    fc.array(numbers, { maxLength: 3 }).map(($literal) => ({ $literal })),
    fc.tuple(tie('list'), tie('list')).map((list) => one('$concatArrays', list)),
    tie('list').map((list) => one('$reverseArray', list)),
    tie('list').map((list) => one('$slice', [list, 2])),
    tie('list').map((input) => one('$map', { input, as: 'x', in: { $add: ['$$x', 1] } })),
    fc
      .tuple(tie('list'), tie('number'))
      .map(([input, n]) => one('$filter', { input, as: 'x', cond: { $gte: ['$$x', n] } })),
  ),
}));

export const expressions: fc.Arbitrary<unknown> = fc.oneof(typed.number, typed.text, typed.truth, typed.list);

export const typedDocs: fc.Arbitrary<Plain> = fc.record({
  n: numbers,
  m: numbers,
  s: fc.constantFrom('', 'x', ' Ab ', 'yz'),
  t: fc.constantFrom('q', 'Ab'),
  l: lists(numbers),
});

/** A small collection, each document with its own `_id`. */
export const collections: fc.Arbitrary<Plain[]> = fc
  .array(typedDocs, { maxLength: 6 })
  .map((docs) => docs.map((doc, i) => ({ _id: i, ...doc, d: { e: doc['n'] } })));

const accumulators = fc.oneof(
  fc.tuple(fc.constantFrom('$sum', '$avg', '$min', '$max'), typed.number).map(([op, a]) => one(op, a)),
  fc.tuple(fc.constantFrom('$first', '$last', '$push', '$addToSet'), expressions).map(([op, a]) => one(op, a)),
);

const stages: fc.Arbitrary<Plain> = fc.oneof(
  fc.record({
    $match: fc
      .tuple(fc.constantFrom('n', 'm', 'l', 'd.e'), fc.constantFrom('$gt', '$lte', '$ne'), numbers)
      .map(([path, op, v]) => one(path, one(op, v))),
  }),
  typed.truth.map(($expr) => one('$match', { $expr })),
  fc
    .tuple(fc.constantFrom('n', 's', 'd.e'), fc.constantFrom(1, -1))
    .map(([path, direction]) => one('$sort', { [path]: direction, _id: 1 })),
  fc.record({ $limit: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ $skip: fc.nat(3) }),
  fc
    .tuple(fc.constantFrom('$addFields', '$project'), fc.constantFrom('z', 'y.x'), expressions)
    .map(([op, path, value]) =>
      one(op, { ...(op === '$project' && { n: 1, m: 1, s: 1, t: 1, l: 1 }), [path]: { $ifNull: [value, 0] } }),
    ),
  fc.constantFrom('d', 'd.e').map((path) => one('$unset', path)),
  fc.boolean().map((keep) => one('$unwind', { path: '$z', preserveNullAndEmptyArrays: keep })),
);

/** Groups come last, since they take away what expressions are about. */
export const pipelines: fc.Arbitrary<Plain[]> = fc
  .tuple(
    fc.array(stages, { minLength: 1, maxLength: 3 }),
    fc.option(
      fc.tuple(expressions, accumulators).map(([id, r]) => one('$group', { _id: id, r })),
      { nil: undefined },
    ),
  )
  .map(([list, group]) => (group === undefined ? list : [...list, group]));
