import { isArray, isDoc, isNumber, typeName, type Doc, type Value } from '../../bson/value.js';
import { badValue } from '../../errors.js';
import { compareValues, identicalValues } from '../compare.js';
import { partOf, wholeNumber } from './arrays.js';
import { idOf } from './messages.js';
import type { Leaf } from './tree.js';

type Compare = (a: Value, b: Value) => number;

interface Push {
  values: readonly Value[];
  position: number;
  slice: number | undefined;
  sort: Compare | undefined;
}

/** First the values go in, then the array is sorted, then it is cut. */
export function push(operand: Value): Leaf {
  const spec = readPush(operand);
  const pushed = (array: Value[]): Value[] => {
    const result = inserted(array, spec);
    if (spec.sort) result.sort(spec.sort);
    const cut = sliced(result, spec.slice);
    return cut.length === array.length && cut.every((value, i) => identicalValues(value, array[i]!)) ? array : cut;
  };
  return {
    kind: 'leaf',
    create: () => pushed([]),
    appended: (before, after) => appended(spec, before, after),
    change: (before, { path }, { root }) => {
      if (isArray(before)) return pushed(before);
      throw badValue(
        `The field '${path}' must be an array but is of type ${typeName(before)} in document ${idOf(root)}`,
      );
    },
  };
}

function appended({ values, position, sort }: Push, before: Value, after: Value): readonly Value[] | undefined {
  if (!isArray(before) || !isArray(after) || before.length === 0 || sort || position <= before.length) return undefined;
  return after.length === before.length + values.length ? values : undefined;
}

function inserted(array: readonly Value[], { values, position }: Push): Value[] {
  const at = position < 0 ? Math.max(array.length + position, 0) : Math.min(position, array.length);
  return [...array.slice(0, at), ...values, ...array.slice(at)];
}

function sliced(array: Value[], slice: number | undefined): Value[] {
  if (slice === undefined) return array;
  if (slice >= 0) return array.slice(0, slice);
  return array.slice(slice);
}

function readPush(operand: Value): Push {
  if (!isDoc(operand) || !operand.has('$each')) {
    return { values: [operand], position: Infinity, slice: undefined, sort: undefined };
  }
  for (const name of operand.keys()) {
    if (!['$each', '$slice', '$sort', '$position'].includes(name))
      throw badValue(`Unrecognized clause in $push: ${name}`);
  }
  const each = operand.get('$each')!;
  if (!isArray(each)) {
    throw badValue(`The argument to $each in $push must be an array but it was of type: ${typeName(each)}`);
  }
  const sort = operand.get('$sort');
  return {
    values: each,
    position: integer(operand, '$position') ?? Infinity,
    slice: integer(operand, '$slice'),
    sort: sort === undefined ? undefined : readSort(sort),
  };
}

function integer(spec: Doc, name: string): number | undefined {
  const value = spec.get(name);
  if (value === undefined) return undefined;
  const number = wholeNumber(value);
  if (number !== undefined) return number;
  throw badValue(`The value for ${name} must be an integer value but was given type: ${typeName(value)}`);
}

function readSort(sort: Value): Compare {
  if (isNumber(sort)) {
    const direction = directionOf(sort);
    return (a, b) => compareValues(a, b) * direction;
  }
  if (!isDoc(sort)) {
    throw badValue('The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields');
  }
  if (sort.size === 0) throw badValue('The $sort pattern is empty when it should be a set of fields.');
  const fields = [...sort].map(([path, direction]) => ({
    parts: readSortPath(path),
    direction: directionOf(direction),
  }));
  return (a, b) => {
    for (const { parts, direction } of fields) {
      const order = compareValues(valueAt(a, parts), valueAt(b, parts));
      if (order !== 0) return order * direction;
    }
    return 0;
  };
}

function directionOf(value: Value): number {
  const direction = isNumber(value) ? Number(value.toString()) : 0;
  if (direction !== 1 && direction !== -1) throw badValue('The $sort element value must be either 1 or -1');
  return direction;
}

function readSortPath(path: string): string[] {
  if (path === '') throw badValue('The $sort field cannot be empty');
  const parts = path.split('.');
  if (parts.includes('')) throw badValue(`The $sort field is a dotted field but has an empty part: ${path}`);
  return parts;
}

/** Arrays are not searched here, and what is no document has no fields: both count as null. */
function valueAt(element: Value, parts: readonly string[]): Value {
  if (!isDoc(element)) return null;
  return parts.reduce<Value | undefined>(partOf, element) ?? null;
}
