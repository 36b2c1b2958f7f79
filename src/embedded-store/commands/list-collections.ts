import { encode } from '../bson/encode.js';
import type { Doc } from '../bson/value.js';
import { compileFilter } from '../query/filter.js';
import { type Collection, ID_INDEX_SPEC } from '../storage/collection.js';
import { firstBatch } from './batches.js';
import type { Call, Command, Reply } from './command.js';
import { checkDatabase } from './namespace.js';
import { document, optional, toDoc } from './values.js';

/** There are no rights to check, so `authorizedCollections` changes nothing. */
export const listCollections: Command = { options: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'], run };

function run(call: Call): Reply | Promise<Reply> {
  const { args, database, server } = call;
  checkDatabase(database);
  const nameOnly = args.get('nameOnly') === true;
  const filter = compileFilter(optional(args, 'filter', document) ?? new Map());
  const collections = server.engine.catalog.inDatabase(database).filter(({ isProvisional }) => !isProvisional);
  const described = collections.map(describe).filter((doc) => filter.matches(doc));
  const shown = nameOnly ? described.map(nameAndType) : described;
  return firstBatch(call, `${database}.$cmd.listCollections`, shown.map(encode).values());
}

function describe(collection: Collection): Doc {
  return toDoc({
    name: collection.name,
    type: 'collection',
    options: {},
    info: { readOnly: false, uuid: collection.uuid },
    idIndex: ID_INDEX_SPEC,
  });
}

const nameAndType = (doc: Doc): Doc => new Map([...doc].filter(([field]) => field === 'name' || field === 'type'));
