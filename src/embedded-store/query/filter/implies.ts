import { MaxKey, MinKey } from 'bson';
import { compareValues, equalValues, isNaNValue, rankOf } from '../compare.js';
import type { Comparison, ComparisonNode, FilterNode, InNode, NotNode } from './node.js';

/**
 * Whether every document that matches `filter` is known to match `required`. False may mean "not known".
 *
 * Of two leaves on one path this holds when each value that satisfies the first satisfies the second, because a leaf asks
 * for some value along the path. Negations ask for none, so they imply only themselves, with the exception in `exists`.
 */
export function implies(filter: FilterNode, required: FilterNode): boolean {
  if (required.kind === 'and') return required.children.every((child) => implies(filter, child));
  if (filter.kind === 'never') return true;
  if (filter.kind === 'or') return filter.children.every((child) => implies(child, required));
  if (required.kind === 'or' && required.children.some((child) => implies(filter, child))) return true;
  if (isSame(filter, required)) return true;
  if (filter.kind === 'and') return filter.children.some((child) => implies(child, required));
  return leafImplies(filter, required);
}

/** Whether no document that matches `filter` lacks the field, so that a sparse index on it knows them all. */
export function excludesNull(filter: FilterNode, path: string): boolean {
  return implies(filter, { kind: 'exists', path, value: true });
}

function leafImplies(filter: FilterNode, required: FilterNode): boolean {
  if (!('path' in filter) || !('path' in required) || filter.path !== required.path) return false;
  if (required.kind === 'exists') return required.value ? impliesExists(filter) : false;
  if (filter.kind === 'in') {
    if (filter.regexes.length > 0) return false;
    return filter.values.every((value) => leafImplies({ kind: 'eq', path: filter.path, value }, required));
  }
  if (required.kind === 'in') {
    return required.values.some((value) => leafImplies(filter, { kind: 'eq', path: required.path, value }));
  }
  return isComparison(filter) && isComparison(required) && comparisonImplies(filter, required);
}

type Positive = ComparisonNode & { kind: Comparison };

const isComparison = (node: FilterNode): node is Positive => ['eq', 'lt', 'lte', 'gt', 'gte'].includes(node.kind);

function impliesExists(filter: Extract<FilterNode, { path: string }>): boolean {
  switch (filter.kind) {
    case 'elemMatch':
    case 'regex':
    case 'size':
    case 'type':
      return true;
    case 'in':
      return !filter.values.includes(null);
    case 'ne':
    case 'nin':
    case 'not':
      return impliesExistsByNegation(filter);
    case 'eq':
      return filter.value !== null;
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      // Missing fields are on the other side of MinKey and MaxKey.
      return filter.value !== null && !(filter.value instanceof MinKey) && !(filter.value instanceof MaxKey);
    default:
      return false;
  }
}

/**
 * "Not null" means "exists" for a field of the document itself. It does not for `a.b`: with `{a: []}` there is no value to
 * be null, nor one to exist.
 */
function impliesExistsByNegation(filter: ComparisonNode | InNode | NotNode): boolean {
  if (filter.path.includes('.')) return false;
  if ('value' in filter) return filter.value === null;
  if ('values' in filter) return filter.values.includes(null);
  const { child } = filter;
  if (child.kind === 'eq') return child.value === null;
  if (child.kind === 'in') return child.values.includes(null);
  return child.kind === 'exists' && !child.value;
}

function comparisonImplies(filter: Positive, required: Positive): boolean {
  if (rankOf(filter.value) !== rankOf(required.value)) return false;
  const hasEqual = (kind: Comparison): boolean => kind === 'eq' || kind === 'lte' || kind === 'gte';
  if (isNaNValue(filter.value) || isNaNValue(required.value)) {
    return hasEqual(filter.kind) && hasEqual(required.kind) && isNaNValue(filter.value) && isNaNValue(required.value);
  }
  const order = compareValues(filter.value, required.value);
  if (required.kind === 'eq') return filter.kind === 'eq' && order === 0;
  const isUpper = required.kind === 'lt' || required.kind === 'lte';
  const sameSide = isUpper ? ['lt', 'lte', 'eq'] : ['gt', 'gte', 'eq'];
  if (!sameSide.includes(filter.kind)) return false;
  const within = isUpper ? order < 0 : order > 0;
  return within || (order === 0 && (hasEqual(required.kind) || !hasEqual(filter.kind)));
}

function isSame(a: FilterNode, b: FilterNode): boolean {
  if (a.kind !== b.kind) return false;
  const others = b as unknown as Record<string, unknown>;
  return Object.entries(a).every(([name, value]) => isSamePart(value, others[name], name));
}

function isSamePart(a: unknown, b: unknown, name: string): boolean {
  if (name === 'child') return isSame(a as FilterNode, b as FilterNode);
  if (name === 'value' && typeof a !== 'number')
    return equalValues(a as ComparisonNode['value'], b as ComparisonNode['value']);
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  if (a.length !== b.length) return false;
  return a.every((item: unknown, i) => isSameItem(item, b[i], name));
}

function isSameItem(a: unknown, b: unknown, name: string): boolean {
  if (name === 'children' || name === 'regexes') return isSame(a as FilterNode, b as FilterNode);
  if (name === 'values') return equalValues(a as ComparisonNode['value'], b as ComparisonNode['value']);
  return a === b;
}
