import type { Doc } from '../bson/value.js';
import { badValue, MongoError } from '../errors.js';
import { excludesNull, implies } from '../query/filter.js';
import type { CompiledFilter, CompiledSort, FilterNode } from '../query/types.js';
import { type Bounds, boundsForAny, type KeySpace } from './bounds.js';
import type { Collection } from './collection.js';
import type { IndexInfo } from './index-info.js';
import { after, MAX_INDEX_KEY, MAX_RECORD_KEY } from './keys.js';
import { type Alternatives, alternativesOf } from './predicates.js';
import type { Stretch } from './scan.js';

export interface Plan {
  /** Undefined: the documents themselves, in the order of `_id`. */
  index: IndexInfo | undefined;
  stretches: readonly Stretch[];
  reverse: boolean;
  /** The documents come in the order asked for. */
  isSorted: boolean;
  stage: 'COLLSCAN' | 'IXSCAN' | 'IDHACK' | 'OR';
  /** OR: the ways of the alternatives, whose documents are taken once each. */
  parts?: readonly Plan[];
}

export interface Question {
  filter: CompiledFilter;
  sort?: CompiledSort | undefined;
  hint?: string | Doc | undefined;
}

type Order = CompiledSort['pattern'];

interface Choice extends Plan {
  score: number;
  /** The filter gives the `_id` of all that may match. */
  namesDocuments?: boolean;
}

/** Finds the cheapest way to all documents that may match. Whatever it is, the documents are checked against the whole filter. */
export function planQuery(collection: Collection, { filter, sort, hint }: Question): Plan {
  const order = sort && sort.pattern.length > 0 ? sort.pattern : undefined;
  const hinted = hint === undefined ? undefined : findHinted(collection, hint);
  if (typeof hinted === 'object' && 'natural' in hinted) return wholeCollection(collection, order, hinted.natural < 0);
  const alternatives = alternativesOf(filter.node);
  const wanted = { collection, node: filter.node, alternatives, order, hinted };
  return bestChoice(wanted) ?? planBranches(wanted) ?? wholeCollection(collection, order);
}

interface Wanted {
  collection: Collection;
  node: FilterNode;
  alternatives: Alternatives;
  order: Order | undefined;
  hinted: IndexInfo | 'id' | undefined;
}

function bestChoice(wanted: Wanted): Choice | undefined {
  const { collection, hinted } = wanted;
  const choices: Choice[] = [];
  if (hinted === undefined || hinted === 'id') choices.push(...chooseId(wanted));
  // One document at most for each: no index does better.
  if (choices[0]?.namesDocuments) return choices[0];
  for (const index of collection.indexes) {
    if (hinted !== undefined && hinted !== index) continue;
    const choice = chooseIndex(index, wanted);
    if (choice) choices.push(choice);
  }
  if (choices.length === 0) return undefined;
  return choices.reduce((best, choice) => (choice.score > best.score ? choice : best));
}

/** Each alternative by an index of its own, when all have one. */
function planBranches({ collection, alternatives, order }: Wanted): Plan | undefined {
  const parts: Plan[] = [];
  for (const { node, predicates } of alternatives.branches) {
    const part = bestChoice({
      collection,
      node,
      alternatives: { rest: predicates, branches: [] },
      order: undefined,
      hinted: undefined,
    });
    if (!part) return undefined;
    parts.push(part);
  }
  if (parts.length === 0) return undefined;
  return { index: undefined, stretches: [], reverse: false, isSorted: order === undefined, stage: 'OR', parts };
}

function wholeCollection(collection: Collection, order: Order | undefined, reverse = false): Plan {
  const { prefix } = collection;
  const isSorted = order === undefined;
  return {
    index: undefined,
    stretches: [{ low: prefix, high: after(prefix) }],
    reverse,
    isSorted,
    stage: 'COLLSCAN',
  };
}

function chooseId({ collection, alternatives, order, hinted }: Wanted): Choice[] {
  const space: KeySpace = {
    fields: ['_id'],
    directions: [1],
    prefix: collection.prefix,
    isUnique: true,
    maxKey: MAX_RECORD_KEY,
    arrayOf: () => undefined,
  };
  const bounds = boundsOf(space, alternatives);
  const sorted = sortedBy(space, bounds, order, !collection.flags.hasCutIds);
  const isBounded = bounds.points > 0 || bounds.hasRange;
  if (!isBounded && !sorted.isUsed && hinted === undefined) return [];
  const stage = bounds.fixed === 1 ? 'IDHACK' : 'IXSCAN';
  return [
    {
      index: undefined,
      stretches: bounds.stretches,
      ...sorted,
      stage,
      score: score(bounds, sorted.isUsed, bounds.fixed === 1),
      namesDocuments: bounds.points > 0,
    },
  ];
}

function chooseIndex(index: IndexInfo, { node, alternatives, order, hinted }: Wanted): Choice | undefined {
  const isHinted = hinted === index;
  if (index.partialFilter && !implies(node, index.partialFilter.node)) {
    if (isHinted)
      throw new MongoError(
        291,
        `the filter does not imply the partialFilterExpression of the hinted index ${index.name}`,
      );
    return undefined;
  }
  if (index.sparse && !isHinted && !index.fields.some((field) => excludesNull(node, field))) return undefined;
  const space = spaceOf(index);
  const bounds = boundsOf(space, alternatives);
  const sorted = sortedBy(space, bounds, order, !index.flags.hasCutKeys && !index.flags.multikey);
  if (bounds.points === 0 && !bounds.hasRange && !sorted.isUsed && !isHinted) return undefined;
  const isOne = index.unique && bounds.fixed === index.fields.length;
  return { index, stretches: bounds.stretches, ...sorted, stage: 'IXSCAN', score: score(bounds, sorted.isUsed, isOne) };
}

const boundsOf = (space: KeySpace, { rest, branches }: Alternatives): Bounds =>
  boundsForAny(
    space,
    rest,
    branches.map(({ predicates }) => predicates),
  );

function spaceOf({ fields, directions, prefix, unique, flags }: IndexInfo): KeySpace {
  const arrayRoots = new Set([...flags.multikeyPaths].map(root));
  const arrayOf = (field: string) => (flags.multikey && arrayRoots.has(root(field)) ? root(field) : undefined);
  return { fields, directions, prefix, isUnique: unique, maxKey: MAX_INDEX_KEY, arrayOf };
}

const root = (path: string): string => path.split('.', 1)[0]!;

/** Whether the keys, after the fields with one value, come in the order asked for, forwards or backwards. */
function sortedBy(
  { fields, directions }: KeySpace,
  bounds: Bounds,
  order: Order | undefined,
  isInOrder: boolean,
): { isSorted: boolean; isUsed: boolean; reverse: boolean } {
  if (!order) return { isSorted: true, isUsed: false, reverse: false };
  const no = { isSorted: false, isUsed: false, reverse: false };
  const fixedFields = new Set(fields.slice(0, bounds.fixed));
  let at = bounds.fixed;
  let reverse: boolean | undefined;
  for (const [path, direction] of order) {
    if (fixedFields.has(path)) continue;
    if (fields[at] !== path) return no;
    const isBackwards = direction !== directions[at];
    if (reverse !== undefined && reverse !== isBackwards) return no;
    reverse = isBackwards;
    at++;
  }
  return isInOrder ? { isSorted: true, isUsed: true, reverse: reverse ?? false } : no;
}

function score(bounds: Bounds, isSortUsed: boolean, isOne: boolean): number {
  if (isOne) return 1000;
  return bounds.fixed * 20 + (bounds.points - bounds.fixed) * 12 + (bounds.hasRange ? 8 : 0) + (isSortUsed ? 5 : 0);
}

function findHinted(collection: Collection, hint: string | Doc): IndexInfo | 'id' | { natural: number } {
  if (hint === '_id_') return 'id';
  if (typeof hint !== 'string') {
    if (hint.size === 1 && hint.has('_id')) return 'id';
    if (hint.size === 1 && hint.has('$natural')) return { natural: Number(hint.get('$natural')) };
  }
  const found = collection.indexes.find((index) =>
    typeof hint === 'string' ? index.name === hint : isPattern(index, hint),
  );
  if (found) return found;
  throw badValue(
    'error processing query: planner returned error: hint provided does not correspond to an existing index',
  );
}

function isPattern(index: IndexInfo, hint: Doc): boolean {
  const entries = [...hint];
  return (
    entries.length === index.fields.length &&
    entries.every(
      ([field, direction], i) => field === index.fields[i] && Number(direction) < 0 === index.directions[i]! < 0,
    )
  );
}
