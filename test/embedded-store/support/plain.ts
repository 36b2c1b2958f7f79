import * as fc from 'fast-check';

/** Few names and values, so that filters hit and documents collide. */
const NAMES = ['a', 'b', 'c'];
export const PATHS = ['a', 'b', 'c', 'a.b', 'a.c', 'b.a', 'a.b.c', 'a.0', 'a.1', 'a.0.b', 'a.b.0'];

export const scalar: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 2, 3, -1, 1.5) },
  { weight: 2, arbitrary: fc.constantFrom('', 'x', 'xy', 'y') },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constantFrom(new Date(0), new Date(1000)) },
);

export const { value, doc } = fc.letrec<{ value: unknown; doc: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 5, arbitrary: scalar },
    { weight: 3, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 3, arbitrary: tie('doc') },
  ),
  doc: fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 3 }),
}));

export const path = fc.constantFrom(...PATHS);

const comparison = fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte');

const condition = (operand: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
  fc.oneof(
    fc.tuple(comparison, operand).map(([name, x]) => ({ [name]: x })),
    fc.tuple(comparison, operand, comparison, operand).map(([a, x, b, y]) => ({ [a]: x, [b]: y })),
    fc
      .tuple(fc.constantFrom('$in', '$nin', '$all'), fc.array(operand, { maxLength: 3 }))
      .map(([name, x]) => ({ [name]: x })),
    fc.boolean().map((x) => ({ $exists: x })),
    fc.integer({ min: 0, max: 3 }).map((x) => ({ $size: x })),
    fc.constantFrom('int', 'string', 'array', 'object', 'null', 'bool', 'number').map((x) => ({ $type: x })),
    fc.constantFrom('^x', 'y$', 'x').map((x) => ({ $regex: x })),
  );

/** Filters of everything but `$expr`; `operand` are the values to compare with. */
export const filterOf = (operand: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> =>
  fc.letrec<{ filter: Record<string, unknown>; field: unknown }>((tie) => ({
    field: fc.oneof(
      { depthSize: 'small' },
      { weight: 2, arbitrary: operand },
      { weight: 5, arbitrary: condition(operand) },
      { weight: 1, arbitrary: condition(operand).map((inner) => ({ $not: inner })) },
      { weight: 1, arbitrary: condition(operand).map((inner) => ({ $elemMatch: inner })) },
      { weight: 1, arbitrary: tie('filter').map((inner) => ({ $elemMatch: inner })) },
    ),
    filter: fc.oneof(
      { depthSize: 'small' },
      { weight: 5, arbitrary: fc.dictionary(path, tie('field'), { minKeys: 1, maxKeys: 2 }) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom('$and', '$or', '$nor'), fc.array(tie('filter'), { minLength: 1, maxLength: 2 }))
          .map(([name, branches]) => ({ [name]: branches })),
      },
    ) as fc.Arbitrary<Record<string, unknown>>,
  })).filter;
