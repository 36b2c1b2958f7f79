import type { Doc } from '../bson/value.js';
import { MongoError } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import type { CompiledSort } from '../query/types.js';
import { compileUpdate, type UpdateOptions } from '../query/update.js';
import { checkCollation } from './common-options.js';
import { hint, sortOrder } from './search-options.js';
import { boolean, document, optional, required } from './values.js';

export interface UpdateStatement {
  upsert: boolean;
  multi: boolean;
  hint: string | Doc | undefined;
  sort: CompiledSort | undefined;
  /** What is wrong in the filter or the update is an error of the statement, not of the command. */
  compile(): { filter: ReturnType<typeof compileFilter>; update: ReturnType<typeof compileUpdate> };
}

/** One update as commands have it, `{q, u, …}`. */
export function readUpdate(statement: Doc, options: UpdateOptions): UpdateStatement {
  const filter = required(statement, 'q', document);
  const change = statement.get('u');
  if (!(change instanceof Map) && !Array.isArray(change))
    throw new MongoError(9, 'Update argument must be either an object or an array');
  const collation = statement.get('collation');
  if (collation !== undefined) checkCollation(collation);
  const multi = optional(statement, 'multi', boolean) ?? false;
  const sort = optional(statement, 'sort', sortOrder);
  if (multi && sort) throw new MongoError(9, 'Cannot specify sort with multi=true');
  return {
    multi,
    sort,
    upsert: optional(statement, 'upsert', boolean) ?? false,
    hint: optional(statement, 'hint', hint),
    compile: () => {
      const compiled = compileUpdate(change, { ...options, arrayFilters: arrayFilters(statement) });
      if (multi && compiled.kind === 'replacement')
        throw new MongoError(9, 'multi update is not supported for replacement-style update');
      return { filter: compileFilter(filter, { let: options.let }), update: compiled };
    },
  };
}

/** What the statements of a command share, and findAndModify's own array filters. */
export const updateOptions = (args: Doc, variables: Doc | undefined): UpdateOptions => ({
  arrayFilters: arrayFilters(args),
  let: variables,
  keepsEmptyTimestamps: optional(args, 'bypassEmptyTsReplacement', boolean),
});

function arrayFilters(args: Doc): Doc[] | undefined {
  const list = args.get('arrayFilters');
  if (list === undefined) return undefined;
  if (!Array.isArray(list))
    throw new MongoError(14, "BSON field 'arrayFilters' is the wrong type, expected type 'array'");
  return list.map((filter) => document(filter, 'arrayFilters'));
}
