import { encode } from '../bson/encode.js';
import { type Doc, isArray, isDoc, type Value } from '../bson/value.js';
import { MongoError, unsupported } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { compileProjection } from '../query/project.js';
import { cursorBatchSize, openCursor, ResultSource } from './batches.js';
import { ChangeStream, readStreamOptions, type Scope } from './change-stream.js';
import { type Call, type Command, readerOf, type Reply } from './command.js';
import { leadingStages } from './leading-stages.js';
import { checkDatabase, findCollection, namespaceOf } from './namespace.js';
import { select } from './select.js';
import { hint } from './hint.js';
import { optional, toDoc } from './values.js';

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
  const collection = findCollection(call, namespace);
  const { selection, rest } = leadingStages(stages, optional(args, 'hint', hint), undefined);
  const found = collection ? select(readerOf(call), collection, selection, call.budget) : [].values();
  const docs = (function* () {
    for (const each of found) yield each && (each as { doc: Doc }).doc;
  })();
  const source = new ResultSource(encoded(runStages(docs, rest)), call.transaction !== undefined);
  return openCursor(call, namespace, source, { batchSize: cursorBatchSize(call) });
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

function* encoded(docs: Iterable<Doc | null>): Generator<Uint8Array | null> {
  for (const doc of docs) yield doc && encode(doc);
}

function* runStages(docs: Iterable<Doc | null>, stages: Doc[]): Generator<Doc | null> {
  const [stage, ...rest] = stages;
  if (!stage) {
    yield* docs;
    return;
  }
  const [name, value] = [...stage][0]!;
  if (name !== '$group' || rest.length > 0 || !isCount(value)) throw unsupported(name);
  let n = 0;
  for (const doc of docs) {
    if (doc) n++;
    else yield null;
  }
  if (n > 0) yield toDoc({ _id: (value as Doc).get('_id'), n });
}

const isCount = (group: Value): boolean => isDoc(group) && group.has('n') && group.size === 2;

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
