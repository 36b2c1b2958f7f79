import { compileFilter } from '../filter.js';
import type { StageCompiler } from './stage.js';
import { requireDoc } from './stage.js';

export const match: StageCompiler = (argument, context, name) => {
  const filter = compileFilter(requireDoc(argument, 15959, name), context);
  return {
    name,
    filter,
    *run(input) {
      for (const doc of input) if (doc === null || filter.matches(doc)) yield doc;
    },
  };
};
