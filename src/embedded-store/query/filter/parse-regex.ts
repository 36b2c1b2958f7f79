import { BSONRegExp } from 'bson';
import type { Value } from '../../bson/value.js';
import { badValue, MongoError } from '../../errors.js';
import type { RegexNode } from './node.js';
import { compileRegex } from './regex.js';

export const parseRegex = (path: string, regex: BSONRegExp): RegexNode => regexNode(path, regex.pattern, regex.options);

/** @param options the `$options` beside it */
export function parseRegexOperator(path: string, regex: Value, options: Value | undefined): RegexNode {
  if (options !== undefined && typeof options !== 'string') throw badValue('$options has to be a string');
  if (typeof regex === 'string') return regexNode(path, regex, options ?? '');
  if (!(regex instanceof BSONRegExp)) throw badValue('$regex has to be a string');
  if (options === undefined) return parseRegex(path, regex);
  if (regex.options !== '') throw new MongoError(51075, 'options set in both $regex and $options');
  return regexNode(path, regex.pattern, options);
}

function regexNode(path: string, pattern: string, options: string): RegexNode {
  const sorted = [...new Set(options)].toSorted().join('');
  compileRegex(pattern, sorted);
  return { kind: 'regex', path, pattern, options: sorted };
}
