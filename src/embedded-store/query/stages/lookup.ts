import { encodedSize } from '../../bson/size.js';
import type { Doc, Value } from '../../bson/value.js';
import { isArray, isDoc } from '../../bson/value.js';
import { ErrorCodes, failedToParse, unsupported } from '../../errors.js';
import { checkVariableName } from '../expressions/array-loops.js';
import { compileExpression } from '../expression.js';
import { parseFieldPath } from '../field-path.js';
import { compileFilter } from '../filter.js';
import { MemoryMeter } from '../memory.js';
import type { CompileOptions, Expression } from '../types.js';
import { equalityFilter, localValues } from './local-values.js';
import type { CompilePipeline, Item, Pipeline, PipelineContext, StageCompiler } from './stage.js';
import { requireDoc } from './stage.js';
import { setAt } from './unwind.js';

interface Spec {
  readonly from: string;
  readonly as: readonly string[];
  readonly fields: { readonly local: readonly string[]; readonly foreign: string } | undefined;
  readonly let: readonly (readonly [string, Expression])[];
  /** A `$match` at the head of the sub-pipeline, which can be part of the search. */
  readonly match: Doc | undefined;
  readonly pipeline: readonly Value[];
}

/** Both forms: equality of two fields, a sub-pipeline with variables, or both at once. */
export const lookup: StageCompiler = (argument, context, name, compilePipeline) => {
  const spec = parse(requireDoc(argument, ErrorCodes.FailedToParse, name), context);
  const search = prepareSearch(spec, context, compilePipeline);
  return {
    name,
    *run(input) {
      for (const doc of input) {
        if (doc === null) yield null;
        else yield setAt(doc, spec.as, yield* collect(search(doc)));
      }
    },
  };
};

/** Keeps what one document is joined with in memory, as it has to fit into a document in the end. */
function* collect(found: Iterable<Item>): Generator<null, Doc[]> {
  const meter = new MemoryMeter('$lookup');
  const docs: Doc[] = [];
  for (const doc of found) {
    if (doc === null) yield null;
    else {
      meter.add(encodedSize(doc));
      docs.push(doc);
    }
  }
  return docs;
}

type Search = (doc: Doc) => Iterable<Item>;

/** Without variables the sub-pipeline is one for all documents; with them, compiled for the values of each. */
function prepareSearch(spec: Spec, context: PipelineContext, compilePipeline: CompilePipeline): Search {
  const unset = withVariables(context, spec, undefined);
  const compiled = compilePipeline(spec.pipeline, unset);
  // Compiled for its errors alone, which must not wait for a document.
  if (spec.match !== undefined) compileFilter(spec.match, unset);
  const find = (doc: Doc, options: CompileOptions, pipeline: Pipeline): Iterable<Item> =>
    pipeline.run(context.lookup(spec.from, bothFilters(equalityOf(doc, spec), spec.match), options));
  if (spec.let.length === 0) return (doc) => find(doc, context, compiled);
  return (doc) => {
    const options = withVariables(context, spec, doc);
    return find(doc, options, compilePipeline(spec.pipeline, options));
  };
}

/** @param doc undefined only to check the pipeline, with all variables missing */
function withVariables(context: PipelineContext, spec: Spec, doc: Doc | undefined): PipelineContext {
  const variables = new Map(context.variables);
  for (const [name, expression] of spec.let) {
    variables.set(name, doc === undefined ? undefined : expression(doc, variables));
  }
  return { ...context, variables, depth: (context.depth ?? 0) + 1 };
}

const equalityOf = (doc: Doc, { fields }: Spec): Doc | undefined =>
  fields && equalityFilter(fields.foreign, localValues(doc, fields.local));

function bothFilters(equality: Doc | undefined, match: Doc | undefined): Doc {
  if (equality === undefined || match === undefined) return equality ?? match ?? new Map();
  return new Map([['$and', [equality, match]]]);
}

const OPTIONS = new Set(['from', 'as', 'localField', 'foreignField', 'let', 'pipeline']);

function parse(spec: Doc, context: PipelineContext): Spec {
  for (const key of spec.keys()) if (!OPTIONS.has(key)) throw failedToParse(`unknown argument to $lookup: ${key}`);
  const from = spec.get('from');
  if (isDoc(from)) throw unsupported("$lookup with an object as 'from'");
  if (from === undefined) throw unsupported("$lookup without 'from'");
  const [local, foreign] = [optionalText(spec, 'localField'), optionalText(spec, 'foreignField')];
  const stages = spec.get('pipeline');
  if ((local === undefined) !== (foreign === undefined)) {
    throw failedToParse('$lookup requires both or neither of localField and foreignField to be specified');
  }
  if (local === undefined && stages === undefined) {
    throw failedToParse('$lookup requires either localField and foreignField, or pipeline');
  }
  if (stages === undefined && spec.has('let'))
    throw failedToParse("$lookup with a 'let' argument must have a 'pipeline'");
  const [match, pipeline] = splitMatch(stages ?? []);
  return {
    from: requiredText(spec, 'from'),
    as: parseFieldPath(requiredText(spec, 'as')),
    fields: fieldsOf(local, foreign),
    let: parseLet(spec.get('let'), context),
    match,
    pipeline,
  };
}

function fieldsOf(local: string | undefined, foreign: string | undefined): Spec['fields'] {
  if (local === undefined || foreign === undefined) return undefined;
  parseFieldPath(foreign);
  return { local: parseFieldPath(local), foreign };
}

function optionalText(spec: Doc, key: string): string | undefined {
  const value = spec.get(key);
  if (value !== undefined && typeof value !== 'string')
    throw failedToParse(`$lookup argument '${key}' must be a string`);
  return value;
}

function requiredText(spec: Doc, key: string): string {
  const text = optionalText(spec, key);
  if (text === undefined || text === '') throw failedToParse(`must specify '${key}' field for a $lookup`);
  return text;
}

function parseLet(spec: Value | undefined, context: PipelineContext): Spec['let'] {
  if (spec === undefined) return [];
  if (!isDoc(spec)) throw failedToParse("$lookup argument 'let' must be an object");
  return [...spec].map(([name, expression]) => {
    const evaluate = compileExpression(expression, context);
    return [checkVariableName(name), (doc: Doc) => evaluate(doc)] as const;
  });
}

function splitMatch(stages: Value): [Doc | undefined, Value[]] {
  if (!isArray(stages)) throw failedToParse("$lookup argument 'pipeline' must be an array");
  const [first] = stages;
  const match = isDoc(first) && first.size === 1 ? first.get('$match') : undefined;
  return isDoc(match) ? [match, stages.slice(1)] : [undefined, stages];
}
