import { BSONRegExp } from 'bson';
import { isArray, isDoc, type Doc, type Value } from '../../bson/value.js';
import { badValue, unsupported } from '../../errors.js';
import type { FilterNode } from './node.js';
import { parseComparison, parseExists, parseIn, parseSize, parseType } from './parse-leaf.js';
import { parseRegex, parseRegexOperator } from './parse-regex.js';

/** Operators that MongoDB has and this store has not. */
const UNSUPPORTED = new Set([
  '$where', '$text', '$jsonSchema', '$mod', '$bitsAllSet', '$bitsAllClear', '$bitsAnySet', '$bitsAnyClear',
  '$geoWithin', '$geoIntersects', '$near', '$nearSphere', '$within', '$geoNear', '$maxDistance', '$minDistance',
  '$sampleRate',
]); // prettier-ignore

const PATHLESS = new Set(['$and', '$or', '$nor', '$expr', '$comment', '$where', '$text', '$jsonSchema', '$sampleRate']);

/**
 * @param isTop false below `$elemMatch`, where there is no whole document for `$expr`
 * @throws MongoError 2 for what is no filter, 115 for operators of MongoDB that the store does not have
 */
export function parseFilter(filter: Doc, isTop = true): FilterNode {
  const children: FilterNode[] = [];
  for (const [name, value] of filter) {
    if (name.startsWith('$')) children.push(...parseTopLevel(name, value, isTop));
    else children.push(...parseField(name, value));
  }
  return and(children);
}

const and = (children: readonly FilterNode[]): FilterNode =>
  children.length === 1 ? children[0]! : { kind: 'and', children };

function parseTopLevel(name: string, value: Value, isTop: boolean): FilterNode[] {
  switch (name) {
    case '$and':
    case '$or':
    case '$nor':
      return [{ kind: name.slice(1) as 'and' | 'or' | 'nor', children: parseBranches(name, value, isTop) }];
    case '$comment':
      return [];
    case '$expr':
      if (!isTop) throw badValue('$expr can only be applied to the top-level document');
      return [{ kind: 'expr', value }];
    default:
      if (UNSUPPORTED.has(name)) throw unsupported(name);
      throw badValue(
        `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, ` +
          'consider using $getField or $setField.',
      );
  }
}

function parseBranches(name: string, value: Value, isTop: boolean): FilterNode[] {
  if (!isArray(value)) throw badValue(`${name} must be an array`);
  if (value.length === 0) throw badValue('$and/$or/$nor must be a nonempty array');
  return value.map((branch) => {
    if (!isDoc(branch)) throw badValue('$or/$and/$nor entries need to be full objects');
    return parseFilter(branch, isTop);
  });
}

function parseField(path: string, value: Value): FilterNode[] {
  if (value instanceof BSONRegExp) return [parseRegex(path, value)];
  if (isDoc(value) && isOperatorDocument(value)) return parseOperators(path, value);
  return [parseComparison('eq', path, value)];
}

/** `{$gt: 1}` is one; `{}`, `{a: 1}` and a DBRef `{$ref: …, $id: …}` are values to compare with. */
function isOperatorDocument(value: Doc): boolean {
  const [first] = value.keys();
  return first !== undefined && first.startsWith('$') && !(value.has('$ref') && value.has('$id'));
}

/** The operators of `{field: {$gt: 1, $lt: 5}}`, of which all must hold. */
function parseOperators(path: string, operators: Doc): FilterNode[] {
  const nodes: FilterNode[] = [];
  for (const [name, value] of operators) {
    // $options is read together with its $regex.
    if (name !== '$options') nodes.push(parseOperator(path, name, value, operators));
    else if (!operators.has('$regex')) throw badValue('$options needs a $regex');
  }
  return nodes;
}

function parseOperator(path: string, name: string, value: Value, siblings: Doc): FilterNode {
  switch (name) {
    case '$eq':
    case '$ne':
    case '$lt':
    case '$lte':
    case '$gt':
    case '$gte':
      return parseComparison(name.slice(1) as 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte', path, value);
    case '$in':
    case '$nin':
      return parseIn(name.slice(1) as 'in' | 'nin', path, value, isOperatorDocument);
    case '$exists':
      return parseExists(path, value);
    case '$type':
      return parseType(path, value);
    case '$size':
      return parseSize(path, value);
    case '$regex':
      return parseRegexOperator(path, value, siblings.get('$options'));
    case '$not':
      return { kind: 'not', path, child: parseNot(path, value) };
    case '$all':
      return parseAll(path, value);
    case '$elemMatch':
      return parseElemMatch(path, value);
    default:
      if (UNSUPPORTED.has(name)) throw unsupported(name);
      throw badValue(`unknown operator: ${name}`);
  }
}

function parseNot(path: string, value: Value): FilterNode {
  if (value instanceof BSONRegExp) return parseRegex(path, value);
  if (!isDoc(value)) throw badValue('$not needs a regex or a document');
  if (value.size === 0) throw badValue('$not cannot be empty');
  return and(parseOperators(path, value));
}

function parseAll(path: string, value: Value): FilterNode {
  if (!isArray(value)) throw badValue('$all needs an array');
  if (value.length === 0) return { kind: 'never' };
  const ofElements = isElemMatch(value[0]!);
  const children = value.map((item) => {
    if (ofElements) {
      if (!isElemMatch(item)) throw badValue('$all/$elemMatch has to be consistent');
      return parseElemMatch(path, item.get('$elemMatch')!);
    }
    if (item instanceof BSONRegExp) return parseRegex(path, item);
    if (isDoc(item) && isOperatorDocument(item)) throw badValue('no $ expressions in $all');
    return parseComparison('eq', path, item);
  });
  return and(children);
}

const isElemMatch = (value: Value): value is Doc => isDoc(value) && [...value.keys()][0] === '$elemMatch';

function parseElemMatch(path: string, value: Value): FilterNode {
  if (!isDoc(value)) throw badValue('$elemMatch needs an Object');
  const [first = ''] = value.keys();
  // A reference may be incomplete here: {$id: 1} names a field.
  const isReference = value.has('$ref') || value.has('$id') || value.has('$db');
  if (!first.startsWith('$') || PATHLESS.has(first) || isReference) {
    return { kind: 'elemMatch', path, form: 'object', child: parseElement(value, isReference) };
  }
  return { kind: 'elemMatch', path, form: 'value', child: and(parseOperators('', value)) };
}

function parseElement(value: Doc, isReference: boolean): FilterNode {
  if (!isReference) return parseFilter(value, false);
  const fields = [...value].flatMap(([name, field]) =>
    /^\$(?:ref|id|db)$/.test(name) ? parseField(name, field) : [parseFilter(new Map([[name, field]]), false)],
  );
  return and(fields);
}
