import { badValue, MongoError, unsupported } from '../../errors.js';
import { translatePattern } from './regex-translate.js';

/** MongoDB's own limit for a pattern is 16,384 bytes; nothing an application like ours sends comes near this one. */
const MAX_PATTERN = 1_024;
/** UTF-16 units of a string that is searched. */
const MAX_SUBJECT = 32_768;
const MIN_SUBJECT = 128;
/** Each unbounded repetition, and the search for where to begin, multiplies the steps by the length of the subject. */
const MAX_STEPS = 2 ** 30;
const INLINE_OPTIONS = /^\(\?([imsx]+)\)/;

export type RegexTest = (subject: string) => boolean;

/**
 * A PCRE pattern as a JavaScript regular expression that means the same.
 *
 * @param options of `imsxu`; `u` is MongoDB's only mode and changes nothing
 * @returns a test that throws MongoError 115 for subjects that are too long to search
 * @throws MongoError 2 and 51091 for what is no pattern, 51108 for unknown options, 115 for constructs that cannot be
 *   carried over or may take exponential time
 */
export function compileRegex(pattern: string, options: string): RegexTest {
  if (pattern.includes('\0')) throw badValue('Regular expression cannot contain an embedded null byte');
  if (pattern.length > MAX_PATTERN) throw unsupported(`a $regex of more than ${MAX_PATTERN} characters`);
  const unknown = options.split('').find((option) => !'imsxu'.includes(option));
  if (unknown !== undefined) throw new MongoError(51108, `invalid flag in regex options: ${unknown}`);
  const inline = INLINE_OPTIONS.exec(pattern);
  const flags = new Set(options + (inline?.[1] ?? ''));
  const body = pattern.slice(inline?.[0].length ?? 0);
  const { source, repetitions } = translatePattern(body, {
    multiline: flags.has('m'),
    dotAll: flags.has('s'),
    extended: flags.has('x'),
  });
  const regex = build(source, flags.has('i') ? 'iu' : 'u');
  const longest = Math.min(MAX_SUBJECT, Math.max(MIN_SUBJECT, Math.floor(MAX_STEPS ** (1 / (repetitions + 1)))));
  return (subject) => {
    if (subject.length > longest) throw unsupported(`this $regex on strings of more than ${longest} characters`);
    return regex.test(subject);
  };
}

function build(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new MongoError(51091, `Regular expression is invalid: ${(error as Error).message}`);
  }
}
