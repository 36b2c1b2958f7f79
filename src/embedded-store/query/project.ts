import type { Doc } from '../bson/value.js';
import { badValue, MongoError } from '../errors.js';
import { compileExclusion, compileInclusion } from './project/apply.js';
import { projectPositional } from './project/positional.js';
import { parseProjection, type ProjectionOptions } from './project/parse.js';
import { compileSlice } from './project/slice.js';
import type { CompiledProjection } from './types.js';

export type { ProjectionOptions } from './project/parse.js';

/**
 * @throws MongoError 31253, 31254 and the other codes of MongoDB's projection parser
 */
export function compileProjection(spec: Doc, options: ProjectionOptions = {}): CompiledProjection {
  if (options.isStage && spec.size === 0) {
    throw new MongoError(
      51272,
      'Invalid $project :: caused by :: projection specification must have at least one field',
    );
  }
  const { root, type, slices, positional } = parseProjection(spec, options);
  const steps = [type === 'inclusion' ? compileInclusion(root) : compileExclusion(root), ...slices.map(compileSlice)];
  return {
    usesPositional: positional !== undefined,
    project: (doc) => {
      const projected = steps.reduce((result, step) => step(result, doc), doc);
      if (!positional) return projected;
      if (!options.filter) throw badValue('Projections with a positional operator require a matcher');
      return projectPositional(projected, positional, options.filter.positional(doc));
    },
  };
}
