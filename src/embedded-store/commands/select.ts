import type { Doc, Value } from '../bson/value.js';
import { MongoError } from '../errors.js';
import type { CompiledFilter, CompiledSort } from '../query/types.js';
import type { Collection } from '../storage/collection.js';
import type { Reader } from '../storage/key-value.js';
import { text } from '../storage/keys.js';
import { type Plan, planQuery } from '../storage/planner.js';
import { type Candidate, scanDocuments, scanIndex } from '../storage/scan.js';
import { StoredDocument } from '../storage/stored-document.js';
import type { Budget } from './budget.js';
import { MAX_SORT_BYTES } from './limits.js';

export interface Selection {
  filter: CompiledFilter;
  sort?: CompiledSort | undefined;
  skip?: number | undefined;
  /** Undefined or 0: all. */
  limit?: number | undefined;
  hint?: string | Doc | undefined;
}

/** What a run of a plan came across, for explain. */
export interface Counters {
  keys: number;
  documents: number;
}

/**
 * The documents that a selection takes, in its order. Each candidate is checked against the whole filter, whatever index it came from.
 * A null in between asks for a turn of the event loop.
 */
export function* select(
  reader: Reader,
  collection: Collection,
  selection: Selection,
  budget: Budget,
  plan: Plan = planQuery(collection, selection),
  counters: Counters = { keys: 0, documents: 0 },
): Generator<StoredDocument | null> {
  const { skip = 0, limit = 0, sort } = selection;
  const end = limit === 0 ? Infinity : skip + limit;
  let matched = matching(reader, collection, selection.filter, plan, budget, counters);
  if (sort && !plan.isSorted) matched = sorted(matched, sort, end, budget);
  let position = 0;
  for (const found of matched) {
    if (found === null) yield null;
    else if (position++ >= skip) yield found;
    if (position >= end) return;
  }
}

function* matching(
  reader: Reader,
  collection: Collection,
  filter: CompiledFilter,
  plan: Plan,
  budget: Budget,
  counters: Counters,
): Generator<StoredDocument | null> {
  for (const { recordKey, raw } of candidates(reader, collection, plan)) {
    counters.keys++;
    counters.documents++;
    if (budget.step()) yield null;
    const found = new StoredDocument(recordKey, raw);
    if (filter.matches(found.doc)) yield found;
  }
}

function candidates(reader: Reader, collection: Collection, plan: Plan): Generator<Candidate> {
  if (plan.parts) return eachOnce(plan.parts.map((part) => candidates(reader, collection, part)));
  const { index, stretches, reverse } = plan;
  if (!index) return scanDocuments(reader, collection, stretches, reverse);
  return scanIndex(reader, collection, stretches, { reverse, isMultikey: index.flags.multikey });
}

function* eachOnce(parts: readonly Iterable<Candidate>[]): Generator<Candidate> {
  const seen = new Set<string>();
  for (const part of parts) {
    for (const candidate of part) {
      const name = text(candidate.recordKey);
      if (seen.has(name)) continue;
      seen.add(name);
      yield candidate;
    }
  }
}

/** What a document in memory costs beside its bytes. */
const KEPT_BYTES = 200;

/** Sorts in memory; of a limited result only what can still be in it is kept. */
function* sorted(
  matched: Iterable<StoredDocument | null>,
  order: CompiledSort,
  end: number,
  budget: Budget,
): Generator<StoredDocument | null> {
  let kept: { found: StoredDocument; key: Value[] }[] = [];
  let bytes = 0;
  const cut = () => {
    kept.sort((a, b) => order.compareKeys(a.key, b.key));
    for (const { found } of kept.slice(end)) bytes -= found.raw.length + KEPT_BYTES;
    kept = kept.slice(0, end);
  };
  for (const found of matched) {
    if (found === null) {
      yield null;
      continue;
    }
    kept.push({ key: order.sortKey(found.doc), found: found.forget() });
    bytes += found.raw.length + KEPT_BYTES;
    if (kept.length >= 2 * end + 100) cut();
    if (bytes > MAX_SORT_BYTES) cut();
    if (bytes > MAX_SORT_BYTES) {
      throw new MongoError(
        292,
        `Sort exceeded memory limit of ${MAX_SORT_BYTES} bytes, and the embedded store does not sort on disk`,
      );
    }
  }
  cut();
  for (const { found } of kept) {
    if (budget.step()) yield null;
    yield found;
  }
}
