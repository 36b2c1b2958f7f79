import { isArray, type Doc } from '../../bson/value.js';
import { compileFilter } from '../filter.js';
import type { CompileOptions } from '../types.js';
import type { Compute } from './tree.js';

/** `{field: {$elemMatch: condition}}`: an array of the first element that matches; nothing when none does. */
export function compileElemMatch(field: string, condition: Doc, options: CompileOptions): Compute {
  const filter = compileFilter(new Map([[field, new Map([['$elemMatch', condition]])]]), options);
  return (root) => {
    const array = root.get(field);
    const index = isArray(array) ? filter.positional(root) : undefined;
    return index === undefined ? undefined : [(array as readonly (Doc | null)[])[index]!];
  };
}
