import type { Value } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { int32 } from '../../bson/value.js';
import { compileProjection } from '../project.js';
import type { DocStageCompiler } from './stage.js';
import { eachDoc, requireDoc } from './stage.js';

export const project: DocStageCompiler = (argument, context, name) => {
  const projection = compileProjection(requireDoc(argument, 15969, name), { ...context, isStage: true });
  return eachDoc(name, (doc) => projection.project(doc));
};

/** One path or several. */
export const unset: DocStageCompiler = (argument, _context, name) => {
  const paths = Array.isArray(argument) ? argument : [argument];
  if (paths.length === 0)
    throw new MongoError(31119, '$unset specification must be a string or an array with at least one field');
  const spec = new Map<string, Value>();
  for (const path of paths) {
    if (typeof path !== 'string') {
      throw new MongoError(31120, '$unset specification must be a string or an array containing only string values');
    }
    if (spec.has(path)) throw new MongoError(31250, `Path collision at ${path}`);
    spec.set(path, int32(0));
  }
  const projection = compileProjection(spec, { isStage: true });
  return eachDoc(name, (doc) => projection.project(doc));
};
