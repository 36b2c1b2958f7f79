import { describe, it } from '@jest/globals';
import type { Case } from '../../support/expressions.js';
import { evaluate, expectCode, expectSame } from '../../support/expressions.js';
import { doc } from '../../support/values.js';

const at = new Date('2021-01-03T13:05:09.007Z');
const document = doc({ at, no: null });

describe('$dateFromParts', () => {
  it.each<Case>([
    [{ year: 2024 }, new Date('2024-01-01')],
    [
      { year: 2024, month: 2, day: 29, hour: 13, minute: 5, second: 9, millisecond: 7 },
      new Date('2024-02-29T13:05:09.007Z'),
    ],
    [{ year: 2024, month: 14, day: 1 }, new Date('2025-02-01')],
    [{ year: 2024, month: 0, day: 0 }, new Date('2023-11-30')],
    [{ year: 2024, second: 86400 }, new Date('2024-01-02')],
    [{ year: 99, month: 1 }, new Date('0099-01-01')],
    [{ year: 2024, hour: 12, timezone: '+02:00' }, new Date('2024-01-01T10:00Z')],
    [{ isoWeekYear: 2020, isoWeek: 53, isoDayOfWeek: 7 }, new Date('2021-01-03')],
    [{ isoWeekYear: 2021 }, new Date('2021-01-04')],
    [{ year: 2024, month: '$no' }, null],
    [{ year: '$missing' }, null],
  ])('%j gives %j', (argument, expected) => {
    expectSame(evaluate({ $dateFromParts: argument }, document), expected);
  });

  it.each<[unknown, number]>([
    [1, 40519],
    [{ year: 1, colour: 1 }, 40518],
    [{ month: 1 }, 40516],
    [{ year: 1, isoWeek: 1 }, 40525],
    [{ isoWeekYear: 1, month: 1 }, 40489],
    [{ year: 1.5 }, 40515],
    [{ year: '2024' }, 40515],
    [{ year: 2024, month: 40000 }, 31034],
    [{ year: 0 }, 40523],
    [{ isoWeekYear: 10000 }, 31095],
    [{ year: 2024, timezone: 'Europe/Berlin' }, 115],
  ])('%j is refused with %d', (argument, code) => {
    expectCode(() => evaluate({ $dateFromParts: argument }, document), code);
  });
});

describe('$dateToParts', () => {
  it.each<Case>([
    [{ date: '$at' }, { year: 2021, month: 1, day: 3, hour: 13, minute: 5, second: 9, millisecond: 7 }],
    [
      { date: '$at', iso8601: true, timezone: '-14:00' },
      { isoWeekYear: 2020, isoWeek: 53, isoDayOfWeek: 6, hour: 23, minute: 5, second: 9, millisecond: 7 },
    ],
    [{ date: '$no' }, null],
    [{ date: '$at', iso8601: '$no' }, null],
  ])('%j gives %j', (argument, expected) => {
    expectSame(evaluate({ $dateToParts: argument }, document), expected);
  });

  it.each<[unknown, number]>([
    [1, 40524],
    [{ date: '$at', colour: 1 }, 40520],
    [{ timezone: 'UTC' }, 40522],
    [{ date: '$at', iso8601: 1 }, 40521],
    [{ date: 'x' }, 16006],
  ])('%j is refused with %d', (argument, code) => {
    expectCode(() => evaluate({ $dateToParts: argument }, document), code);
  });
});
