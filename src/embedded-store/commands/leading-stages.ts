import { type Doc, isDoc } from '../bson/value.js';
import { compileFilter } from '../query/filter.js';
import { isWhole } from './values.js';
import type { Selection } from './select.js';

/**
 * Turns what a pipeline begins with into a selection, which can use an index: `$match`, then `$sort`, then `$skip` and `$limit`. The rest
 * is for the stages.
 */
export function leadingStages(
  stages: readonly Doc[],
  hint: Selection['hint'],
  variables: Doc | undefined,
): { selection: Selection; rest: Doc[] } {
  const rest = [...stages];
  const take = (name: string): Doc | undefined => {
    const value = rest[0]?.get(name);
    if (!isDoc(value)) return undefined;
    rest.shift();
    return value;
  };
  const number = (name: string): number | undefined => {
    const value = rest[0]?.get(name);
    if (value === undefined || !isWhole(value)) return undefined;
    rest.shift();
    return Number(value);
  };
  const filter = compileFilter(take('$match') ?? new Map(), { let: variables });
  const sort = take('$sort');
  const skip = number('$skip');
  const limit = number('$limit');
  return { selection: { filter, sort, skip, limit, hint }, rest };
}
