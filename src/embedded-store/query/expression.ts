import type { Doc, Value } from '../bson/value.js';
import { unsupported } from '../errors.js';

export interface ExpressionContext {
  let?: Doc | undefined;
  now?: Date | undefined;
}

/** @throws MongoError 115 for everything, until the expressions land */
export function compileExpression(_value: Value, _context: ExpressionContext): (doc: Doc) => Value | undefined {
  throw unsupported('an aggregation expression');
}
