import type { TypeCode, Value } from '../../bson/value.js';

export type Comparison = 'eq' | 'lt' | 'lte' | 'gt' | 'gte';

/**
 * A filter as the planner reads it. Every `path` is dotted and relative to what the node is asked about: the document,
 * or, below an `elemMatch` of form 'object', an element of the array. Below form 'value' it is ''.
 */
export type FilterNode =
  | LogicalNode
  | ComparisonNode
  | InNode
  | { kind: 'exists'; path: string; value: boolean }
  | TypeNode
  | { kind: 'size'; path: string; value: number }
  | { kind: 'elemMatch'; path: string; form: 'object' | 'value'; child: FilterNode }
  | NotNode
  | RegexNode
  | { kind: 'expr'; value: Value }
  /** `{$all: []}`; of any other list `$all` is an `and`. */
  | { kind: 'never' };

export interface LogicalNode {
  kind: 'and' | 'or' | 'nor';
  /** An `and` without children matches everything. */
  children: readonly FilterNode[];
}

export interface ComparisonNode {
  kind: Comparison | 'ne';
  path: string;
  value: Value;
}

export interface InNode {
  kind: 'in' | 'nin';
  path: string;
  /** In BSON order, without duplicates and without regular expressions. */
  values: readonly Value[];
  regexes: readonly RegexNode[];
}

export interface NotNode {
  kind: 'not';
  path: string;
  child: FilterNode;
}

export interface TypeNode {
  kind: 'type';
  path: string;
  types: readonly TypeCode[];
}

export interface RegexNode {
  kind: 'regex';
  path: string;
  pattern: string;
  /** Of `imsxu`, in alphabetical order. */
  options: string;
}

export const EVERYTHING: FilterNode = { kind: 'and', children: [] };
