import { encodedSize } from '../../bson/size.js';
import type { Doc, Value } from '../../bson/value.js';
import { isArray, isDoc } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { MemoryMeter } from '../memory.js';
import type { StageCompiler } from './stage.js';
import { requireDoc } from './stage.js';

/** Several pipelines over the same documents; one document with a list for each comes out. */
export const facet: StageCompiler = (argument, context, name, compilePipeline) => {
  const spec = requireDoc(argument, 40169, name);
  if (spec.size === 0) throw new MongoError(40169, 'the $facet specification must be a non-empty object');
  const pipelines = [...spec].map(([field, stages]) => {
    checkName(field);
    return [field, compilePipeline(checkStages(field, stages), context)] as const;
  });
  return {
    name,
    *run(input) {
      const docs = gather(input);
      const result: Doc = new Map();
      const meter = new MemoryMeter('$facet');
      for (const [field, pipeline] of pipelines) {
        const found: Doc[] = [];
        for (const doc of pipeline.run(docs)) {
          meter.add(encodedSize(doc));
          found.push(doc);
        }
        result.set(field, found);
      }
      yield result;
    },
  };
};

function gather(input: Iterable<Doc>): Doc[] {
  const meter = new MemoryMeter('$facet');
  const docs: Doc[] = [];
  for (const doc of input) {
    meter.add(encodedSize(doc));
    docs.push(doc);
  }
  return docs;
}

function checkName(field: string): void {
  if (field.includes('.')) throw new MongoError(40235, `The field name '${field}' cannot contain '.'`);
  if (field.startsWith('$')) throw new MongoError(40236, `The field name '${field}' cannot be an operator name`);
}

function checkStages(field: string, stages: Value): Value[] {
  if (!isArray(stages)) throw new MongoError(40170, `arguments to $facet must be arrays, ${field} is none`);
  if (stages.some((stage) => isDoc(stage) && stage.has('$facet'))) {
    throw new MongoError(40600, '$facet is not allowed to be used within a $facet stage');
  }
  return stages;
}
