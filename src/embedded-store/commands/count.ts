import { compileFilter } from '../query/filter.js';
import { coveredCount } from './covered-count.js';
import type { Call, Command, Reply } from './command.js';
import { hint } from './search-options.js';
import { findCollection, namespaceOf } from './namespace.js';
import { select } from './select.js';
import { document, integer, optional, toDoc } from './values.js';
import { notNegative } from './find.js';

export const count: Command = { options: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'], run };

/** Without a filter the answer is the kept number, whatever the size of the collection. */
async function run(call: Call): Promise<Reply> {
  const namespace = namespaceOf(call);
  const { args } = call;
  const query = optional(args, 'query', document);
  const limit = Math.abs(optional(args, 'limit', integer) ?? 0);
  const skip = optional(args, 'skip', notNegative) ?? 0;
  const hinted = optional(args, 'hint', hint);
  const collection = findCollection(call, namespace);
  if (!collection) return toDoc({ n: 0, ok: 1 });
  if ((!query || query.size === 0) && hinted === undefined) {
    const left = Math.max(0, collection.count - skip);
    return toDoc({ n: limit > 0 ? Math.min(limit, left) : left, ok: 1 });
  }
  const selection = { filter: compileFilter(query ?? new Map()), skip, limit, hint: hinted };
  const covered = coveredCount(call.server.engine.reader, collection, selection, call.budget);
  if (covered) return toDoc({ n: await finished(call, covered), ok: 1 });
  let n = 0;
  for (const found of select(call.server.engine.reader, collection, selection, call.budget)) {
    if (found) n++;
    else await call.budget.breathe();
  }
  return toDoc({ n, ok: 1 });
}

async function finished(call: Call, counting: Generator<null, number, void>): Promise<number> {
  for (;;) {
    const { done, value } = counting.next();
    if (done) return value;
    await call.budget.breathe();
  }
}
