import type { Doc, Value } from '../bson/value.js';
import { MongoError, unsupported } from '../errors.js';
import { sortDocs } from './sort-docs.js';
import { count } from './stages/count.js';
import { docStages, readStage, unknownStage } from './stages/doc-stages.js';
import { facet } from './stages/facet.js';
import { group } from './stages/group.js';
import { limit, skip } from './stages/limit-skip.js';
import { lookup } from './stages/lookup.js';
import { match } from './stages/match.js';
import { sort } from './stages/sort.js';
import { sortByCount } from './stages/sort-by-count.js';
import type { Item, Leading, Pipeline, PipelineContext, Stage, StageCompiler } from './stages/stage.js';
import { unwind } from './stages/unwind.js';

export type { Item, Leading, Pipeline, PipelineContext, Stage } from './stages/stage.js';

const compilers = new Map<string, StageCompiler>([
  ...docStages,
  ['$count', count],
  ['$facet', facet],
  ['$group', group],
  ['$limit', limit],
  ['$lookup', lookup],
  ['$match', match],
  ['$skip', skip],
  ['$sort', sort],
  ['$sortByCount', sortByCount],
  ['$unwind', unwind],
]);

/** Stages of MongoDB 8.0 that the store does not have; `$changeStream` only where it may stand, which is not here. */
const knownStages = new Set(
  [
    '$bucket $bucketAuto $changeStream $changeStreamSplitLargeEvent $collStats $currentOp $densify $documents $fill',
    '$geoNear $graphLookup $indexStats $listLocalSessions $listSampledQueries $listSearchIndexes $listSessions',
    '$planCacheStats $queryStats $redact $sample $search $searchMeta $setWindowFields $shardedDataDistribution',
    '$unionWith $vectorSearch',
  ].flatMap((line) => line.split(' ')),
);

/** Where they may stand, they are taken off before. */
const lastStages = new Set(['$merge', '$out']);

export const isKnownStage = (name: string): boolean =>
  compilers.has(name) || knownStages.has(name) || lastStages.has(name);

const MAX_STAGES = 1000;
const MAX_DEPTH = 20;
const MAX_SUB_PIPELINE_DEPTH_EXCEEDED = 232;

/**
 * @throws MongoError 40324 for stages that nobody knows, 115 for those that only a replica set has, and what the stages
 * themselves refuse
 */
export function compilePipeline(stages: readonly Value[], context: PipelineContext): Pipeline {
  if (stages.length > MAX_STAGES)
    throw new MongoError(7749501, `Pipeline length must be no longer than ${MAX_STAGES} stages`);
  if ((context.depth ?? 0) > MAX_DEPTH) {
    throw new MongoError(
      MAX_SUB_PIPELINE_DEPTH_EXCEEDED,
      `Maximum number of nested sub-pipelines exceeded. Limit is ${MAX_DEPTH}`,
    );
  }
  const shared = { ...context, now: context.now ?? new Date() };
  const compiled = stages.map((stage) => compileStage(stage, shared));
  const steps = compiled.map((stage, i) =>
    stage.sort === undefined ? stage : boundedSort(stage, compiled.slice(i + 1)),
  );
  return {
    stages: compiled,
    leading: findLeading(compiled),
    run: (input: Iterable<Item>, from = 0) =>
      steps.slice(from).reduce((items, step) => step.run(items), input) as Iterable<Doc>,
  };
}

function compileStage(stage: Value, context: PipelineContext): Stage {
  const [name, argument] = readStage(stage);
  const compile = compilers.get(name);
  if (compile !== undefined) return compile(argument, context, name, compilePipeline);
  if (lastStages.has(name)) throw new MongoError(40601, `${name} can only be the final stage in the pipeline`);
  if (name === '$changeStream')
    throw new MongoError(40602, '$changeStream is only valid as the first stage in a pipeline');
  if (knownStages.has(name)) throw unsupported(`the stage ${name}`);
  throw unknownStage(name);
}

/** Before a limit, only so many documents need to stay in memory. */
function boundedSort(stage: Stage, following: readonly Stage[]): Stage {
  let skipped = 0;
  for (const next of following) {
    if (next.skip !== undefined) skipped += next.skip;
    else if (next.limit === undefined) return stage;
    else {
      const most = skipped + next.limit;
      return { ...stage, run: (input: Iterable<Item>) => sortDocs(input, stage.sort!, most) };
    }
  }
  return stage;
}

const order = ['filter', 'sort', 'skip', 'limit'] as const;

function findLeading(stages: readonly Stage[]): Leading {
  const leading: { -readonly [K in keyof Leading]: Leading[K] } = { stages: 0 };
  let next = 0;
  for (const stage of stages) {
    const at = order.findIndex((part, i) => i >= next && stage[part] !== undefined);
    if (at < 0) break;
    Object.assign(leading, { [order[at]!]: stage[order[at]!] });
    leading.stages++;
    next = at + 1;
  }
  return leading;
}
