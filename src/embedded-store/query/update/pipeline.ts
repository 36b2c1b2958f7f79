import { isDoc, type Doc, type Value } from '../../bson/value.js';
import { failedToParse, MongoError } from '../../errors.js';
import { identicalValues } from '../compare.js';
import { addFields } from '../stages/add-fields.js';
import { project, unset } from '../stages/project.js';
import { replaceRoot, replaceWith } from '../stages/replace-root.js';
import type { DocStage, DocStageCompiler } from '../stages/stage.js';
import type { CompileOptions } from '../types.js';
import { withIdOf } from './keep-id.js';

const INVALID_OPTIONS = 72;

/** The form with stages, `[{$set: {…}}, {$unset: …}]`. */
export function compilePipeline(stages: readonly Value[], options: CompileOptions): (doc: Doc) => Doc {
  const compiled = stages.map((stage) => compileStage(stage, { now: new Date(), ...options }));
  return (doc) => {
    const result = withIdOf(
      doc,
      compiled.reduce((current, stage) => stage.change(current), doc),
    );
    return identicalValues(result, doc) ? doc : result;
  };
}

/** Those stages of aggregations that make one document of each. */
const compilers = new Map<string, DocStageCompiler>([
  ['$addFields', addFields],
  ['$project', project],
  ['$replaceRoot', replaceRoot],
  ['$replaceWith', replaceWith],
  ['$set', addFields],
  ['$unset', unset],
]);

function compileStage(stage: Value, options: CompileOptions): DocStage {
  if (!isDoc(stage)) throw new MongoError(14, 'Each element of the pipeline must be an object');
  const [entry] = stage;
  if (!entry || stage.size !== 1) {
    throw new MongoError(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  const [name, spec] = entry;
  const compile = compilers.get(name);
  if (compile) return compile(spec, options, name);
  throw KNOWN_ELSEWHERE.has(name)
    ? new MongoError(INVALID_OPTIONS, `${name} is not allowed to be used within an update`)
    : new MongoError(40324, `Unrecognized pipeline stage name: '${name}'`);
}

/** Stages of aggregations that an update may not have. */
const KNOWN_ELSEWHERE = new Set([
  '$match', '$group', '$sort', '$limit', '$skip', '$count', '$unwind', '$lookup', '$facet', '$out', '$merge', '$sample',
  '$bucket', '$bucketAuto', '$sortByCount', '$unionWith', '$graphLookup', '$redact', '$geoNear', '$changeStream',
]); // prettier-ignore

/** @throws MongoError 9 for options that only the form with operators has */
export function refuseArrayFilters(arrayFilters: readonly Doc[], form: string): void {
  if (arrayFilters.length > 0) throw failedToParse(`arrayFilters may not be specified for ${form} updates`);
}
