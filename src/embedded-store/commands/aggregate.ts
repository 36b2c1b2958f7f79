import { Int32 } from 'bson';
import { encode } from '../bson/encode.js';
import { type Doc, isArray, isDoc } from '../bson/value.js';
import { MongoError, unsupported } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { compilePipeline } from '../query/pipeline.js';
import { compileProjection } from '../query/project.js';
import { cursorBatchSize, openCursor, ResultSource } from './batches.js';
import { ChangeStream, readStreamOptions, type Scope } from './change-stream.js';
import { type Call, type Command, readerOf, type Reply } from './command.js';
import { checkDatabase, checkedNamespace, findCollection, namespaceOf, variablesOf } from './namespace.js';
import { type Selection, select } from './select.js';
import { hint } from './hint.js';
import { optional } from './values.js';

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
  if (args.get('explain') === true) throw unsupported("aggregate with 'explain'");
  const stages = stagesOf(args);
  const [first] = stages;
  if (first?.has('$changeStream')) return openStream(call, stages);
  if (typeof args.get('aggregate') !== 'string') throw unsupported('aggregate without a collection');
  const namespace = namespaceOf(call);
  const pipeline = compilePipeline(stages, {
    let: variablesOf(args),
    now: new Date(),
    lookup: (name, filter, options) =>
      documentsOf(call, checkedNamespace(call.database, name), { filter: compileFilter(filter, options) }),
  });
  const { leading } = pipeline;
  const selection = {
    filter: leading.filter ?? compileFilter(new Map()),
    sort: leading.sort && new Map(leading.sort.pattern.map(([path, direction]) => [path, new Int32(direction)])),
    skip: leading.skip,
    limit: leading.limit,
    hint: optional(args, 'hint', hint),
  };
  const docs = pipeline.run(documentsOf(call, namespace, selection), leading.stages);
  const source = new ResultSource(encoded(docs), call.transaction !== undefined);
  return openCursor(call, namespace, source, { batchSize: cursorBatchSize(call) });
}

/** What a selection takes of a collection; nothing where it does not exist. */
function* documentsOf(call: Call, namespace: string, selection: Selection): Generator<Doc> {
  const collection = findCollection(call, namespace);
  if (!collection) return;
  for (const found of select(readerOf(call), collection, selection, call.budget)) {
    if (found) yield found.doc;
  }
}

export function stagesOf(args: Doc): Doc[] {
  const pipeline = args.get('pipeline');
  if (!isArray(pipeline))
    throw new MongoError(40414, "BSON field 'aggregate.pipeline' is missing but a required field");
  return pipeline.map((stage) => {
    if (isDoc(stage) && stage.size === 1) return stage;
    throw new MongoError(40323, 'A pipeline stage specification object must contain exactly one field.');
  });
}

function* encoded(docs: Iterable<Doc>): Generator<Uint8Array> {
  for (const doc of docs) yield encode(doc);
}

function openStream(call: Call, [first, ...rest]: Doc[]): Promise<Reply> | Reply {
  const { engine } = call.server;
  const stage = first!.get('$changeStream');
  if (!isDoc(stage)) throw new MongoError(50808, '$changeStream must take a nested object');
  const { namespace, scope } = watched(call, stage);
  const stream = new ChangeStream(engine, scope, readStreamOptions(engine, stage), shapeOf(rest));
  return openCursor(call, namespace, stream, { batchSize: cursorBatchSize(call) });
}

function watched(call: Call, stage: Doc): { namespace: string; scope: Scope } {
  const { args, database } = call;
  if (typeof args.get('aggregate') === 'string') {
    const namespace = namespaceOf(call);
    return { namespace, scope: { collection: namespace } };
  }
  checkDatabase(database);
  const namespace = `${database}.$cmd.aggregate`;
  if (stage.get('allChangesForCluster') !== true) return { namespace, scope: { database } };
  if (database !== 'admin')
    throw new MongoError(72, 'a change stream over all databases must be opened on the admin database');
  return { namespace, scope: 'deployment' };
}

function shapeOf(stages: Doc[]): (event: Doc) => Doc | undefined {
  const steps = stages.map((stage): ((event: Doc) => Doc | undefined) => {
    const [name, value] = [...stage][0]!;
    if (!isDoc(value)) throw unsupported(`${name} in a change stream`);
    if (name === '$match') {
      const filter = compileFilter(value);
      return (event) => (filter.matches(event) ? event : undefined);
    }
    if (name === '$project') return (event) => compileProjection(value, { isStage: true }).project(event);
    throw unsupported(`${name} in a change stream`);
  });
  return (event) => steps.reduce<Doc | undefined>((shaped, step) => shaped && step(shaped), event);
}
