import type { NumberValue, Value } from '../../bson/value.js';
import { isNumber, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { toDouble, toInt64 } from '../numbers.js';
import type { Item, StageCompiler } from './stage.js';

function count(argument: Value, code: number, name: string): number {
  const whole = isNumber(argument) ? toInt64(argument) : undefined;
  if (whole === undefined || whole < 0n || Number(whole) !== toDouble(argument as NumberValue)) {
    const found = isNumber(argument) ? argument.toString() : typeName(argument);
    throw new MongoError(
      code,
      `invalid argument to ${name} stage: Expected a non-negative whole number, found ${found}`,
    );
  }
  // Beyond 2^53 only near enough, which no collection reaches.
  return Number(whole);
}

export const limit: StageCompiler = (argument, _context, name) => {
  const most = count(argument, 5107201, name);
  if (most === 0) throw new MongoError(15958, 'the limit must be positive');
  return { name, limit: most, run: (input) => take(input, most) };
};

/** Ends without asking for one document more than it needs. */
function* take(input: Iterable<Item>, most: number): Iterable<Item> {
  let left = most;
  for (const doc of input) {
    yield doc;
    if (doc !== null && --left === 0) return;
  }
}

export const skip: StageCompiler = (argument, _context, name) => {
  const leave = count(argument, 5107200, name);
  return {
    name,
    skip: leave,
    *run(input) {
      let left = leave;
      for (const doc of input) {
        if (doc === null || left === 0) yield doc;
        else left--;
      }
    },
  };
};
