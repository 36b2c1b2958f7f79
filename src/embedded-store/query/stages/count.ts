import type { Doc } from '../../bson/value.js';
import { int32, long } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { fitsInt32 } from '../numbers.js';
import type { StageCompiler } from './stage.js';

/** Of no documents it makes none, not a zero. */
export const count: StageCompiler = (argument, _context, name) => {
  if (typeof argument !== 'string') throw new MongoError(40156, 'the count field must be a non-empty string');
  if (argument === '') throw new MongoError(40157, 'the count field must be a non-empty string');
  if (argument.startsWith('$')) throw new MongoError(40158, 'the count field cannot be a $-prefixed path');
  if (argument.includes('\0')) throw new MongoError(40159, 'the count field cannot contain a null byte');
  if (argument.includes('.')) throw new MongoError(40160, "the count field cannot contain '.'");
  const fromCount = (total: number): Doc[] =>
    total === 0 ? [] : [new Map([[argument, fitsInt32(total) ? int32(total) : long(BigInt(total))]])];
  return {
    name,
    fromCount,
    *run(input) {
      let total = 0;
      for (const doc of input) {
        if (doc === null) yield null;
        else total++;
      }
      yield* fromCount(total);
    },
  };
};
