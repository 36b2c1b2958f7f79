import { encodeKey } from '../query/key-string.js';
import type { Value } from '../bson/value.js';
import { compareValues } from '../query/compare.js';
import { compileFilter } from '../query/filter.js';
import { text } from '../storage/keys.js';
import { type Call, type Command, readerOf, type Reply } from './command.js';
import { hint } from './search-options.js';
import { findCollection, namespaceOf } from './namespace.js';
import { select } from './select.js';
import { document, optional, required, string, toDoc } from './values.js';

export const distinct: Command = { options: ['key', 'query', 'hint', 'collation'], inTransaction: true, run };

async function run(call: Call): Promise<Reply> {
  const namespace = namespaceOf(call);
  const path = required(call.args, 'key', string).split('.');
  const filter = compileFilter(optional(call.args, 'query', document) ?? new Map());
  const collection = findCollection(call, namespace);
  const values = new Map<string, Value>();
  const selection = { filter, hint: optional(call.args, 'hint', hint) };
  for (const found of collection ? select(readerOf(call), collection, selection, call.budget) : []) {
    if (!found) await call.budget.breathe();
    else for (const value of valuesAt(found.doc, path)) values.set(text(encodeKey([value], [1])), value);
  }
  return toDoc({ values: [...values.values()].sort(compareValues), ok: 1 });
}

/** Values at a dotted path, through arrays on the way; of an array at its end the elements. */
function* valuesAt(value: Value | undefined, path: readonly string[]): Generator<Value> {
  if (value === undefined) return;
  const [head, ...rest] = path;
  if (head === undefined) {
    if (Array.isArray(value)) yield* value;
    else yield value;
  } else if (value instanceof Map) yield* valuesAt(value.get(head), rest);
  else if (Array.isArray(value)) {
    if (/^\d+$/.test(head)) yield* valuesAt(value[Number(head)], rest);
    for (const element of value) if (element instanceof Map) yield* valuesAt(element, path);
  }
}
