import { describe, it } from '@jest/globals';
import { BSONRegExp } from 'bson';
import type { Case } from '../../support/expressions.js';
import { evaluate, expectCode, expectSame } from '../../support/expressions.js';
import { doc } from '../../support/values.js';

const document = doc({ s: 'Ada Lovelace', no: null, n: 5, pattern: '^ada' });

describe('$regexMatch', () => {
  it.each<Case>([
    [{ input: '$s', regex: 'Love' }, true],
    [{ input: '$s', regex: '$pattern' }, false],
    [{ input: '$s', regex: '$pattern', options: 'i' }, true],
    [{ input: '$s', regex: new BSONRegExp('^ADA', 'i') }, true],
    [{ input: '$s', regex: new BSONRegExp('^ADA'), options: 'i' }, true],
    [{ input: '$no', regex: 'x' }, false],
    [{ input: '$s', regex: '$missing' }, false],
  ])('%j gives %j', (argument, expected) => {
    expectSame(evaluate({ $regexMatch: argument }, document), expected);
  });

  it.each<[unknown, number]>([
    ['x', 51103],
    [{ input: '$s', regex: 'x', flags: 'i' }, 31024],
    [{ regex: 'x' }, 31022],
    [{ input: '$s' }, 31023],
    [{ input: '$n', regex: 'x' }, 51104],
    [{ input: '$s', regex: '$n' }, 51105],
    [{ input: '$s', regex: 'x', options: 1 }, 51106],
    [{ input: '$s', regex: new BSONRegExp('x', 'i'), options: 'm' }, 51107],
    [{ input: '$s', regex: 'x', options: 'q' }, 51108],
  ])('%j is refused with %d', (argument, code) => {
    expectCode(() => evaluate({ $regexMatch: argument }, document), code);
  });
});
