import type { Doc, Value } from '../../bson/value.js';
import { isArray, isDoc, isNumber, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { compareValues } from '../compare.js';
import { parseFieldPath } from '../field-path.js';
import { wholeNumber } from '../numbers.js';
import { isNullish } from './booleans.js';
import type { Evaluate, Operator, Operators } from './scope.js';

type Compare = (a: Value, b: Value) => number;

const sortArray: Operator = (argument, scope) => {
  if (!isDoc(argument)) {
    throw new MongoError(2942500, `$sortArray requires an object as an argument, found: ${typeName(argument)}`);
  }
  const other = [...argument.keys()].find((key) => key !== 'input' && key !== 'sortBy');
  if (other !== undefined) throw new MongoError(2942501, `$sortArray found an unknown argument: ${other}`);
  const [input, sortBy] = [argument.get('input'), argument.get('sortBy')];
  if (input === undefined) throw new MongoError(2942502, "$sortArray requires 'input' to be specified");
  if (sortBy === undefined) throw new MongoError(2942503, "$sortArray requires 'sortBy' to be specified");
  return sorted(scope.compile(input), parseSortBy(sortBy));
};

function sorted(input: Evaluate, compare: Compare): Evaluate {
  return (root, variables) => {
    const list = input(root, variables);
    if (isNullish(list)) return null;
    if (isArray(list)) return list.toSorted(compare);
    const type = typeName(list);
    throw new MongoError(2942504, `The input argument to $sortArray must be an array, but was of type: ${type}`);
  };
}

/** 1 or -1 for whole elements, or a pattern for elements that are documents. */
function parseSortBy(sortBy: Value): Compare {
  if (isNumber(sortBy)) {
    const direction = directionOf(sortBy);
    return (a, b) => direction * compareValues(a, b);
  }
  if (!isDoc(sortBy) || sortBy.size === 0) {
    throw new MongoError(2942505, "$sortArray: 'sortBy' must be 1, -1 or an object with at least one field");
  }
  const fields = [...sortBy].map(([path, direction]) => ({
    parts: parseFieldPath(path),
    direction: directionOf(direction),
  }));
  return (a, b) => {
    for (const { parts, direction } of fields) {
      const order = compareValues(fieldOf(a, parts), fieldOf(b, parts));
      if (order !== 0) return direction * order;
    }
    return 0;
  };
}

function directionOf(value: Value): number {
  const direction = wholeNumber(value);
  if (direction === 1 || direction === -1) return direction;
  throw new MongoError(2942506, "$sortArray: every direction in 'sortBy' must be 1 or -1");
}

/** Unlike the stage $sort this does not look into arrays; what has no such field counts as null. */
function fieldOf(element: Value, parts: readonly string[]): Value {
  let value: Value | undefined = element;
  for (const part of parts) value = isDoc(value) ? value.get(part) : undefined;
  return value ?? null;
}

const zip: Operator = (argument, scope) => {
  const { inputs, defaults, longest } = parseZip(argument);
  const parts = inputs.map((input) => scope.compile(input));
  const fillers = scope.compile(defaults ?? null);
  return (root, variables) => {
    const lists = parts.map((part) => part(root, variables));
    if (lists.some(isNullish)) return null;
    const arrays = lists.map((list) => {
      if (isArray(list)) return list;
      throw new MongoError(34468, `$zip found a non-array expression in input: ${typeName(list)}`);
    });
    const lengths = arrays.map((array) => array.length);
    const length = longest ? Math.max(...lengths) : Math.min(...lengths);
    const fill = defaults === undefined ? [] : (fillers(root, variables) as Value[]);
    return Array.from({ length }, (_, i) => arrays.map((array, at) => array[i] ?? fill[at] ?? null));
  };
};

interface Zip {
  readonly inputs: readonly Value[];
  readonly defaults: Value[] | undefined;
  readonly longest: boolean;
}

function parseZip(argument: Value): Zip {
  if (!isDoc(argument))
    throw new MongoError(34460, `$zip only supports an object as an argument, found ${typeName(argument)}`);
  const other = [...argument.keys()].find((key) => !ZIP_ARGUMENTS.has(key));
  if (other !== undefined) throw new MongoError(34464, `$zip found an unknown argument: ${other}`);
  const [inputs, defaults] = [zipList(argument, 'inputs', 34461), zipList(argument, 'defaults', 34462)];
  const longest = argument.get('useLongestLength') ?? false;
  if (typeof longest !== 'boolean') {
    throw new MongoError(34463, `useLongestLength must be a bool, found ${typeName(longest)}`);
  }
  if (inputs === undefined || inputs.length === 0) {
    throw new MongoError(34465, '$zip requires at least one input array');
  }
  if (defaults !== undefined && !longest) {
    throw new MongoError(34466, 'cannot specify defaults unless useLongestLength is true');
  }
  if (defaults !== undefined && defaults.length !== inputs.length) {
    throw new MongoError(34467, 'defaults and inputs must have the same length');
  }
  return { inputs, defaults, longest };
}

const ZIP_ARGUMENTS = new Set(['inputs', 'defaults', 'useLongestLength']);

function zipList(argument: Doc, name: string, code: number): Value[] | undefined {
  const list = argument.get(name);
  if (list === undefined || isArray(list)) return list;
  throw new MongoError(code, `${name} must be an array of expressions, found ${typeName(list)}`);
}

export const arrayOrders: Operators = { $sortArray: sortArray, $zip: zip };
