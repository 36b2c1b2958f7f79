import type { Doc, Value } from '../../bson/value.js';
import { failedToParse, MongoError } from '../../errors.js';
import { identicalValues } from '../compare.js';
import { isKnownStage } from '../pipeline.js';
import { docStages, readStage, unknownStage } from '../stages/doc-stages.js';
import type { DocStage } from '../stages/stage.js';
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

function compileStage(stage: Value, options: CompileOptions): DocStage {
  const [name, spec] = readStage(stage);
  const compile = docStages.get(name);
  if (compile) return compile(spec, options, name);
  throw isKnownStage(name)
    ? new MongoError(INVALID_OPTIONS, `${name} is not allowed to be used within an update`)
    : unknownStage(name);
}

/** @throws MongoError 9 for options that only the form with operators has */
export function refuseArrayFilters(arrayFilters: readonly Doc[], form: string): void {
  if (arrayFilters.length > 0) throw failedToParse(`arrayFilters may not be specified for ${form} updates`);
}
