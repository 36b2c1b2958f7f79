import { BSONRegExp } from 'bson';
import { BsonUndefined, isArray, isDoc, type Value } from '../bson/value.js';
import type { LogicalNode } from '../query/filter/node.js';
import type { FilterNode } from '../query/types.js';

/** What a filter surely asks of one path, as far as an index can use it. */
export interface Predicate {
  /** The value is one of these: `$eq`, `$in`. */
  points?: readonly Value[];
  /** `$gt`, `$gte`, within the values of that kind. */
  lower?: { value: Value; isInclusive: boolean };
  upper?: { value: Value; isInclusive: boolean };
  /** One and the same value lies between the two sides, even where the path leads to an array. */
  isOneElement?: true;
}

/** The conditions that must all hold, by path. What is not in here is only checked on the documents. */
export function predicatesOf(node: FilterNode): Map<string, Predicate> {
  const predicates = new Map<string, Predicate>();
  collect(node, '', predicates);
  return predicates;
}

/** A filter as what surely holds, and what may hold beside it: the branches of its first `$or`, each with the rest. */
export interface Alternatives {
  rest: Map<string, Predicate>;
  branches: readonly { node: FilterNode; predicates: Map<string, Predicate> }[];
}

export function alternativesOf(node: FilterNode): Alternatives {
  const conditions = node.kind === 'and' ? node.children : [node];
  const rest = predicatesOf(node);
  const or = conditions.find((condition): condition is LogicalNode => condition.kind === 'or');
  if (!or) return { rest, branches: [] };
  const others = conditions.filter((condition) => condition !== or);
  const branches = or.children.map((branch): Alternatives['branches'][number] => {
    const together: FilterNode = { kind: 'and', children: [...others, branch] };
    return { node: together, predicates: predicatesOf(together) };
  });
  return { rest, branches };
}

/** @param above path of the array whose elements the node is about; '' for the document */
function collect(node: FilterNode, above: string, predicates: Map<string, Predicate>): void {
  if (node.kind === 'and') {
    for (const child of node.children) collect(child, above, predicates);
    return;
  }
  if (!('path' in node)) return;
  const path = [above, node.path].filter(Boolean).join('.');
  if (node.kind === 'elemMatch') {
    // Some element fulfils the condition, so that its key is in the index. Not so in an array in an array, which is a key as a
    // whole: `{$elemMatch: {$elemMatch: …}}` enters it, and so does a number in the path.
    if (node.path === '' || hasNumber(path)) return;
    if (node.form === 'object') return collect(node.child, path, predicates);
    const found = ofOneElement(node.child, path);
    if (found) predicates.set(path, both(predicates.get(path) ?? {}, found));
    return;
  }
  if (above !== '' && hasNumber(path)) return;
  const found = read(node, path);
  if (found) predicates.set(path, both(predicates.get(path) ?? {}, found));
}

/** Any one of two conditions of the same sort will do: the documents are checked against both. */
function both(known: Predicate, found: Predicate): Predicate {
  const points = fewerPoints(known, found);
  // The sides of a range of one element must not be mixed with those of another.
  if (found.isOneElement) return { ...found, ...(known.points ? { points: known.points } : {}), ...points };
  if (known.isOneElement) return { ...known, ...(found.points ? { points: found.points } : {}), ...points };
  return { ...found, ...known, ...points };
}

/** `{$elemMatch: {$gte: a, $lt: b}}`: both sides are about the same element. */
function ofOneElement(child: FilterNode, path: string): Predicate | undefined {
  const predicates = new Map<string, Predicate>();
  collect(child, path, predicates);
  const found = predicates.get(path);
  return found?.lower && found.upper ? { ...found, isOneElement: true } : found;
}

const hasNumber = (path: string): boolean => /(?:^|\.)\d+(?:\.|$)/.test(path);

function fewerPoints(a: Predicate, b: Predicate): Predicate {
  if (!a.points || !b.points) return {};
  return { points: a.points.length <= b.points.length ? a.points : b.points };
}

function read(node: FilterNode, path: string): Predicate | undefined {
  switch (node.kind) {
    case 'eq':
      return isExact(node.value, path) ? { points: [node.value] } : undefined;
    case 'in':
      return node.regexes.length === 0 && node.values.every((value) => isExact(value, path))
        ? { points: node.values }
        : undefined;
    case 'gt':
    case 'gte':
      return isComparable(node.value) ? { lower: { value: node.value, isInclusive: node.kind === 'gte' } } : undefined;
    case 'lt':
    case 'lte':
      return isComparable(node.value) ? { upper: { value: node.value, isInclusive: node.kind === 'lte' } } : undefined;
    default:
      return undefined;
  }
}

/**
 * A document that holds the value has it as a key. Not so an array, whose elements are the keys, nor null on a dotted path, which arrays
 * and missing parents answer in their own ways.
 */
function isExact(value: Value, path: string): boolean {
  if (value === null) return !path.includes('.');
  return !isArray(value) && !(value instanceof BsonUndefined);
}

/** Null and the ends of the order compare with more than their own kind. */
function isComparable(value: Value): boolean {
  if (value === null || isArray(value) || value instanceof BsonUndefined || value instanceof BSONRegExp) return false;
  const kind = (value as { _bsontype?: string })._bsontype;
  return isDoc(value) || (kind !== 'MinKey' && kind !== 'MaxKey');
}
