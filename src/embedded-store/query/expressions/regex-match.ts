import { BSONRegExp } from 'bson';
import type { Value } from '../../bson/value.js';
import { isDoc, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import type { RegexTest } from '../filter/regex.js';
import { compileRegex } from '../filter/regex.js';
import { isNullish } from './booleans.js';
import type { Operator, Operators } from './scope.js';
import { compileOptional } from './scope.js';

interface Pattern {
  readonly pattern: string;
  readonly options: string;
}

const regexMatch: Operator = (argument, scope, name) => {
  if (!isDoc(argument)) {
    throw new MongoError(51103, `${name} expects an object of named arguments but found: ${typeName(argument)}`);
  }
  const other = [...argument.keys()].find((key) => !['input', 'regex', 'options'].includes(key));
  if (other !== undefined) throw new MongoError(31024, `${name} found an unknown argument: ${other}`);
  if (!argument.has('input')) throw new MongoError(31022, `${name} requires 'input' parameter`);
  if (!argument.has('regex')) throw new MongoError(31023, `${name} requires 'regex' parameter`);
  const [input, regex] = [scope.compile(argument.get('input')!), scope.compile(argument.get('regex')!)];
  const options = compileOptional(argument, 'options', scope);
  const testOf = keepLast();
  return (root, variables) => {
    const text = input(root, variables);
    const pattern = patternOf(regex(root, variables), options?.(root, variables), name);
    if (!isNullish(text) && typeof text !== 'string') {
      throw new MongoError(51104, `${name} needs 'input' to be of type string`);
    }
    return pattern !== undefined && !isNullish(text) && testOf(pattern)(text);
  };
};

/** Most patterns are the same for all documents. */
function keepLast(): (pattern: Pattern) => RegexTest {
  let last: (Pattern & { readonly test: RegexTest }) | undefined;
  return ({ pattern, options }) => {
    if (last?.pattern !== pattern || last.options !== options) {
      last = { pattern, options, test: compileRegex(pattern, options) };
    }
    return last.test;
  };
}

/** @returns undefined for a pattern that is null or missing */
function patternOf(regex: Value | undefined, options: Value | undefined, name: string): Pattern | undefined {
  if (!isNullish(options) && typeof options !== 'string') {
    throw new MongoError(51106, `${name} needs 'options' to be of type string`);
  }
  const flags = options ?? '';
  if (isNullish(regex)) return undefined;
  if (typeof regex === 'string') return { pattern: regex, options: flags as string };
  if (!(regex instanceof BSONRegExp)) {
    throw new MongoError(51105, `${name} needs 'regex' to be of type string or regex`);
  }
  if (regex.options !== '' && typeof options === 'string') {
    throw new MongoError(51107, `${name}: found regex option(s) specified in both 'regex' and 'option' fields`);
  }
  return { pattern: regex.pattern, options: regex.options || (flags as string) };
}

export const regexes: Operators = { $regexMatch: regexMatch };
