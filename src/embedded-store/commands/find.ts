import { encode } from '../bson/encode.js';
import type { Doc } from '../bson/value.js';
import { badValue, MongoError, unsupported } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import { compileProjection } from '../query/project.js';
import type { CompiledProjection } from '../query/types.js';
import type { StoredDocument } from '../storage/stored-document.js';
import { batchSize, openCursor, ResultSource } from './batches.js';
import { type Call, type Command, readerOf, type Reply } from './command.js';
import { hint, sortOrder } from './search-options.js';
import { findCollection, namespaceOf, variablesOf } from './namespace.js';
import { select, type Selection } from './select.js';
import { boolean, document, integer, optional } from './values.js';

const UNSUPPORTED = ['awaitData', 'max', 'min', 'oplogReplay', 'returnKey', 'showRecordId', 'tailable', 'readOnce'];

/** Sorting never goes to disk, whatever `allowDiskUse` says: what is too large for memory is error 292. */
export const find: Command = {
  options: [
    'filter',
    'sort',
    'projection',
    'hint',
    'skip',
    'limit',
    'batchSize',
    'singleBatch',
    'let',
    'collation',
    'allowDiskUse',
    'allowPartialResults',
    'noCursorTimeout',
    ...UNSUPPORTED,
  ],
  inTransaction: true,
  run,
};

function run(call: Call): Reply | Promise<Reply> {
  const namespace = namespaceOf(call);
  const { args } = call;
  refuseUnsupported(args);
  const limit = optional(args, 'limit', notNegative) ?? 0;
  const size = optional(args, 'batchSize', batchSize);
  const isSingle = optional(args, 'singleBatch', boolean) ?? false;
  const { selection, projection } = readFind(args, limit);
  const collection = findCollection(call, namespace);
  const found = collection ? select(readerOf(call), collection, selection, call.budget) : [].values();
  const source = new ResultSource(shown(found, projection), call.transaction !== undefined, limit || Infinity);
  source.isPatient = optional(args, 'noCursorTimeout', boolean) ?? false;
  return openCursor(call, namespace, source, { batchSize: size, isSingle });
}

/** The parts of a find that explain shares. */
export function readFind(
  args: Doc,
  limit: number,
): { selection: Selection; projection: CompiledProjection | undefined } {
  const variables = variablesOf(args);
  const filter = compileFilter(optional(args, 'filter', document) ?? new Map(), { let: variables });
  const fields = optional(args, 'projection', document);
  const projection = fields && fields.size > 0 ? compileProjection(fields, { let: variables, filter }) : undefined;
  const skip = optional(args, 'skip', notNegative);
  const selection = {
    filter,
    sort: optional(args, 'sort', sortOrder),
    skip,
    limit,
    hint: optional(args, 'hint', hint),
  };
  return { selection, projection };
}

function* shown(
  found: Iterable<StoredDocument | null>,
  projection: CompiledProjection | undefined,
): Generator<Uint8Array | null> {
  for (const document of found) {
    if (document === null) yield null;
    else yield projection ? encode(projection.project(document.doc)) : document.raw;
  }
}

function refuseUnsupported(args: Doc): void {
  for (const option of UNSUPPORTED) {
    const value = args.get(option);
    if (value !== undefined && value !== false) throw unsupported(`find with '${option}'`);
  }
}

export function notNegative(value: Parameters<typeof integer>[0], name: string): number {
  const number = integer(value, name);
  if (number < 0) throw new MongoError(51024, `BSON field '${name}' value must be >= 0, actual value '${number}'`);
  if (number > 0x7fffffff) throw badValue(`${name} is too large`);
  return number;
}
