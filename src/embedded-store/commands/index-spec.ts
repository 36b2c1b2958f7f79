import { type Doc, isNumber, type Value } from '../bson/value.js';
import { MongoError, unsupported } from '../errors.js';
import { compileFilter } from '../query/filter.js';
import type { Collection } from '../storage/collection.js';
import { checkCollation } from './common-options.js';
import { MAX_INDEXES } from './limits.js';
import { equalValues } from '../query/compare.js';
import { int } from './values.js';

const KNOWN = new Set(['v', 'key', 'name', 'unique', 'sparse', 'partialFilterExpression', 'expireAfterSeconds', 'ns']);
/** Refused unless false. */
const OFF_ONLY = new Set(['hidden', 'prepareUnique', 'clustered', 'dropDups']);
const UNSUPPORTED_KINDS = new Set(['text', 'hashed', '2d', '2dsphere', 'columnstore', 'queryable_encrypted_range']);
const MAX_TTL_SECONDS = 2147483647;

/**
 * A specification as it is stored and shown: `{v, key, name, …}`.
 *
 * @throws MongoError for what is no index, or one of a kind that is not supported
 */
export function readIndexSpec(given: Value): Doc {
  if (!(given instanceof Map)) throw new MongoError(14, 'each index specification must be a document');
  const key = given.get('key');
  if (!(key instanceof Map))
    throw new MongoError(9, "The 'key' field is a required property of an index specification");
  checkPattern(key);
  const name = given.get('name');
  if (typeof name !== 'string' || name === '' || name.includes('\0')) {
    throw new MongoError(9, "The 'name' field is a required property of an index specification");
  }
  const spec: Doc = new Map<string, Value>([
    ['v', int(2)],
    ['key', key],
    ['name', name],
  ]);
  for (const [option, value] of given) readOption(spec, option, value);
  if (spec.has('partialFilterExpression') && spec.has('sparse')) {
    throw new MongoError(67, "cannot mix 'partialFilterExpression' and 'sparse' options");
  }
  if (spec.has('expireAfterSeconds') && key.size !== 1)
    throw new MongoError(67, 'TTL indexes are single-field indexes, compound indexes do not support TTL');
  return spec;
}

function readOption(spec: Doc, option: string, value: Value): void {
  switch (option) {
    case 'unique':
    case 'sparse':
      if (typeof value !== 'boolean' && !isNumber(value))
        throw new MongoError(14, `The field '${option}' has a value which is not convertible to bool`);
      if (value === true || (isNumber(value) && Number(value) !== 0)) spec.set(option, true);
      return;
    case 'partialFilterExpression':
      if (!(value instanceof Map)) throw new MongoError(14, `The field '${option}' must be an object`);
      compileFilter(value);
      spec.set(option, value);
      return;
    case 'expireAfterSeconds':
      checkTtl(value);
      spec.set(option, value);
      return;
    case 'background': // has had no effect since MongoDB 4.2, and is shown
      spec.set(option, value);
      return;
    case 'v':
      if (!isNumber(value) || Number(value) !== 2)
        throw new MongoError(67, `Invalid index specification: the index version is not supported`);
      return;
    case 'collation':
      return checkCollation(value);
    default:
      if (KNOWN.has(option)) return;
      if (OFF_ONLY.has(option) && value === false) return;
      if (option === 'hidden' || option === 'wildcardProjection' || option === 'storageEngine')
        throw unsupported(`the index option '${option}'`);
      throw new MongoError(197, `The field '${option}' is not valid for an index specification.`);
  }
}

export function checkTtl(value: Value): void {
  if (!isNumber(value)) throw new MongoError(67, "TTL index 'expireAfterSeconds' option must be numeric");
  const seconds = Number(value);
  if (!(seconds >= 0 && seconds <= MAX_TTL_SECONDS))
    throw new MongoError(67, `TTL index 'expireAfterSeconds' option must be within 0 to ${MAX_TTL_SECONDS}`);
}

function checkPattern(key: Doc): void {
  if (key.size === 0) throw new MongoError(67, 'Index keys cannot be an empty object');
  if (key.size > 32) throw new MongoError(67, 'Index key pattern has more than 32 fields');
  for (const [field, direction] of key) {
    if (field.split('.').includes('$**')) throw unsupported('a wildcard index');
    if (field === '' || field.startsWith('$') || field.split('.').includes(''))
      throw new MongoError(67, `Index key contains an illegal field name: '${field}'`);
    if (typeof direction === 'string') {
      if (UNSUPPORTED_KINDS.has(direction)) throw unsupported(`a ${direction} index`);
      throw new MongoError(67, `Unknown index plugin '${direction}'`);
    }
    if (!isNumber(direction) || !(Math.abs(Number(direction)) > 0)) {
      throw new MongoError(
        67,
        `Values in v:2 index key pattern cannot be of this type. Only numbers > 0, numbers < 0, and strings are allowed.`,
      );
    }
  }
}

/**
 * Those of `specs` that the collection does not have yet.
 *
 * @throws MongoError 85 and 86 where one clashes with an index that is there, 67 when there would be too many
 */
export function newSpecs(collection: Collection, specs: readonly Doc[]): Doc[] {
  const fresh: Doc[] = [];
  const present = () => [...collection.indexes.map((index) => index.spec), ...fresh];
  for (const spec of specs) {
    if (isIdIndex(spec)) {
      checkIdIndex(spec);
      continue;
    }
    if (!clashes(spec, present())) fresh.push(spec);
  }
  if (collection.indexes.length + fresh.length + 1 > MAX_INDEXES) {
    throw new MongoError(67, `add index fails, too many indexes for ${collection.namespace}`);
  }
  return fresh;
}

const isIdIndex = (spec: Doc): boolean =>
  isSamePattern(spec.get('key') as Doc, new Map<string, Value>([['_id', int(1)]]));

function checkIdIndex(spec: Doc): void {
  for (const option of ['sparse', 'partialFilterExpression', 'expireAfterSeconds']) {
    if (spec.has(option))
      throw new MongoError(197, `The field '${option}' is not valid for an _id index specification.`);
  }
}

/** @returns true when an equal index is there */
function clashes(spec: Doc, present: readonly Doc[]): boolean {
  const name = spec.get('name') as string;
  if (name === '_id_') throw new MongoError(86, "The index name '_id_' is reserved for the _id index");
  for (const other of present) {
    const sameName = other.get('name') === name;
    const samePattern = isSamePattern(other.get('key') as Doc, spec.get('key') as Doc);
    const sameIdentity = samePattern && isSame(other, spec, 'partialFilterExpression');
    const sameOptions = ['unique', 'sparse', 'expireAfterSeconds'].every((option) => isSame(other, spec, option));
    if (sameName && sameIdentity && sameOptions) return true;
    if (sameName) {
      throw new MongoError(
        86,
        `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${name}`,
      );
    }
    if (!sameIdentity) continue;
    if (sameOptions) throw new MongoError(85, `Index already exists with a different name: ${nameOf(other)}`);
    throw new MongoError(
      85,
      `An equivalent index already exists with a different name and options. Requested index: ${name}, existing index: ${nameOf(other)}`,
    );
  }
  return false;
}

function isSame(a: Doc, b: Doc, option: string): boolean {
  const [left, right] = [a.get(option), b.get(option)];
  if (left === undefined || right === undefined) return left === right;
  return equalValues(left, right);
}

/** Direction counts, its number type does not. */
export function isSamePattern(a: Doc, b: Doc): boolean {
  if (a.size !== b.size) return false;
  const others = [...b];
  return [...a].every(([field, direction], i) => {
    const [otherField, otherDirection] = others[i]!;
    return field === otherField && Math.sign(Number(direction)) === Math.sign(Number(otherDirection));
  });
}

const nameOf = (spec: Doc): string => spec.get('name') as string;
