import { BSONRegExp, Double } from 'bson';
import { isArray, isDoc, isNumber, typeName, type Value } from '../../bson/value.js';
import { badValue, failedToParse, typeMismatch } from '../../errors.js';
import { equalValues } from '../compare.js';
import { compileFilter } from '../filter.js';
import type { CompileOptions } from '../types.js';
import type { Leaf } from './tree.js';

export function addToSet(operand: Value): Leaf {
  const values = valuesToAdd(operand);
  const added = (array: Value[]): Value[] => {
    let result = array;
    for (const value of values) if (!result.some((item) => equalValues(item, value))) result = [...result, value];
    return result;
  };
  return {
    kind: 'leaf',
    create: () => added([]),
    change: (before, { path }) => {
      if (isArray(before)) return added(before);
      throw badValue(
        `Cannot apply $addToSet to non-array field. Field named '${path}' has non-array type ${typeName(before)}`,
      );
    },
  };
}

function valuesToAdd(operand: Value): readonly Value[] {
  if (!isDoc(operand) || [...operand.keys()][0] !== '$each') return [operand];
  const each = operand.get('$each')!;
  if (!isArray(each)) {
    throw typeMismatch(`The argument to $each in $addToSet must be an array but it was of type ${typeName(each)}`);
  }
  if (operand.size > 1) throw badValue('Found unexpected fields after $each in $addToSet');
  return each;
}

export function pop(operand: Value): Leaf {
  const end = isNumber(operand) ? Number(operand.toString()) : NaN;
  if (end !== 1 && end !== -1) throw failedToParse('$pop expects 1 or -1');
  return {
    kind: 'leaf',
    change: (before, { path }) => {
      if (!isArray(before)) {
        throw typeMismatch(`Path '${path}' contains an element of non-array type '${typeName(before)}'`);
      }
      if (before.length === 0) return before;
      return end === 1 ? before.slice(0, -1) : before.slice(1);
    },
  };
}

export function pullAll(operand: Value): Leaf {
  if (!isArray(operand)) throw badValue(`$pullAll requires an array argument but was given a ${typeName(operand)}`);
  return culling('$pullAll', (element) => operand.some((value) => equalValues(value, element)));
}

export function pull(operand: Value, options: CompileOptions): Leaf {
  return culling('$pull', pullTest(operand, options));
}

/** Operators that make a document a condition on the element itself rather than on its fields. */
const CONDITIONS = new Set([
  '$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin', '$exists', '$type', '$size', '$all', '$elemMatch', '$regex',
  '$options', '$mod', '$bitsAllSet', '$bitsAllClear', '$bitsAnySet', '$bitsAnyClear', '$geoWithin', '$geoIntersects',
  '$near', '$nearSphere',
]); // prettier-ignore

function pullTest(operand: Value, options: CompileOptions): (element: Value) => boolean {
  if (operand instanceof BSONRegExp || (isDoc(operand) && CONDITIONS.has([...operand.keys()][0] ?? ''))) {
    const filter = compileFilter(new Map([['', operand]]), options);
    return (element) => filter.matches(new Map([['', element]]));
  }
  if (isDoc(operand)) {
    const filter = compileFilter(operand, options);
    return (element) => isDoc(element) && filter.matches(element);
  }
  return (element) => equalValues(element, operand);
}

function culling(name: string, isCulled: (element: Value) => boolean): Leaf {
  return {
    kind: 'leaf',
    change: (before) => {
      if (!isArray(before)) throw badValue(`Cannot apply ${name} to a non-array value`);
      const kept = before.filter((element) => !isCulled(element));
      return kept.length === before.length ? before : kept;
    },
  };
}

/** @returns undefined for what is no whole number within int64 */
export function wholeNumber(value: Value): number | undefined {
  if (!isNumber(value)) return undefined;
  const number = value instanceof Double ? value.value : Number(value.toString());
  return Number.isInteger(number) && Math.abs(number) < 2 ** 63 ? number : undefined;
}

/** A part of a dotted path in a value whose arrays are documents with indexes for names. */
export function partOf(value: Value | undefined, part: string): Value | undefined {
  if (isDoc(value)) return value.get(part);
  return isArray(value) && /^\d+$/.test(part) ? value[Number(part)] : undefined;
}
