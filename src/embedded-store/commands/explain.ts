import { type Doc, isDoc } from '../bson/value.js';
import { failedToParse, MongoError, unsupported } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import type { Collection } from '../storage/collection.js';
import { type Plan, planQuery } from '../storage/planner.js';
import { readAggregate } from './aggregate.js';
import type { Call, Command, Reply } from './command.js';
import { notNegative, readFind } from './find.js';
import { hint, sortOrder } from './search-options.js';
import { findCollection, namespaceOf } from './namespace.js';
import { type Counters, select, type Selection } from './select.js';
import { document, int, optional, required, string, toDoc } from './values.js';
import { writeStageOf } from './write-stage.js';

const VERBOSITIES = ['queryPlanner', 'executionStats', 'allPlansExecution'];

/** How a read, or the search of a write, finds its documents. Nothing is changed. */
export const explain: Command = { options: ['verbosity'], run };

async function run(call: Call): Promise<Reply> {
  const inner = required(call.args, 'explain', document);
  const verbosity = optional(call.args, 'verbosity', string) ?? 'allPlansExecution';
  if (!VERBOSITIES.includes(verbosity)) throw failedToParse(`verbosity must be one of ${VERBOSITIES.join(', ')}`);
  const selection = selectionOf(call, inner);
  const namespace = namespaceOf({ ...call, args: inner });
  const collection = findCollection(call, namespace);
  const plan = collection && planQuery(collection, selection);
  const winningPlan = plan ? describe(plan, selection) : { stage: 'EOF' };
  const isMeasured = verbosity !== 'queryPlanner' && collection && plan;
  const executionStats = isMeasured ? await measure(call, collection, selection, plan) : undefined;
  const queryPlanner = { namespace, winningPlan, rejectedPlans: [] };
  return toDoc({ explainVersion: '1', queryPlanner, executionStats, command: inner, ok: 1 });
}

/** The search of the command in `explain`. */
function selectionOf(call: Call, inner: Doc): Selection {
  const [name] = inner.keys();
  switch (name) {
    case 'find':
      return readFind(inner, optional(inner, 'limit', notNegative) ?? 0).selection;
    case 'count':
    case 'distinct':
      return filtered(inner, 'query', inner);
    case 'findAndModify':
    case 'findandmodify':
      return { ...filtered(inner, 'query', inner), sort: optional(inner, 'sort', sortOrder), limit: 1 };
    case 'update':
      return filtered(firstOf(inner, 'updates'), 'q', inner);
    case 'delete':
      return filtered(firstOf(inner, 'deletes'), 'q', inner);
    case 'aggregate':
      if (writeStageOf(inner.get('pipeline'))) throw unsupported('explain of an aggregate that writes');
      return readAggregate(call, inner).selection;
    default:
      throw unsupported(`explain of '${String(name)}'`);
  }
}

function filtered(statement: Doc, field: string, command: Doc): Selection {
  const filter = compileFilter(optional(statement, field, document) ?? new Map());
  return { filter, hint: optional(statement.has('hint') ? statement : command, 'hint', hint) };
}

function firstOf(inner: Doc, field: string): Doc {
  const list = inner.get(field);
  const first = Array.isArray(list) ? list[0] : undefined;
  if (!isDoc(first)) throw new MongoError(40414, `BSON field '${field}' is missing but a required field`);
  return first;
}

function describe(plan: Plan, { filter, sort, skip, limit }: Selection): object {
  let stage: object = scanStage(plan, filter.node.kind === 'and' && filter.node.children.length === 0);
  if (!plan.isSorted && sort)
    stage = {
      stage: 'SORT',
      sortPattern: new Map(sort.pattern.map(([path, direction]) => [path, int(direction)])),
      inputStage: stage,
    };
  if (skip) stage = { stage: 'SKIP', skipAmount: skip, inputStage: stage };
  if (limit) stage = { stage: 'LIMIT', limitAmount: limit, inputStage: stage };
  return stage;
}

function scanStage(plan: Plan, isUnfiltered: boolean): object {
  const direction = plan.reverse ? 'backward' : 'forward';
  if (plan.stage === 'COLLSCAN') return { stage: 'COLLSCAN', direction, isUnfiltered };
  if (plan.parts) return { stage: 'OR', inputStages: plan.parts.map((part) => scanStage(part, false)) };
  if (plan.stage === 'IDHACK') return { stage: 'IDHACK' };
  const { index } = plan;
  return {
    stage: 'FETCH',
    inputStage: {
      stage: 'IXSCAN',
      keyPattern: index?.pattern ?? toDoc({ _id: 1 }),
      indexName: index?.name ?? '_id_',
      isMultiKey: index?.flags.multikey ?? false,
      isUnique: index?.unique ?? true,
      isSparse: index?.sparse ?? false,
      isPartial: index?.partialFilter !== undefined,
      direction,
      ranges: plan.stretches.length,
    },
  };
}

async function measure(call: Call, collection: Collection, selection: Selection, plan: Plan): Promise<object> {
  const counters: Counters = { keys: 0, documents: 0 };
  let nReturned = 0;
  const started = Date.now();
  for (const found of select(call.server.engine.reader, collection, selection, call.budget, plan, counters)) {
    if (found) nReturned++;
    else await call.budget.breathe();
  }
  return {
    executionSuccess: true,
    nReturned,
    executionTimeMillis: Date.now() - started,
    totalKeysExamined: plan.stage === 'COLLSCAN' ? 0 : counters.keys,
    totalDocsExamined: counters.documents,
  };
}
