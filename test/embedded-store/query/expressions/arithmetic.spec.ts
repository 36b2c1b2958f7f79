import { describe, it } from '@jest/globals';
import type { Case } from '../../support/expressions.js';
import { evaluate, expectCode, expectSame } from '../../support/expressions.js';
import { dbl, dec } from '../../support/values.js';

const at = new Date(1000);

describe('types of sums and products', () => {
  it.each<Case>([
    [{ $add: [] }, 0],
    [{ $add: [1, 2n] }, 3n],
    [{ $add: [2 ** 31 - 1, 1] }, 2147483648n],
    [{ $add: [2n ** 63n - 1n, 1, -1] }, dbl(2 ** 63)],
    [{ $add: [0.1, 0.2, 0.3] }, 0.6000000000000001],
    [{ $add: [0.1, dec('0.2')] }, dec('0.300000000000000')],
    [{ $add: [null, 'x'] }, null],
    [{ $add: [at, 1.5] }, new Date(1002)],
    [{ $add: [-0.5, at] }, new Date(999)],
    [{ $add: [at, dec('2.5')] }, new Date(1002)],
    [{ $add: [5, at, 5] }, new Date(1010)],
    [{ $sum: [0.1, 0.2, 0.3] }, 0.6],
    [{ $sum: [0.1, dec('0.2')] }, dec('0.3000000000000000055511151231257827')],
    [{ $sum: [2n ** 63n - 1n, 1, -1] }, 2n ** 63n - 1n],
    [{ $multiply: [] }, 1],
    [{ $multiply: [3] }, 3],
    [{ $multiply: [2n ** 62n, 2] }, dbl(2 ** 63)],
    [{ $multiply: [null, 'x'] }, null],
    [{ $multiply: [0.1, dec('3')] }, dec('0.300000000000000')],
    [{ $mod: [-(2n ** 63n), -1] }, 0n],
    [{ $mod: [dec('7.5'), 2] }, dec('1.5')],
  ])('%j gives %j', (expression, expected) => {
    expectSame(evaluate(expression), expected);
  });

  it.each<[unknown, number]>([
    [{ $add: ['x', null] }, 14],
    [{ $add: [at, at] }, 16612],
    [{ $add: [at, 1e300] }, 15],
    [{ $mod: [dec('1'), 0] }, 5733415],
  ])('%j is refused with %d', (expression, code) => {
    expectCode(() => evaluate(expression), code);
  });
});

describe('sets', () => {
  it.each<Case>([
    [{ $setUnion: [[2, 1], [2n]] }, [1, 2]],
    [{ $setDifference: [[3, 1, 3n, 2], [2]] }, [3, 1]],
    [
      {
        $setIntersection: [
          [1, 2],
          [2n, 3],
        ],
      },
      [2],
    ],
  ])('%j gives %j: of equal values the first one counts', (expression, expected) => {
    expectSame(evaluate(expression), expected);
  });
});
