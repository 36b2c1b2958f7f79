import { isArray, isDoc, typeName, type Doc, type Value } from '../../bson/value.js';
import { badValue, ErrorCodes, MongoError } from '../../errors.js';
import { identicalValues } from '../compare.js';
import { parseUpdatePath, type Part } from './path.js';
import type { Leaf } from './tree.js';

export interface Rename {
  from: readonly string[];
  /** Sets the new field; of the old one it knows only that nothing else may change it. */
  leaf: Leaf;
  to: string;
  toParts: readonly Part[];
}

/**
 * @throws MongoError 2 for a target that is no other, plain path
 */
export function readRename(path: string, target: Value): Rename {
  if (typeof target !== 'string') throw badValue(`The 'to' field for $rename must be a string: ${path}`);
  if (target.includes('\0')) throw badValue("The 'to' field for $rename cannot contain an embedded null byte");
  const from = parseUpdatePath(path);
  const toParts = parseUpdatePath(target);
  if (path === target) throw badValue(`The source and target field for $rename must differ: ${path}`);
  if (path.startsWith(`${target}.`) || target.startsWith(`${path}.`)) {
    throw badValue(`The source and target field for $rename must not be on the same path: ${path}: ${target}`);
  }
  if (isDynamic(from)) throw badValue(`The source field for $rename may not be dynamic: ${path}`);
  if (isDynamic(toParts)) throw badValue(`The destination field for $rename may not be dynamic: ${target}`);
  const names = path.split('.');
  return { from: names, to: target, toParts, leaf: renameLeaf(names, target) };
}

const isDynamic = (parts: readonly Part[]): boolean => parts.some(({ kind }) => kind !== 'field');

function renameLeaf(from: readonly string[], to: string): Leaf {
  const place = (isInArray: boolean, root: Doc): Value => {
    if (isInArray) throw badValue(`The destination field cannot be an array element, '${to}'`);
    return sourceOf(root, from)!;
  };
  return {
    kind: 'leaf',
    isActive: ({ root }) => sourceOf(root, from) !== undefined,
    create: ({ isInArray }, { root }) => place(isInArray, root),
    change: (before, { isInArray }, { root }) => {
      const value = place(isInArray, root);
      return identicalValues(before, value) ? before : value;
    },
  };
}

/**
 * @returns undefined when there is nothing to rename
 * @throws MongoError 2 when it is in an array, 28 when something on the way has no fields
 */
export function sourceOf(root: Doc, from: readonly string[]): Value | undefined {
  let value: Value | undefined = root;
  let isInArray = false;
  for (const [i, name] of from.entries()) {
    if (isArray(value) && /^\d+$/.test(name)) {
      isInArray = true;
      value = value[Number(name)];
    } else if (isDoc(value)) value = value.get(name);
    else {
      const message = `cannot use the part (${from[i - 1]} of ${from.join('.')}) to traverse the element of type ${typeName(value)}`;
      throw new MongoError(ErrorCodes.PathNotViable, message);
    }
    if (value === undefined) return undefined;
  }
  if (isInArray) throw badValue(`The source field cannot be an array element, '${from.join('.')}'`);
  return value;
}

export function withoutField(doc: Doc, path: readonly string[]): Doc {
  const [name, ...rest] = path as [string, ...string[]];
  const result: Doc = new Map(doc);
  if (rest.length === 0) result.delete(name);
  else result.set(name, withoutField(doc.get(name) as Doc, rest));
  return result;
}
