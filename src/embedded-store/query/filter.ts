import type { Doc } from '../bson/value.js';
import { compileExpression } from './expression.js';
import { isTruthy } from './expressions/booleans.js';
import { compileNode, type CompileExpr, type Position } from './filter/match.js';
import { parseFilter } from './filter/parse.js';
import type { CompiledFilter, CompileOptions } from './types.js';

export { excludesNull, implies } from './filter/implies.js';

/**
 * @throws MongoError 2, 9 and 14 for what is no filter, 115 for operators of MongoDB that the store does not have
 */
export function compileFilter(filter: Doc, options: CompileOptions = {}): CompiledFilter {
  const node = parseFilter(filter);
  const compileExpr: CompileExpr = (expression) => {
    const evaluate = compileExpression(expression, options);
    return (doc) => isTruthy(evaluate(doc));
  };
  const matcher = compileNode(node, compileExpr);
  return {
    node,
    matches: (doc) => matcher.matches(doc),
    positional: (doc) => {
      const position: Position = {};
      return matcher.matches(doc, position) ? position.index : undefined;
    },
  };
}
