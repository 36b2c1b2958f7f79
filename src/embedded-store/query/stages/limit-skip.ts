import type { Doc, Value } from '../../bson/value.js';
import { isNumber, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { wholeNumber } from '../numbers.js';
import type { StageCompiler } from './stage.js';

function count(argument: Value, code: number, name: string): number {
  const whole = wholeNumber(argument);
  if (whole === undefined || whole < 0) {
    const found = isNumber(argument) ? argument.toString() : typeName(argument);
    throw new MongoError(
      code,
      `invalid argument to ${name} stage: Expected a non-negative whole number, found ${found}`,
    );
  }
  return whole;
}

export const limit: StageCompiler = (argument, _context, name) => {
  const most = count(argument, 5107201, name);
  if (most === 0) throw new MongoError(15958, 'the limit must be positive');
  return { name, limit: most, run: (input) => take(input, most) };
};

/** Ends without asking for one document more than it needs. */
function* take(input: Iterable<Doc>, most: number): Iterable<Doc> {
  let left = most;
  for (const doc of input) {
    yield doc;
    if (--left === 0) return;
  }
}

export const skip: StageCompiler = (argument, _context, name) => {
  const leave = count(argument, 5107200, name);
  return {
    name,
    skip: leave,
    *run(input) {
      let left = leave;
      for (const doc of input) if (left-- <= 0) yield doc;
    },
  };
};
