import type { Value } from '../../bson/value.js';
import { isDoc, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { compileExpression } from '../expression.js';
import type { CompileOptions } from '../types.js';
import type { DocStage, DocStageCompiler } from './stage.js';
import { checkKeys, eachDoc, requireDoc } from './stage.js';

export const replaceRoot: DocStageCompiler = (argument, context, name) => {
  const spec = requireDoc(argument, 40229, name);
  checkKeys(spec, ['newRoot'], 40415, name);
  const newRoot = spec.get('newRoot');
  if (newRoot === undefined)
    throw new MongoError(40414, "BSON field '$replaceRoot.newRoot' is missing but a required field");
  return replace(newRoot, context, name);
};

export const replaceWith: DocStageCompiler = (argument, context, name) => replace(argument, context, name);

function replace(expression: Value, context: CompileOptions, name: string): DocStage {
  const evaluate = compileExpression(expression, context);
  const what = name === '$replaceRoot' ? 'newRoot' : 'replacement document';
  return eachDoc(name, (doc) => {
    const root = evaluate(doc);
    if (isDoc(root)) return root;
    throw new MongoError(
      40228,
      `'${what}' expression must evaluate to an object, but resulting value was of type: ${typeName(root)}`,
    );
  });
}
