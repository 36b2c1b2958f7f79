import { encode } from '../bson/encode.js';
import { type Doc, isArray, isDoc, type Value } from '../bson/value.js';
import { failedToParse, MongoError, unsupported } from '../errors.js';
import { compileExpression } from '../query/expression.js';
import { compileFilter } from '../query/filter.js';
import { compilePipeline, type Pipeline, type PipelineContext } from '../query/pipeline.js';
import type { Collection } from '../storage/collection.js';
import type { StoredDocument } from '../storage/stored-document.js';
import { cursorBatchSize, openCursor, ResultSource, type Results } from './batches.js';
import { collStatsOf } from './coll-stats.js';
import { type Call, type Command, readerOf, type Reply } from './command.js';
import { coveredCount } from './covered-count.js';
import { checkDatabase, checkedNamespace, findCollection, namespaceOf, variablesOf } from './namespace.js';
import { openStream } from './open-stream.js';
import { hint } from './search-options.js';
import { select, type Selection } from './select.js';
import { MAX_STATEMENT_BYTES } from './limits.js';
import { boolean, document, optional } from './values.js';
import { readWriteStage, writeStageOf } from './write-stage.js';

/** Nothing goes to disk, whatever `allowDiskUse` says. */
const OPTIONS = [
  'pipeline',
  'cursor',
  'hint',
  'let',
  'allowDiskUse',
  'bypassDocumentValidation',
  'collation',
  'explain',
];

export const aggregate: Command = {
  options: OPTIONS,
  inTransaction: true,
  isWrite: (args) => writeStageOf(args.get('pipeline')) !== undefined,
  run,
};

function run(call: Call): Reply | Promise<Reply> {
  const { args } = call;
  if (optional(args, 'explain', boolean)) throw unsupported("aggregate with 'explain' (the explain command takes one)");
  if (!args.has('cursor'))
    throw failedToParse("The 'cursor' option is required, except for aggregate with the explain argument");
  const stages = stagesOf(args);
  const [first] = stages;
  if (isDoc(first) && first.has('$changeStream')) return openStream(call, first, stages.slice(1));
  const writeStage = writeStageOf(stages);
  if (writeStage) return write(call, writeStage, stages);
  const { namespace, results } = read(call, stages);
  const source = new ResultSource(results, call.transaction !== undefined);
  return openCursor(call, namespace, source, { batchSize: cursorBatchSize(call) });
}

interface Reading {
  namespace: string;
  results: Results;
}

function read(call: Call, stages: readonly Value[]): Reading {
  if (typeof call.args.get('aggregate') !== 'string') return readWithoutCollection(call, stages);
  const namespace = namespaceOf(call);
  const [first, ...others] = stages;
  const stats = isDoc(first) ? collStatsOf(call, first, namespace) : undefined;
  if (stats) return { namespace, results: encoded(compilePipeline(others, contextOf(call)).run([stats])) };
  const collection = findCollection(call, namespace);
  const { pipeline, selection } = compile(call, stages, call.args);
  return { namespace, results: resultsOf(call, collection, pipeline, selection) };
}

/** All results are there before the first is written, so that a pipeline may write to what it reads. */
async function write(call: Call, name: '$out' | '$merge', stages: readonly Value[]): Promise<Reply> {
  const writeResults = readWriteStage(call, name, (stages.at(-1) as Doc).get(name)!);
  const { namespace, results } = read(call, stages.slice(0, -1));
  const found: Uint8Array[] = [];
  let bytes = 0;
  for (let next = results.next(); !next.done; next = results.next()) {
    if (next.value) found.push(next.value);
    else await call.budget.breathe();
    bytes += next.value?.length ?? 0;
    if (bytes > MAX_STATEMENT_BYTES)
      throw unsupported(`${name} of more than ${MAX_STATEMENT_BYTES} bytes of documents`);
  }
  await writeResults(found);
  return openCursor(call, namespace, new ResultSource([].values(), false), { batchSize: cursorBatchSize(call) });
}

/** Two of the stages that need no collection: drivers' own tests use them. */
function readWithoutCollection(call: Call, [first, ...rest]: readonly Value[]): Reading {
  checkDatabase(call.database);
  if (!isDoc(first)) throw unsupported('aggregate without a collection');
  const context = contextOf(call);
  const input = givenDocuments(first, context) ?? localSessions(call, first);
  if (!input) throw unsupported('aggregate without a collection');
  const results = encoded(compilePipeline(rest, context).run(input));
  return { namespace: `${call.database}.$cmd.aggregate`, results };
}

function givenDocuments(stage: Doc, context: PipelineContext): Doc[] | undefined {
  const expression = stage.get('$documents');
  if (expression === undefined) return undefined;
  const documents = compileExpression(expression, context)(new Map());
  if (!isArray(documents)) throw new MongoError(5858203, 'an array is expected for $documents');
  return documents.map((each) => {
    if (isDoc(each)) return each;
    throw new MongoError(40228, '$documents takes an array of objects only');
  });
}

function localSessions(call: Call, stage: Doc): Doc[] | undefined {
  const options = optional(stage, '$listLocalSessions', document);
  for (const option of options?.keys() ?? [])
    if (option !== 'allUsers') throw unsupported(`$listLocalSessions with '${option}'`);
  return options && call.server.sessions.describe();
}

function stagesOf(args: Doc): Value[] {
  const pipeline = args.get('pipeline');
  if (Array.isArray(pipeline)) return pipeline;
  throw new MongoError(40414, "BSON field 'aggregate.pipeline' is missing but a required field");
}

/** The pipeline of an aggregate, and what it begins with as a search, which can use an index. */
export function readAggregate(call: Call, args: Doc): Compiled {
  return compile(call, stagesOf(args), args);
}

interface Compiled {
  pipeline: Pipeline;
  selection: Selection;
}

function compile(call: Call, stages: readonly Value[], args: Doc): Compiled {
  const pipeline = compilePipeline(stages, contextOf(call));
  const { filter = compileFilter(new Map()), sort, skip, limit } = pipeline.leading;
  return { pipeline, selection: { filter, sort, skip, limit, hint: optional(args, 'hint', hint) } };
}

const contextOf = (call: Call): PipelineContext => ({
  let: variablesOf(call.args),
  now: new Date(),
  lookup: (name, filterDoc, options) => lookUp(call, name, compileFilter(filterDoc, options)),
});

function* lookUp(call: Call, name: string, filter: Selection['filter']): Generator<Doc | null> {
  const collection = findCollection(call, checkedNamespace(call.database, name));
  if (collection) yield* docs(select(readerOf(call), collection, { filter }, call.budget));
}

function resultsOf(call: Call, collection: Collection | undefined, pipeline: Pipeline, selection: Selection): Results {
  const { stages, leading } = pipeline;
  const [only, another] = stages.slice(leading.stages);
  const fromCount = only?.fromCount && !another ? (count: number) => only.fromCount!(count) : undefined;
  const covered = fromCount && collection && coveredCount(readerOf(call), collection, selection, call.budget);
  if (covered) return countedByKeys(covered, fromCount);
  const found: Iterable<StoredDocument | null> = collection
    ? select(readerOf(call), collection, selection, call.budget)
    : [];
  if (!only) return raw(found);
  if (fromCount) return counted(found, fromCount);
  return encoded(pipeline.run(docs(found), leading.stages));
}

function* raw(found: Iterable<StoredDocument | null>): Generator<Uint8Array | null> {
  for (const each of found) yield each && each.raw;
}

function* counted(
  found: Iterable<StoredDocument | null>,
  fromCount: (count: number) => Doc[],
): Generator<Uint8Array | null> {
  let count = 0;
  for (const each of found) {
    if (each) count++;
    else yield null;
  }
  yield* fromCount(count).map(encode);
}

function* countedByKeys(
  counting: Generator<null, number, void>,
  fromCount: (count: number) => Doc[],
): Generator<Uint8Array | null> {
  yield* fromCount(yield* counting).map(encode);
}

function* docs(found: Iterable<StoredDocument | null>): Generator<Doc | null> {
  for (const each of found) yield each && each.doc;
}

function* encoded(results: Iterable<Doc | null>): Generator<Uint8Array | null> {
  for (const doc of results) yield doc && encode(doc);
}
