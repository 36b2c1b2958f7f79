import { dateMs, type Doc, isDate, type Value } from '../bson/value.js';
import { encodeBracket, encodeKey } from '../query/key-string.js';
import type { Collection } from './collection.js';
import type { Engine } from './engine.js';
import type { IndexInfo } from './index-info.js';
import { concat } from './keys.js';
import { removeRecord } from './records.js';
import { scanIndex } from './scan.js';
import { StoredDocument } from './stored-document.js';
import type { WriteSet } from './write-set.js';

/** Documents removed in one go, so that other writes are not held up. */
const SLICE = 100;

/** Removes the documents whose date in a TTL index lies further back than they were to live. */
export async function sweepExpired(engine: Engine, isStopped: () => boolean): Promise<void> {
  for (const collection of engine.catalog.all()) {
    for (const index of collection.indexes) {
      if (index.expireAfterSeconds === undefined) continue;
      while (!isStopped() && !collection.isDropped && collection.indexes.includes(index)) {
        const removed = await engine.write((writing) =>
          writing.statement((writes) => removeSome(writes, collection, index)),
        );
        if (removed < SLICE) break;
      }
    }
  }
}

function removeSome(writes: WriteSet, collection: Collection, index: IndexInfo): number {
  const before = Date.now() - index.expireAfterSeconds! * 1000;
  const direction = index.directions[0]!;
  const bracket = encodeBracket(new Date(0), direction);
  const end = encodeKey([new Date(before)], [direction]);
  const [low, high] = direction > 0 ? [bracket.from, end] : [end, bracket.to];
  const stretch = { low: concat(index.prefix, low), high: concat(index.prefix, high) };
  const expired = [];
  for (const { recordKey, raw } of scanIndex(writes, collection, [stretch], { reverse: false, isMultikey: true })) {
    const found = new StoredDocument(recordKey, raw);
    if (isExpired(found.doc, index.fields[0]!, before)) expired.push(found);
    if (expired.length >= SLICE) break;
  }
  for (const stored of expired) removeRecord(writes, collection, stored);
  return expired.length;
}

/** Of an array the earliest date counts; values that are no dates do not expire. */
function isExpired(doc: Doc, path: string, before: number): boolean {
  return datesAt(doc, path.split('.')).some((date) => date <= BigInt(before));
}

function datesAt(value: Value | undefined, path: readonly string[]): bigint[] {
  if (Array.isArray(value)) return value.flatMap((element) => datesAt(element, path));
  const [head, ...rest] = path;
  if (head === undefined) return isDate(value) ? [dateMs(value)] : [];
  return value instanceof Map ? datesAt(value.get(head), rest) : [];
}
