// Not from 'bson' itself: as a module it has classes of its own, and the driver's `instanceof ObjectId` would say no.
import { BSON } from 'mongodb';
import { BadRequest } from '../errors/errors.js';

const MAX_DEPTH = 32;
const MAX_KEYS = 1_000;
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a request body: JSON, or canonical Extended JSON as the SDKs send it (client-api.md section 1.7). Numbers come out
 * as JavaScript numbers, `{"$oid"}` as an ObjectId, and so on. An empty body is undefined.
 *
 * @throws BadRequest when it is not UTF-8, not JSON, nested deeper than 32, or holds more than 1,000 keys
 */
export function parseExtendedJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    throw new BadRequest('the request body is not valid JSON');
  }
  const counter = { keys: 0, extended: false };
  const plain = withoutPrototypeKeys(value, 0, counter);
  if (!counter.extended) return plain;
  try {
    return BSON.EJSON.deserialize(plain as object, { relaxed: true });
  } catch {
    throw new BadRequest('the request body is not valid extended JSON');
  }
}

/** Copies what JSON.parse gave without `__proto__` keys, which a later copy could turn into a prototype. */
function withoutPrototypeKeys(value: unknown, depth: number, counter: { keys: number; extended: boolean }): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) throw new BadRequest(`the request body is nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    count(counter, value.length);
    return value.map((item) => withoutPrototypeKeys(item, depth + 1, counter));
  }
  const copy: Record<string, unknown> = {};
  const keys = Object.keys(value);
  count(counter, keys.length);
  for (const key of keys) {
    if (key === '__proto__') continue;
    if (key.startsWith('$')) counter.extended = true;
    copy[key] = withoutPrototypeKeys((value as Record<string, unknown>)[key], depth + 1, counter);
  }
  return copy;
}

function count(counter: { keys: number }, more: number): void {
  counter.keys += more;
  if (counter.keys > MAX_KEYS) throw new BadRequest(`the request body holds more than ${MAX_KEYS} values`);
}
