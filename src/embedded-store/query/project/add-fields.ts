import { isDoc, type Doc } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { compileExpression } from '../expression.js';
import { parseFieldPath } from '../field-path.js';
import type { CompileOptions } from '../types.js';
import { compute } from './apply.js';
import { Tree } from './tree.js';

/**
 * The stage `$addFields`, which is `$set` too: `{a: 1, 'b.c': '$d', b: {e: …}}`, every value an expression.
 */
export function compileAddFields(spec: Doc, options: CompileOptions): (doc: Doc) => Doc {
  if (spec.size === 0) {
    throw new MongoError(40177, 'Invalid $addFields :: caused by :: specification must have at least one field');
  }
  const tree = new Tree();
  addFields(tree, [], spec, options);
  return (doc) => compute(doc, tree, doc);
}

function addFields(tree: Tree, parent: readonly string[], fields: Doc, options: CompileOptions): void {
  for (const [name, value] of fields) {
    const path = [...parent, ...parseFieldPath(name)];
    const [first] = isDoc(value) ? value.keys() : [];
    if (isDoc(value) && first === undefined) {
      const where = path.join('.');
      throw new MongoError(40180, `an empty object is not a valid value. Found empty object at path ${where}`);
    }
    if (isDoc(value) && !first!.startsWith('$')) addFields(tree, path, value, options);
    else tree.add(path, compileExpression(value, options));
  }
}
