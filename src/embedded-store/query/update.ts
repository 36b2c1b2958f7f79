import { isArray, type Doc, type Value } from '../bson/value.js';
import type { CompiledUpdate, CompileOptions, UpdateContext } from './types.js';
import { checkDepth } from './update/depth.js';
import { compileModifiers } from './update/modifiers.js';
import { compilePipeline, refuseArrayFilters } from './update/pipeline.js';
import { compileReplacement } from './update/replacement.js';

export { ChangedPaths, describeUpdate } from './update/describe.js';
export { withTimestamps } from './update/empty-timestamps.js';
export { upsertSeed } from './update/upsert-seed.js';

export interface UpdateOptions extends CompileOptions {
  readonly arrayFilters?: readonly Doc[] | undefined;
  /** `bypassEmptyTsReplacement`: a replacement is stored as it came. */
  readonly keepsEmptyTimestamps?: boolean | undefined;
}

/**
 * @param update operators, a whole new document, or the stages of a pipeline
 * @throws MongoError with MongoDB's codes, e.g. 9 for an unknown operator, 40 for a conflict, 56 for an empty name
 */
export function compileUpdate(update: Doc | readonly Value[], options: UpdateOptions = {}): CompiledUpdate {
  return new CheckedUpdate(compileForm(update, options));
}

class CheckedUpdate implements CompiledUpdate {
  readonly kind: CompiledUpdate['kind'];
  readonly usesPositional: boolean;

  constructor(private readonly form: CompiledUpdate) {
    this.kind = form.kind;
    this.usesPositional = form.usesPositional;
  }

  apply(doc: Doc, context: UpdateContext): Doc {
    const result = this.form.apply(doc, context);
    return result === doc ? doc : checkDepth(result);
  }
}

function compileForm(update: Doc | readonly Value[], options: UpdateOptions): CompiledUpdate {
  const arrayFilters = options.arrayFilters ?? [];
  if (isArray(update as Value)) {
    refuseArrayFilters(arrayFilters, 'pipeline-style');
    return { kind: 'pipeline', usesPositional: false, apply: compilePipeline(update as Value[], options) };
  }
  const doc = update as Doc;
  const [first] = doc.keys();
  if (first?.startsWith('$')) return compileModifiers(doc, arrayFilters, options);
  refuseArrayFilters(arrayFilters, 'replacement-style');
  return { kind: 'replacement', usesPositional: false, apply: compileReplacement(doc, options.keepsEmptyTimestamps) };
}
