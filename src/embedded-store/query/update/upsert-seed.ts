import type { Doc, Value } from '../../bson/value.js';
import { ErrorCodes, MongoError } from '../../errors.js';
import { compareStrings } from '../compare.js';
import type { CompiledFilter, CompiledUpdate, FilterNode } from '../types.js';

const NOT_EXACT_VALUE_FIELD = 111;
const QUERY_FEATURE_NOT_ALLOWED = 224;

/**
 * What an upsert begins with: the fields that the filter says to equal something; for a replacement `_id` only.
 *
 * @throws MongoError 54 when the filter names a field twice, or a field and what is in it; 111 when it names a part of
 *   `_id` and the update is a replacement
 */
export function upsertSeed(filter: CompiledFilter, update: Pick<CompiledUpdate, 'kind'>): Doc {
  const found = equalities(filter.node);
  const wanted = update.kind === 'replacement' ? found.filter(([path]) => isAboutId(path)) : found;
  checkPaths(wanted.map(([path]) => path));
  let seed: Doc = new Map();
  for (const [path, value] of wanted.toSorted(([a], [b]) => compareStrings(a, b))) {
    seed = withField(seed, path.split('.'), value);
  }
  return seed;
}

function isAboutId(path: string): boolean {
  if (!path.startsWith('_id.')) return path === '_id';
  throw new MongoError(
    NOT_EXACT_VALUE_FIELD,
    `field at '_id' must be exactly specified, field at sub-path '${path}' found`,
  );
}

function equalities(node: FilterNode): [path: string, value: Value][] {
  switch (node.kind) {
    case 'eq':
      return [[node.path, node.value]];
    case 'in':
      // MongoDB takes a list of one for an equality, and an $or of one for what is in it.
      return node.values.length === 1 && node.regexes.length === 0 ? [[node.path, node.values[0]!]] : [];
    case 'or':
      return node.children.length === 1 ? equalities(node.children[0]!) : [];
    case 'and':
      return node.children.flatMap(equalities);
    case 'expr':
      throw new MongoError(QUERY_FEATURE_NOT_ALLOWED, '$expr is not allowed in the query predicate for an upsert');
    default:
      return [];
  }
}

function checkPaths(paths: readonly string[]): void {
  const sorted = paths.toSorted(compareStrings);
  for (const [i, path] of sorted.entries()) {
    const other = sorted.find((candidate, j) => j !== i && (candidate === path || candidate.startsWith(`${path}.`)));
    if (other === undefined) continue;
    const what = other === path ? `path '${path}' is matched twice` : `both paths '${other}' and '${path}' are matched`;
    throw new MongoError(ErrorCodes.NotSingleValueField, `cannot infer query fields to set, ${what}`);
  }
}

function withField(doc: Doc, [name, ...rest]: string[], value: Value): Doc {
  if (rest.length === 0) return new Map(doc).set(name!, value);
  return new Map(doc).set(name!, withField((doc.get(name!) ?? new Map()) as Doc, rest, value));
}
