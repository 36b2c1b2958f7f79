import { BSONRegExp } from 'bson';
import type { Doc, Value } from '../../bson/value.js';
import { isArray, isDoc } from '../../bson/value.js';
import { failedToParse, unsupported } from '../../errors.js';
import { checkVariableName } from '../expressions/array-loops.js';
import { isNullish } from '../expressions/booleans.js';
import { compileExpression } from '../expression.js';
import { parseFieldPath } from '../field-path.js';
import type { CompileOptions, Expression } from '../types.js';
import type { CompilePipeline, Pipeline, PipelineContext, StageCompiler } from './stage.js';
import { requireDoc } from './stage.js';
import { setAt } from './unwind.js';

interface Spec {
  readonly from: string;
  readonly as: readonly string[];
  readonly fields: { readonly local: string; readonly foreign: string } | undefined;
  readonly let: readonly (readonly [string, Expression])[];
  /** A `$match` at the head of the sub-pipeline, which can be part of the search. */
  readonly match: Doc | undefined;
  readonly pipeline: readonly Value[];
}

/** Both forms: equality of two fields, a sub-pipeline with variables, or both at once. */
export const lookup: StageCompiler = (argument, context, name, compilePipeline) => {
  const spec = parse(requireDoc(argument, 4569901, name), context);
  const localValue = spec.fields && compileExpression(`$${spec.fields.local}`);
  const search = prepareSearch(spec, context, compilePipeline);
  return {
    name,
    *run(input) {
      for (const doc of input) {
        const equality = spec.fields && equalityFilter(spec.fields.foreign, localValue?.(doc));
        yield setAt(doc, spec.as, [...search(doc, equality)]);
      }
    },
  };
};

type Search = (doc: Doc, equality: Doc | undefined) => Iterable<Doc>;

/** Without variables the sub-pipeline is one for all documents; with them, compiled for the values of each. */
function prepareSearch(spec: Spec, context: PipelineContext, compilePipeline: CompilePipeline): Search {
  const compiled = compilePipeline(spec.pipeline, withVariables(context, spec, undefined));
  const find = (equality: Doc | undefined, options: CompileOptions, pipeline: Pipeline): Iterable<Doc> =>
    pipeline.run(context.lookup(spec.from, bothFilters(equality, spec.match), options));
  if (spec.let.length === 0) return (_doc, equality) => find(equality, context, compiled);
  return (doc, equality) => {
    const options = withVariables(context, spec, doc);
    return find(equality, options, compilePipeline(spec.pipeline, options));
  };
}

/** @param doc undefined only to check the pipeline, with all variables missing */
function withVariables(context: PipelineContext, spec: Spec, doc: Doc | undefined): PipelineContext {
  const variables = new Map(context.variables);
  for (const [name, expression] of spec.let) {
    variables.set(name, doc === undefined ? undefined : expression(doc, variables));
  }
  return { ...context, variables };
}

function bothFilters(equality: Doc | undefined, match: Doc | undefined): Doc {
  if (equality === undefined || match === undefined) return equality ?? match ?? new Map();
  return new Map([['$and', [equality, match]]]);
}

/** Missing looks for null, a list for each of its elements. */
function equalityFilter(foreign: string, local: Value | undefined): Doc {
  const values = (isArray(local) ? local : [local]).map((value) => (isNullish(value) ? null : value));
  const plain = values.filter((value) => !(value instanceof BSONRegExp));
  const filter: Doc = new Map([[foreign, new Map([['$in', plain]])]]);
  if (plain.length === values.length) return filter;
  // In $in a regular expression would search; here it is only a value.
  const regexes = values.filter((value) => value instanceof BSONRegExp);
  const equals = regexes.map((regex): Doc => new Map([[foreign, new Map([['$eq', regex]])]]));
  return new Map([['$or', [filter, ...equals]]]);
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
  parseFieldPath(local);
  parseFieldPath(foreign);
  return { local, foreign };
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
