import type { Doc, Value } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import type { CompiledFilter, CompiledSort, CompileOptions } from '../types.js';

/**
 * A document on its way. Null means "nothing yet": it asks for a turn of the event loop, and stages hand it on, so that
 * one which needs all its input first does not keep others waiting.
 */
export type Item = Doc | null;

export interface PipelineContext extends CompileOptions {
  /**
   * Documents of another collection of the same database that match, for `$lookup`; `options` hold the variables that the
   * filter may use. A collection that does not exist is empty. Where it gives null, the pipeline does.
   */
  lookup(collection: string, filter: Doc, options: CompileOptions): Iterable<Item>;
  /** In how many sub-pipelines this one stands; 0 when left out. */
  readonly depth?: number;
}

/** One step of a pipeline. What it was made from is kept where a planner can do better than run it. */
export interface Stage {
  readonly name: string;
  /** Lazy where the stage can be; nothing is read before the result is. */
  run(input: Iterable<Item>): Iterable<Item>;
  readonly filter?: CompiledFilter;
  readonly sort?: CompiledSort;
  readonly limit?: number;
  readonly skip?: number;
  /** What the stage makes of `count` documents, if it depends on nothing else about them. */
  fromCount?(count: number): Doc[];
}

export interface Pipeline {
  readonly stages: readonly Stage[];
  readonly leading: Leading;
  /**
   * Null comes out where it went in, or where `lookup` gave it.
   *
   * @param from the first stage to run, `leading.stages` when the planner has done those before
   */
  run(input: Iterable<Doc>, from?: number): Iterable<Doc>;
  run(input: Iterable<Item>, from?: number): Iterable<Item>;
}

/** What a pipeline begins with and a planner can do by itself, in this order: filter, sort, skip, limit. */
export interface Leading {
  readonly filter?: CompiledFilter;
  readonly sort?: CompiledSort;
  readonly skip?: number;
  readonly limit?: number;
  /** How many stages that are. */
  readonly stages: number;
}

/** Given to stages that hold pipelines of their own. */
export type CompilePipeline = (stages: readonly Value[], context: PipelineContext) => Pipeline;

export type StageCompiler = (
  argument: Value,
  context: PipelineContext,
  name: string,
  compilePipeline: CompilePipeline,
) => Stage;

/** A stage that makes one document of each; updates have these too. */
export interface DocStage extends Stage {
  change(doc: Doc): Doc;
}

export type DocStageCompiler = (argument: Value, context: CompileOptions, name: string) => DocStage;

export const eachDoc = (name: string, change: (doc: Doc) => Doc): DocStage => ({
  name,
  change,
  *run(input) {
    for (const doc of input) yield doc && change(doc);
  },
});

export function requireDoc(argument: Value, code: number, name: string): Doc {
  if (!(argument instanceof Map)) throw new MongoError(code, `the ${name} stage specification must be an object`);
  return argument;
}

/** @throws MongoError for keys other than `allowed` */
export function checkKeys(spec: Doc, allowed: readonly string[], code: number, name: string): void {
  for (const key of spec.keys()) {
    if (!allowed.includes(key)) throw new MongoError(code, `unrecognized option to ${name} stage: ${key}`);
  }
}
