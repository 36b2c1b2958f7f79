import type { Timestamp } from 'bson';
import type { Doc, Value } from '../bson/value.js';
import type { FilterNode } from './filter/node.js';

/** `$$` variables of expressions by name without the dollars: those of `let`, of `$map` and the like, and `NOW`. */
export type Variables = ReadonlyMap<string, Value | undefined>;

/** @returns undefined for "missing" */
export type Expression = (root: Doc, variables: Variables) => Value | undefined;

export type { FilterNode } from './filter/node.js';

export interface CompileOptions {
  /** The command's `let`, as it came. */
  readonly let?: Doc | undefined;
  /** Variables whose values are known already, by name without dollars: those of a `$lookup`. */
  readonly variables?: Variables | undefined;
  /** `$$NOW`: one moment for the whole command. */
  readonly now?: Date | undefined;
}

export interface CompiledFilter {
  readonly node: FilterNode;
  matches(doc: Doc): boolean;
  /** The array index that `$` stands for in an update or projection, of a document that matches. */
  positional(doc: Doc): number | undefined;
}

/** Is told what the operators of an update changed, path by path. */
export interface UpdateLog {
  updated(path: string, value: Value): void;
  removed(path: string): void;
}

export interface UpdateContext {
  /** What `$` stands for; undefined makes its use an error. */
  readonly positional?: number | undefined;
  /** True for the document that an upsert is about to insert: `$setOnInsert` applies, `_id` may be set. */
  readonly isInsert?: boolean;
  readonly now: Date;
  /** For `$currentDate` as a timestamp; made from `now` when left out. */
  readonly clusterTime?: Timestamp | undefined;
  /** Only operators tell: what pipelines changed shows in the documents. */
  readonly log?: UpdateLog | undefined;
}

export interface CompiledUpdate {
  readonly kind: 'modifiers' | 'replacement' | 'pipeline';
  /** True if the update names `$` and so needs `CompiledFilter.positional`. */
  readonly usesPositional: boolean;
  /** @returns `doc` itself when nothing changes; never changes `doc` */
  apply(doc: Doc, context: UpdateContext): Doc;
}

export interface UpdateDescription {
  readonly updatedFields: Doc;
  readonly removedFields: readonly string[];
  readonly truncatedArrays: readonly { readonly field: string; readonly newSize: number }[];
}

export interface CompiledSort {
  /** As written, `{a: 1, 'b.c': -1}`; empty when there is nothing to sort by. */
  readonly pattern: readonly (readonly [path: string, direction: 1 | -1])[];
  /** The values the document sorts by: of an array its least, or its greatest when descending. */
  sortKey(doc: Doc): Value[];
  compareKeys(a: readonly Value[], b: readonly Value[]): number;
  compare(a: Doc, b: Doc): number;
}

export interface CompiledProjection {
  /** True if it names `$` and so needs the filter that found the document. */
  readonly usesPositional: boolean;
  project(doc: Doc): Doc;
}
