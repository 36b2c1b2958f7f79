import type { Doc, Value } from '../../bson/value.js';
import { int32, isDoc } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { group } from './group.js';
import { sort } from './sort.js';
import type { StageCompiler } from './stage.js';

/** `$group` by the expression with a count, then `$sort` by that count, the greatest first. */
export const sortByCount: StageCompiler = (argument, context, name, compilePipeline) => {
  const counting: Doc = new Map([
    ['_id', checkExpression(argument)],
    ['count', new Map([['$sum', int32(1)]])],
  ]);
  const grouping = group(counting, context, '$group', compilePipeline);
  const sorting = sort(new Map([['count', int32(-1)]]), context, '$sort', compilePipeline);
  return { name, run: (input) => sorting.run(grouping.run(input)) };
};

function checkExpression(argument: Value): Value {
  const isOperator = isDoc(argument) && argument.size === 1 && [...argument.keys()][0]!.startsWith('$');
  if (isOperator || (typeof argument === 'string' && argument.startsWith('$'))) return argument;
  if (isDoc(argument))
    throw new MongoError(
      40147,
      'the sortByCount field must be defined as a $-prefixed path or an expression inside an object',
    );
  const code = typeof argument === 'string' ? 40148 : 40149;
  throw new MongoError(
    code,
    'the sortByCount field must be defined as a $-prefixed path or an expression inside an object',
  );
}
