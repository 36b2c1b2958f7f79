import { Timestamp } from 'bson';
import type { Doc, Value } from '../../bson/value.js';

let last = { second: 0, increment: 0 };

/** No two are equal. */
function nextTimestamp(): Timestamp {
  const second = Math.max(Math.floor(Date.now() / 1000), last.second);
  last = { second, increment: second === last.second ? last.increment + 1 : 1 };
  return new Timestamp({ t: last.second, i: last.increment });
}

const isEmpty = ([name, value]: [string, Value]): boolean =>
  name !== '_id' && value instanceof Timestamp && value.isZero();

/**
 * A new document as it is stored: `Timestamp(0, 0)` at its top stands for the present time, but as `_id`.
 *
 * @returns `doc` itself when there is none
 */
export function withTimestamps(doc: Doc): Doc {
  for (const entry of doc) {
    if (isEmpty(entry)) return new Map([...doc].map((each) => (isEmpty(each) ? [each[0], nextTimestamp()] : each)));
  }
  return doc;
}
