import { isArray, isDoc, typeName, type Doc, type Value } from '../../bson/value.js';
import { failedToParse, MongoError } from '../../errors.js';
import { compileExpression } from '../expression.js';
import { identicalValues } from '../compare.js';
import { compileProjection } from '../project.js';
import { compileAddFields } from '../project/add-fields.js';
import type { CompileOptions } from '../types.js';
import { withIdOf } from './keep-id.js';

type Stage = (doc: Doc) => Doc;

const INVALID_OPTIONS = 72;

/** The form with stages, `[{$set: {…}}, {$unset: …}]`. */
export function compilePipeline(stages: readonly Value[], options: CompileOptions): (doc: Doc) => Doc {
  const compiled = stages.map((stage) => compileStage(stage, { now: new Date(), ...options }));
  return (doc) => {
    const result = withIdOf(
      doc,
      compiled.reduce((current, stage) => stage(current), doc),
    );
    return identicalValues(result, doc) ? doc : result;
  };
}

function compileStage(stage: Value, options: CompileOptions): Stage {
  if (!isDoc(stage)) throw new MongoError(14, 'Each element of the pipeline must be an object');
  const [entry] = stage;
  if (!entry || stage.size !== 1) {
    throw new MongoError(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  const [name, spec] = entry;
  switch (name) {
    case '$set':
    case '$addFields':
      if (!isDoc(spec))
        throw new MongoError(40272, `${name} specification stage must be an object, got ${typeName(spec)}`);
      return compileAddFields(spec, options);
    case '$project': {
      if (!isDoc(spec)) throw new MongoError(15969, '$project specification must be an object');
      const projection = compileProjection(spec, { ...options, isStage: true });
      return (doc) => projection.project(doc);
    }
    case '$unset':
      return compileUnset(spec);
    case '$replaceRoot':
      return compileReplace(newRootOf(spec), '$replaceRoot', options);
    case '$replaceWith':
      return compileReplace(spec, '$replaceWith', options);
    default:
      throw name.startsWith('$') && KNOWN_ELSEWHERE.has(name)
        ? new MongoError(INVALID_OPTIONS, `${name} is not allowed to be used within an update`)
        : new MongoError(40324, `Unrecognized pipeline stage name: '${name}'`);
  }
}

/** Stages of aggregations that an update may not have. */
const KNOWN_ELSEWHERE = new Set([
  '$match', '$group', '$sort', '$limit', '$skip', '$count', '$unwind', '$lookup', '$facet', '$out', '$merge', '$sample',
  '$bucket', '$bucketAuto', '$sortByCount', '$unionWith', '$graphLookup', '$redact', '$geoNear', '$changeStream',
]); // prettier-ignore

function compileUnset(spec: Value): Stage {
  const fields = isArray(spec) ? spec : [spec];
  if (fields.length === 0)
    throw new MongoError(31119, '$unset specification must be a string or an array with at least one field');
  const projection: Doc = new Map();
  for (const field of fields) {
    if (typeof field !== 'string')
      throw new MongoError(31120, '$unset specification must be a string or an array containing only string values');
    if (projection.has(field)) throw new MongoError(31250, `Path collision at ${field}`);
    projection.set(field, false);
  }
  const compiled = compileProjection(projection, { isStage: true });
  return (doc) => compiled.project(doc);
}

function newRootOf(spec: Value): Value {
  if (!isDoc(spec))
    throw new MongoError(40229, `expected an object as specification for $replaceRoot stage, got ${typeName(spec)}`);
  const other = [...spec.keys()].find((name) => name !== 'newRoot');
  if (other !== undefined) throw new MongoError(40230, `unrecognized option to $replaceRoot stage: ${other}`);
  const newRoot = spec.get('newRoot');
  if (newRoot === undefined) throw new MongoError(40231, 'no newRoot specified for the $replaceRoot stage');
  return newRoot;
}

function compileReplace(expression: Value, name: string, options: CompileOptions): Stage {
  const evaluate = compileExpression(expression, options);
  return (doc) => {
    const result = evaluate(doc);
    if (isDoc(result)) return result;
    const type = typeName(result);
    throw new MongoError(
      40228,
      `'${name === '$replaceRoot' ? 'newRoot' : 'replacement document'}' expression must evaluate to an object, but resulting value was of type: ${type}`,
    );
  };
}

/** @throws MongoError 9 for options that only the form with operators has */
export function refuseArrayFilters(arrayFilters: readonly Doc[], form: string): void {
  if (arrayFilters.length > 0) throw failedToParse(`arrayFilters may not be specified for ${form} updates`);
}
