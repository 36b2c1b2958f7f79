import { isDoc, type Value } from '../../bson/value.js';
import { MongoError, typeMismatch } from '../../errors.js';
import { addFields } from './add-fields.js';
import { project, unset } from './project.js';
import { replaceRoot, replaceWith } from './replace-root.js';
import type { DocStageCompiler } from './stage.js';

/** Stages that make one document of each: what the pipeline of an update, or behind `$changeStream`, may do to documents. */
export const docStages: ReadonlyMap<string, DocStageCompiler> = new Map([
  ['$addFields', addFields],
  ['$project', project],
  ['$replaceRoot', replaceRoot],
  ['$replaceWith', replaceWith],
  ['$set', addFields],
  ['$unset', unset],
]);

/** A stage of any pipeline, `{<name>: <argument>}`. */
export function readStage(stage: Value): [name: string, argument: Value] {
  if (!isDoc(stage)) throw typeMismatch("Each element of the 'pipeline' array must be an object");
  const [entry, second] = stage;
  if (entry && !second) return entry;
  throw new MongoError(40323, 'A pipeline stage specification object must contain exactly one field.');
}

export const unknownStage = (name: string): MongoError =>
  new MongoError(40324, `Unrecognized pipeline stage name: '${name}'`);
