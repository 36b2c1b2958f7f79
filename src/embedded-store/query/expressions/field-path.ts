import type { Doc, Value } from '../../bson/value.js';
import { MongoError, unsupported } from '../../errors.js';
import type { Evaluate } from './scope.js';

/** `$a.b`: through an array it collects the values of all elements that are documents; numbers are names, no positions. */
export function fieldPath(path: string): Evaluate {
  const parts = splitPath(path);
  if (parts.length === 1) {
    const [name] = parts as [string];
    return (root) => root.get(name);
  }
  return (root) => follow(root, parts, 0);
}

/** `$$name.a.b`, without the dollars. */
export function variablePath(path: string, names: ReadonlySet<string>): Evaluate {
  const dot = path.indexOf('.');
  const name = dot < 0 ? path : path.slice(0, dot);
  const rest = dot < 0 ? [] : splitPath(path.slice(dot + 1));
  if (name === 'REMOVE') return () => undefined;
  if (name === 'ROOT' || name === 'CURRENT') return (root) => (rest.length === 0 ? root : follow(root, rest, 0));
  if (!names.has(name)) throw unknownVariable(name);
  if (rest.length === 0) return (_root, variables) => variables.get(name);
  return (_root, variables) => {
    const value = variables.get(name);
    if (value instanceof Map) return follow(value, rest, 0);
    return Array.isArray(value) ? followEach(value, rest, 0) : undefined;
  };
}

const systemVariables = new Set(['CLUSTER_TIME', 'DESCEND', 'PRUNE', 'KEEP', 'SEARCH_META', 'USER_ROLES', 'JS_SCOPE']);

function unknownVariable(name: string): MongoError {
  return systemVariables.has(name)
    ? unsupported(`the variable $$${name}`)
    : new MongoError(17276, `Use of undefined variable: ${name}`);
}

/** @throws MongoError for paths with empty parts or parts that begin with a dollar */
export function splitPath(path: string): string[] {
  if (path === '') throw new MongoError(16872, "'$' by itself is not a valid FieldPath");
  if (path.includes('\0')) throw new MongoError(16411, 'FieldPath field names may not contain NUL');
  const parts = path.split('.');
  if (parts.includes('')) throw new MongoError(15998, 'FieldPath field names may not be empty strings.');
  if (parts.some((part) => part.startsWith('$'))) {
    throw new MongoError(16410, `FieldPath field names may not start with '$': '${path}'`);
  }
  return parts;
}

function follow(doc: Doc, parts: readonly string[], from: number): Value | undefined {
  const value = doc.get(parts[from]!);
  if (from === parts.length - 1) return value;
  if (value instanceof Map) return follow(value, parts, from + 1);
  return Array.isArray(value) ? followEach(value, parts, from + 1) : undefined;
}

function followEach(items: readonly Value[], parts: readonly string[], from: number): Value[] {
  const found: Value[] = [];
  for (const item of items) {
    const value = item instanceof Map ? follow(item, parts, from) : undefined;
    if (value !== undefined) found.push(value);
  }
  return found;
}
