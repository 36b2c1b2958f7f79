import type { Doc, Value } from '../../bson/value.js';
import { isArray, isDoc, long } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { isNullish } from '../expressions/booleans.js';
import { parseFieldPath } from '../field-path.js';
import type { StageCompiler } from './stage.js';
import { checkKeys } from './stage.js';

interface Unwind {
  readonly path: readonly string[];
  readonly index: readonly string[] | undefined;
  readonly preserve: boolean;
}

export const unwind: StageCompiler = (argument, _context, name) => {
  const options = parse(argument, name);
  return {
    name,
    *run(input) {
      for (const doc of input) {
        if (doc === null) yield null;
        else yield* unwound(doc, options);
      }
    },
  };
};

function parse(argument: Value, name: string): Unwind {
  if (typeof argument === 'string') return { path: parsePath(argument), index: undefined, preserve: false };
  if (!isDoc(argument))
    throw new MongoError(15981, `expected either a string or an object as specification for ${name} stage`);
  checkKeys(argument, ['path', 'includeArrayIndex', 'preserveNullAndEmptyArrays'], 28811, name);
  const preserve = argument.get('preserveNullAndEmptyArrays') ?? false;
  if (typeof preserve !== 'boolean')
    throw new MongoError(28809, 'expected a boolean for the preserveNullAndEmptyArrays option');
  return { path: parsePath(argument.get('path')), index: parseIndex(argument.get('includeArrayIndex')), preserve };
}

function parsePath(path: Value | undefined): string[] {
  if (path === undefined) throw new MongoError(28812, 'no path specified to $unwind stage');
  if (typeof path !== 'string') throw new MongoError(28808, 'expected a string as the path for $unwind stage');
  if (!path.startsWith('$'))
    throw new MongoError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  return parseFieldPath(path.slice(1));
}

function parseIndex(index: Value | undefined): string[] | undefined {
  if (index === undefined) return undefined;
  if (typeof index !== 'string' || index === '')
    throw new MongoError(28810, 'expected a non-empty string for the includeArrayIndex option');
  if (index.startsWith('$'))
    throw new MongoError(
      28822,
      `includeArrayIndex option to $unwind stage should not be prefixed with a '$': ${index}`,
    );
  return parseFieldPath(index);
}

/** Only documents lead on to the array, other arrays do not. */
function* unwound(doc: Doc, { path, index, preserve }: Unwind): Iterable<Doc> {
  const value = valueAt(doc, path);
  const withIndex = (result: Doc, at: Value): Doc => (index === undefined ? result : setAt(result, index, at));
  if (!isArray(value)) {
    if (preserve || !isNullish(value)) yield withIndex(doc, null);
    return;
  }
  if (value.length === 0) {
    if (preserve) yield withIndex(setAt(doc, path, undefined), null);
    return;
  }
  for (let i = 0; i < value.length; i++) yield withIndex(setAt(doc, path, value[i]), long(BigInt(i)));
}

function valueAt(doc: Doc, path: readonly string[]): Value | undefined {
  let value: Value | undefined = doc;
  for (const part of path) value = isDoc(value) ? value.get(part) : undefined;
  return value;
}

/** A copy of `doc` with `value` at `path`, or without the field. */
export function setAt(doc: Doc, path: readonly string[], value: Value | undefined): Doc {
  const [name, ...rest] = path as [string, ...string[]];
  const copy: Doc = new Map(doc);
  const below = doc.get(name);
  const next = rest.length === 0 ? value : setAt(isDoc(below) ? below : new Map(), rest, value);
  if (next === undefined) copy.delete(name);
  else copy.set(name, next);
  return copy;
}
