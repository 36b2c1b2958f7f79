import { encode } from '../bson/encode.js';
import { type Doc, isDoc, type Value } from '../bson/value.js';
import { failedToParse, MongoError, unsupported } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { compilePipeline, type Pipeline, type PipelineContext } from '../query/pipeline.js';
import type { Collection } from '../storage/collection.js';
import type { StoredDocument } from '../storage/stored-document.js';
import { cursorBatchSize, openCursor, ResultSource, type Results } from './batches.js';
import { type Call, type Command, readerOf, type Reply } from './command.js';
import { checkDatabase, checkedNamespace, findCollection, namespaceOf, variablesOf } from './namespace.js';
import { openStream } from './open-stream.js';
import { hint } from './search-options.js';
import { select, type Selection } from './select.js';
import { boolean, document, optional } from './values.js';

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

export const aggregate: Command = { options: OPTIONS, inTransaction: true, run };

function run(call: Call): Reply | Promise<Reply> {
  const { args } = call;
  if (optional(args, 'explain', boolean)) throw unsupported("aggregate with 'explain' (the explain command takes one)");
  if (!args.has('cursor'))
    throw failedToParse("The 'cursor' option is required, except for aggregate with the explain argument");
  const stages = stagesOf(args);
  const [first] = stages;
  if (isDoc(first) && first.has('$changeStream')) return openStream(call, first, stages.slice(1));
  if (typeof args.get('aggregate') !== 'string') return aggregateSessions(call, stages);
  const namespace = namespaceOf(call);
  const collection = findCollection(call, namespace);
  const { pipeline, selection } = readAggregate(call, args);
  const results = resultsOf(call, collection, pipeline, selection);
  const source = new ResultSource(results, call.transaction !== undefined);
  return openCursor(call, namespace, source, { batchSize: cursorBatchSize(call) });
}

/** Of the stages that need no collection there is one: drivers' own tests use it. */
function aggregateSessions(call: Call, [first, ...rest]: Value[]): Reply | Promise<Reply> {
  checkDatabase(call.database);
  if (!isDoc(first) || !first.has('$listLocalSessions')) throw unsupported('aggregate without a collection');
  const options = optional(first, '$listLocalSessions', document)!;
  for (const option of options.keys())
    if (option !== 'allUsers') throw unsupported(`$listLocalSessions with '${option}'`);
  const pipeline = compilePipeline(rest, contextOf(call));
  const results = encoded(pipeline.run(call.server.sessions.describe()));
  const source = new ResultSource(results, call.transaction !== undefined);
  return openCursor(call, `${call.database}.$cmd.aggregate`, source, { batchSize: cursorBatchSize(call) });
}

function stagesOf(args: Doc): Value[] {
  const pipeline = args.get('pipeline');
  if (Array.isArray(pipeline)) return pipeline;
  throw new MongoError(40414, "BSON field 'aggregate.pipeline' is missing but a required field");
}

/** The pipeline of an aggregate, and what it begins with as a search, which can use an index. */
export function readAggregate(call: Call, args: Doc): { pipeline: Pipeline; selection: Selection } {
  const pipeline = compilePipeline(stagesOf(args), contextOf(call));
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
  const found: Iterable<StoredDocument | null> = collection
    ? select(readerOf(call), collection, selection, call.budget)
    : [];
  const rest = stages.slice(leading.stages);
  const [only, another] = rest;
  if (!only) return raw(found);
  if (only.fromCount && !another) return counted(found, (count) => only.fromCount!(count));
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

function* docs(found: Iterable<StoredDocument | null>): Generator<Doc | null> {
  for (const each of found) yield each && each.doc;
}

function* encoded(results: Iterable<Doc | null>): Generator<Uint8Array | null> {
  for (const doc of results) yield doc && encode(doc);
}
