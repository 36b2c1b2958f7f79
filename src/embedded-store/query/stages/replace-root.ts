import type { Value } from '../../bson/value.js';
import { isDoc, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { compileExpression } from '../expression.js';
import type { PipelineContext, Stage, StageCompiler } from './stage.js';
import { checkKeys, eachDoc, requireDoc } from './stage.js';

export const replaceRoot: StageCompiler = (argument, context, name) => {
  const spec = requireDoc(argument, 40229, name);
  checkKeys(spec, ['newRoot'], 40415, name);
  const newRoot = spec.get('newRoot');
  if (newRoot === undefined) throw new MongoError(40414, 'no newRoot specified for the $replaceRoot stage');
  return replace(newRoot, context, name);
};

export const replaceWith: StageCompiler = (argument, context, name) => replace(argument, context, name);

function replace(expression: Value, context: PipelineContext, name: string): Stage {
  const evaluate = compileExpression(expression, context);
  return eachDoc(name, (doc) => {
    const root = evaluate(doc);
    if (isDoc(root)) return root;
    throw new MongoError(
      40228,
      `'newRoot' expression must evaluate to an object, but resulting value was of type ${typeName(root)}`,
    );
  });
}
