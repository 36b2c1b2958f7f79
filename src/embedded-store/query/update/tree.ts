import type { Timestamp } from 'bson';
import type { Doc, Value } from '../../bson/value.js';
import { ErrorCodes, MongoError } from '../../errors.js';
import { compareStrings } from '../compare.js';
import type { UpdateLog } from '../types.js';
import type { Part } from './path.js';

/** What one application of an update knows. */
export interface Application {
  /** The document as it was. */
  readonly root: Doc;
  readonly positional?: number | undefined;
  readonly isInsert?: boolean | undefined;
  readonly now: Date;
  readonly clusterTime?: Timestamp | undefined;
  readonly log?: UpdateLog | undefined;
}

export interface Place {
  readonly path: string;
  /** There is an array on the way to it. */
  readonly isInArray: boolean;
  /** It is an array's element itself. */
  readonly isElement: boolean;
}

/** What an operator does to one field. */
export interface Leaf {
  readonly kind: 'leaf';
  /** Undefined: always. */
  readonly isActive?: (application: Application) => boolean;
  /** @returns the very same value for no change; undefined to remove the field */
  change(value: Value, place: Place, application: Application): Value | undefined;
  /** The value of a field that is missing; without it nothing happens there. */
  create?(place: Place, application: Application): Value;
  /** The elements that were put behind those of an array, where that is all that happened. */
  readonly appended?: (before: Value, after: Value) => readonly Value[] | undefined;
  /** Nothing happens, rather than error 28, where the path runs into a value that has no fields. */
  readonly isTolerant?: boolean;
}

export interface ObjectNode {
  readonly kind: 'object';
  readonly fields: Map<string, Node>;
  /** Below `$`. */
  positional: Node | undefined;
  /** `fields` as `inOrder` gives them, once that was asked for. */
  ordered?: [string, Node][];
}

export interface ArrayNode {
  readonly kind: 'array';
  /** By name of the array filter; '' takes every element. */
  readonly filters: Map<string, Node>;
}

export type Node = Leaf | ObjectNode | ArrayNode;

export const objectNode = (): ObjectNode => ({ kind: 'object', fields: new Map(), positional: undefined });
const arrayNode = (): ArrayNode => ({ kind: 'array', filters: new Map() });

/**
 * @throws MongoError 40 when two operators would change one field, or a field and what is in it
 */
export function addLeaf(root: ObjectNode, path: string, parts: readonly Part[], leaf: Leaf): void {
  let node: ObjectNode | ArrayNode = root;
  for (const [i, part] of parts.entries()) {
    const known = childOf(node, part);
    const next = parts[i + 1];
    if (next === undefined) {
      if (known) throw conflict(path, path);
      setChild(node, part, leaf);
      return;
    }
    const kind = next.kind === 'filter' ? 'array' : 'object';
    if (known && known.kind !== kind)
      throw conflict(
        path,
        path
          .split('.')
          .slice(0, i + 1)
          .join('.'),
      );
    const child: ObjectNode | ArrayNode = known ?? (kind === 'array' ? arrayNode() : objectNode());
    setChild(node, part, child);
    node = child;
  }
}

function childOf(node: ObjectNode | ArrayNode, part: Part): Node | undefined {
  if (node.kind === 'array') return part.kind === 'filter' ? node.filters.get(part.name) : undefined;
  return part.kind === 'positional' ? node.positional : node.fields.get(nameOf(part));
}

function setChild(node: ObjectNode | ArrayNode, part: Part, child: Node): void {
  if (node.kind === 'array') node.filters.set(nameOf(part), child);
  else if (part.kind === 'positional') node.positional = child;
  else node.fields.set(nameOf(part), child);
}

const nameOf = (part: Part): string => (part.kind === 'positional' ? '$' : part.name);

/**
 * What `a.$`, `a.$[x]` and `a.0` want of one and the same element.
 *
 * @throws MongoError 40 when they would change one field
 */
export function mergeNodes(a: Node, b: Node, path: string): Node {
  if (a.kind === 'object' && b.kind === 'object') {
    const positional = mergeMaybe(a.positional, b.positional, `${path}.$`);
    return { kind: 'object', fields: mergeMaps(a.fields, b.fields, path), positional };
  }
  if (a.kind === 'array' && b.kind === 'array') {
    return { kind: 'array', filters: mergeMaps(a.filters, b.filters, path) };
  }
  throw conflict(path, path);
}

function mergeMaps(a: Map<string, Node>, b: Map<string, Node>, path: string): Map<string, Node> {
  const merged = new Map(a);
  for (const [name, node] of b) merged.set(name, mergeMaybe(a.get(name), node, `${path}.${name}`)!);
  return merged;
}

const mergeMaybe = (a: Node | undefined, b: Node | undefined, path: string): Node | undefined =>
  a && b ? mergeNodes(a, b, path) : (a ?? b);

export const conflict = (path: string, at: string): MongoError =>
  new MongoError(
    ErrorCodes.ConflictingUpdateOperators,
    `Updating the path '${path}' would create a conflict at '${at}'`,
  );

/** New fields come in this order: numbers by value, other names by their bytes. */
export function inOrder(fields: ReadonlyMap<string, Node>): [string, Node][] {
  return [...fields].sort(([a], [b]) => {
    if (/^\d+$/.test(a) && /^\d+$/.test(b)) return Number(a) - Number(b) || compareStrings(a, b);
    return compareStrings(a, b);
  });
}
