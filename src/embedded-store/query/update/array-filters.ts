import type { Doc, Value } from '../../bson/value.js';
import { badValue, failedToParse, MongoError } from '../../errors.js';
import { compileFilter } from '../filter.js';
import { parseFilter } from '../filter/parse.js';
import type { CompileOptions, FilterNode } from '../types.js';
import type { ElementTests } from './apply.js';

const QUERY_FEATURE_NOT_ALLOWED = 224;

/**
 * @param filters as `[{"elem.grade": {$gte: 85}}]`: one name each, which the path of an update takes up as `$[elem]`
 */
export function compileArrayFilters(filters: readonly Doc[], options: CompileOptions): ElementTests {
  const tests = new Map<string, (element: Value) => boolean>();
  for (const filter of filters) {
    const name = nameOf(parseFilter(filter));
    const compiled = compileFilter(filter, options);
    if (tests.has(name)) {
      throw failedToParse(`Found multiple array filters with the same top-level field name ${name}`);
    }
    tests.set(name, (element) => compiled.matches(new Map([[name, element]])));
  }
  return tests;
}

function nameOf(node: FilterNode): string {
  const names = new Set(namesIn(node));
  const [name, other] = names;
  if (name === undefined)
    throw failedToParse('Cannot use an expression without a top-level field name in arrayFilters');
  if (other !== undefined) {
    throw failedToParse(
      `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${name}' and '${other}'`,
    );
  }
  if (/^[a-z][a-zA-Z0-9]*$/.test(name)) return name;
  throw badValue(
    'Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with ' +
      `a lowercase letter, found '${name}'`,
  );
}

function namesIn(node: FilterNode): string[] {
  if (node.kind === 'expr') throw new MongoError(QUERY_FEATURE_NOT_ALLOWED, '$expr is not allowed in this context');
  if (node.kind === 'never') return [];
  return 'path' in node ? [node.path.split('.', 1)[0]!] : node.children.flatMap(namesIn);
}
