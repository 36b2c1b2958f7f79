import { Int32 } from 'bson';
import { valueSize } from '../../bson/size.js';
import type { Doc, Value } from '../../bson/value.js';
import { int32, isNumber, long } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import type { AccumulatedField, Accumulator } from '../accumulators.js';
import { compileAccumulator } from '../accumulators.js';
import { compileExpression, startVariables } from '../expression.js';
import { keyOf } from '../expressions/sets.js';
import { MemoryMeter } from '../memory.js';
import { fitsInt32 } from '../numbers.js';
import type { Item, StageCompiler } from './stage.js';
import { requireDoc } from './stage.js';

interface Group {
  readonly id: Value;
  readonly accumulators: readonly Accumulator[];
}

/** What a group costs beside its values. */
const GROUP_BYTES = 256;

/** Groups come out in the order of their first documents; MongoDB promises none. */
export const group: StageCompiler = (argument, context, name) => {
  const spec = requireDoc(argument, 15947, name);
  const idSpec = spec.get('_id');
  if (idSpec === undefined) throw new MongoError(15955, 'a group specification must include an _id');
  const variables = startVariables(context);
  const names = [...variables.keys()];
  const idOf = compileExpression(idSpec, { names });
  const compile = (expression: Value): ReturnType<typeof compileExpression> => compileExpression(expression, { names });
  const fields = [...spec]
    .filter(([field]) => field !== '_id')
    .map(([field, accumulator]) => compileAccumulator(field, accumulator, compile));

  const gather = function* (input: Iterable<Item>): Generator<null, Iterable<Group>> {
    const groups = new Map<string, Group>();
    const meter = new MemoryMeter('$group');
    for (const doc of input) {
      if (doc === null) {
        yield null;
        continue;
      }
      const id = idOf(doc, variables) ?? null;
      const key = keyOf(id);
      let found = groups.get(key);
      if (found === undefined) {
        found = { id, accumulators: fields.map((field) => field.start()) };
        groups.set(key, found);
        meter.add(GROUP_BYTES + key.length + valueSize(id));
      }
      for (let i = 0; i < fields.length; i++)
        meter.add(found.accumulators[i]!.add(fields[i]!.expression(doc, variables)));
    }
    return groups.values();
  };

  const fromCount = countForm(idSpec, fields);
  return {
    name,
    ...(fromCount && { fromCount }),
    *run(input) {
      for (const { id, accumulators } of yield* gather(input)) {
        yield toDoc(
          id,
          fields,
          accumulators.map((accumulator) => accumulator.result()),
        );
      }
    },
  };
};

function toDoc(id: Value, fields: readonly AccumulatedField[], results: readonly Value[]): Doc {
  return new Map([['_id', id], ...fields.map(({ name }, i) => [name, results[i]!] as const)]);
}

/** `{_id: 1, n: {$sum: 1}}`, which is what the driver's countDocuments asks for, needs no look at the documents. */
function countForm(id: Value, fields: readonly AccumulatedField[]): ((count: number) => Doc[]) | undefined {
  if (id !== null && !isNumber(id)) return undefined;
  if (!fields.every(({ operator, argument }) => operator === '$count' || (operator === '$sum' && isOne(argument))))
    return undefined;
  return (count) =>
    count === 0
      ? []
      : [
          toDoc(
            id,
            fields,
            fields.map(() => countValue(count)),
          ),
        ];
}

const isOne = (argument: Value): boolean => argument instanceof Int32 && argument.value === 1;

const countValue = (count: number): Value => (fitsInt32(count) ? int32(count) : long(BigInt(count)));
