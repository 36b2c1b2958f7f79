import { encodedSize } from '../../bson/size.js';
import type { Doc, Value } from '../../bson/value.js';
import { isArray, isDoc } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { MemoryMeter } from '../memory.js';
import type { Item, Pipeline, StageCompiler } from './stage.js';
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
      const meter = new MemoryMeter('$facet');
      const branches = pipelines.map(([field, pipeline]) => new Branch(field, pipeline, meter));
      for (const doc of input) {
        if (doc === null) yield null;
        else for (const branch of branches) branch.push(doc);
        if (branches.every((branch) => branch.isDone)) break;
      }
      for (const branch of branches) yield* branch.finish();
      yield new Map(branches.map(({ field, found }) => [field, found]));
    },
  };
};

/** Takes the documents one by one as they come, so that no more stays in memory than the pipeline itself keeps. */
class Branch {
  readonly found: Doc[] = [];
  isDone = false;
  private next: Doc | undefined;
  private isLast = false;
  private readonly output: Iterator<Item>;

  constructor(
    readonly field: string,
    pipeline: Pipeline,
    private readonly meter: MemoryMeter,
  ) {
    this.output = pipeline.run(this.feed())[Symbol.iterator]();
  }

  push(doc: Doc): void {
    if (this.isDone) return;
    this.next = doc;
    do this.step();
    while (this.next !== undefined && !this.isDone);
    this.next = undefined;
  }

  *finish(): Generator<null> {
    this.isLast = true;
    while (!this.isDone) if (this.step()) yield null;
  }

  /** Gives null while there is nothing to give, which comes back through the pipeline. */
  private *feed(): Generator<Item> {
    for (;;) {
      const doc = this.next;
      this.next = undefined;
      if (doc !== undefined) yield doc;
      else if (this.isLast) return;
      else yield null;
    }
  }

  /** Pulls what comes out until the pipeline asks for more. @returns true when it gave null */
  private step(): boolean {
    for (;;) {
      const { done, value } = this.output.next();
      if (done) this.isDone = true;
      if (done || value === null) return !done;
      this.meter.add(encodedSize(value));
      this.found.push(value);
    }
  }
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
