import { type Doc, isArray, isDoc, type Value } from '../bson/value.js';
import { ErrorCodes, MongoError, unsupported } from '../errors.js';
import { compilePipeline, isKnownStage } from '../query/pipeline.js';
import type { CompiledFilter } from '../query/types.js';
import { cursorBatchSize, openCursor } from './batches.js';
import { docStages } from '../query/stages/doc-stages.js';
import { eventHead } from './change-event.js';
import { ChangeStream, type EventShape, readStreamOptions, type Scope } from './change-stream.js';
import type { Call, Reply } from './command.js';
import { document, optional, string } from './values.js';
import { checkDatabase, namespaceOf } from './namespace.js';

/** Stages that make one event of one event. */
const STAGES = new Set(['$match', ...docStages.keys()]);

/** Answers an aggregate that begins with `$changeStream`. */
export function openStream(call: Call, first: Doc, rest: Value[]): Reply | Promise<Reply> {
  const { engine } = call.server;
  if (call.transaction) {
    throw new MongoError(
      ErrorCodes.OperationNotSupportedInTransaction,
      '$changeStream may not be used in a transaction',
    );
  }
  const concern = optional(call.args, 'readConcern', document);
  const level = concern?.get('level') ?? 'majority';
  if (level !== 'majority') {
    throw new MongoError(
      ErrorCodes.InvalidOptions,
      `$changeStream cannot be used with a read concern other than majority: ${string(level, 'level')}`,
    );
  }
  const stage = first.get('$changeStream');
  if (!isDoc(stage)) throw new MongoError(50808, '$changeStream stage expects a document as argument');
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
  if (database === 'admin') return { namespace, scope: 'deployment' };
  throw new MongoError(ErrorCodes.InvalidOptions, 'a change stream over all databases is opened on the admin database');
}

function shapeOf(stages: Value[]): EventShape {
  for (const stage of stages) {
    const [name] = isDoc(stage) ? stage.keys() : [];
    if (name === '$changeStreamSplitLargeEvent') throw unsupported(`the stage ${name}`);
    if (name !== undefined && isKnownStage(name) && !STAGES.has(name)) {
      throw new MongoError(ErrorCodes.IllegalOperation, `${name} is not permitted in a $changeStream pipeline`);
    }
  }
  const pipeline = compilePipeline(stages, { lookup: () => [] });
  const [first] = stages;
  const match = isDoc(first) ? first.get('$match') : undefined;
  const filter = pipeline.leading.filter;
  const isEarly = isDoc(match) && asksOnly(match, HEAD);
  return {
    wants: isEarly && filter ? judge(filter, asksOnly(match, KIND)) : () => true,
    of: (event, wasWanted) => {
      const [shaped] = pipeline.run([event], isEarly && wasWanted ? 1 : 0);
      return shaped;
    },
  };
}

/** @param byKind events of one kind in one namespace are all judged alike, once */
function judge(filter: CompiledFilter, byKind: boolean): EventShape['wants'] {
  if (!byKind) return (event) => filter.matches(eventHead(event));
  const verdicts = new Map<string, boolean>();
  return (event) => {
    const kind = `${event.kind} ${'collection' in event ? event.collection.namespace : event.namespace}`;
    const known = verdicts.get(kind);
    if (known !== undefined) return known;
    if (verdicts.size >= MOST_VERDICTS) verdicts.clear();
    const verdict = filter.matches(eventHead(event));
    verdicts.set(kind, verdict);
    return verdict;
  };
}

const MOST_VERDICTS = 1000;
const KIND = new Set(['operationType', 'ns']);
const HEAD = new Set([...KIND, 'documentKey']);
const TOGETHER = new Set(['$and', '$or', '$nor']);

/** True where a filter can be judged by these fields of an event, before its document is read. */
function asksOnly(filter: Doc, fields: ReadonlySet<string>): boolean {
  return [...filter].every(([name, value]) =>
    TOGETHER.has(name)
      ? isArray(value) && value.every((part) => isDoc(part) && asksOnly(part, fields))
      : fields.has(name.split('.', 1)[0]!),
  );
}
