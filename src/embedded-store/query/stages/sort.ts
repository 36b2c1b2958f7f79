import { MongoError } from '../../errors.js';
import { compileSort } from '../sort.js';
import { sortDocs } from '../sort-docs.js';
import type { StageCompiler } from './stage.js';
import { requireDoc } from './stage.js';

export const sort: StageCompiler = (argument, _context, name) => {
  const spec = requireDoc(argument, 15973, name);
  if (spec.size === 0) throw new MongoError(15976, '$sort stage must have at least one sort key');
  const compiled = compileSort(spec);
  return { name, sort: compiled, run: (input) => sortDocs(input, compiled) };
};
