import type { Doc, Value } from '../../bson/value.js';
import { dateFromMs, int32, isDoc, isNumber, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { fitsInt64, toDouble, toInt64 } from '../numbers.js';
import type { Variables } from '../types.js';
import { isNullish } from './booleans.js';
import { dateArgument, isoWeek, isoWeekday, localDate, zoneOffset } from './dates.js';
import type { Evaluate, Operator, Operators } from './scope.js';
import { compileOptional } from './scope.js';

interface Part {
  readonly name: string;
  readonly otherwise: bigint;
  /** Seconds and milliseconds may be of any size; of the others MongoDB takes what fits 16 bits. */
  readonly isBounded: boolean;
}

const part = (name: string, otherwise: bigint, isBounded = true): Part => ({ name, otherwise, isBounded });

const TIME = [part('hour', 0n), part('minute', 0n), part('second', 0n, false), part('millisecond', 0n, false)];
const CALENDAR = [part('year', 1970n, false), part('month', 1n), part('day', 1n)];
const ISO = [part('isoWeekYear', 1970n, false), part('isoWeek', 1n), part('isoDayOfWeek', 1n)];

/** Parts beyond their range carry over: month 14 is February of the next year, day 0 the last of the month before. */
const dateFromParts: Operator = (argument, scope, name) => {
  const isIso = checkParts(argument, name);
  const given = argument as Doc;
  const parts = [...(isIso ? ISO : CALENDAR), ...TIME].map(
    (part) => [part, compileOptional(given, part.name, scope)] as const,
  );
  const timezone = compileOptional(given, 'timezone', scope);
  return (root, variables) => {
    const numbers = parts.map(([part, evaluate]) => partOf(part, evaluate, root, variables));
    const offset = zoneOffset(timezone?.(root, variables), name);
    if (offset === null || numbers.includes(null)) return null;
    const [year, ...rest] = numbers as [bigint, ...bigint[]];
    if (year < 1n || year > 9999n) {
      const what = isIso ? 'isoWeekYear' : 'year';
      throw new MongoError(
        isIso ? 31095 : 40523,
        `'${what}' must evaluate to an integer in the range 1 to 9999, found ${year}`,
      );
    }
    const day = isIso ? startOfIsoDay(year, rest) : startOfDay(year, rest);
    const ms = day + timeOf(rest.slice(2)) - BigInt(offset);
    if (!fitsInt64(ms)) throw new MongoError(40515, `${name}: the date is out of range`);
    return dateFromMs(ms);
  };
};

/** @returns true for the parts of ISO 8601 weeks */
function checkParts(argument: Value, name: string): boolean {
  if (!isDoc(argument)) throw new MongoError(40519, `${name} only supports an object as its argument`);
  const known = new Set([...ISO, ...CALENDAR, ...TIME].map(({ name }) => name).concat('timezone'));
  const other = [...argument.keys()].find((key) => !known.has(key));
  if (other !== undefined) throw new MongoError(40518, `Unrecognized argument to ${name}: ${other}`);
  const isIso = argument.has('isoWeekYear');
  if (!isIso && !argument.has('year')) {
    throw new MongoError(40516, `${name} requires either 'year' or 'isoWeekYear' to be present`);
  }
  const mixed = (isIso ? CALENDAR : ISO).find(({ name }) => argument.has(name));
  if (mixed === undefined) return isIso;
  const what = isIso ? 'ISO 8601 dates' : 'natural dates';
  throw new MongoError(isIso ? 40489 : 40525, `${name} does not allow mixing ${what} with '${mixed.name}'`);
}

/** @returns null when the part is */
function partOf(part: Part, evaluate: Evaluate | undefined, root: Doc, variables: Variables): bigint | null {
  if (evaluate === undefined) return part.otherwise;
  const value = evaluate(root, variables);
  if (isNullish(value)) return null;
  const whole = isNumber(value) ? toInt64(value) : undefined;
  if (whole === undefined || Number(whole) !== toDouble(value as Parameters<typeof toDouble>[0])) {
    throw new MongoError(40515, `'${part.name}' must evaluate to an integer, found ${typeName(value)}`);
  }
  if (part.isBounded && (whole < -32768n || whole > 32767n)) {
    throw new MongoError(
      31034,
      `'${part.name}' must evaluate to a value in the range [-32768, 32767]; ${whole} is not`,
    );
  }
  return whole;
}

const DAY_MS = 86_400_000n;

function utc(year: bigint, monthIndex: number, day: number): bigint {
  const date = new Date(0);
  return BigInt(date.setUTCFullYear(Number(year), monthIndex, day));
}

const startOfDay = (year: bigint, [month, day]: readonly bigint[]): bigint =>
  utc(year, Number(month) - 1, 1) + (day! - 1n) * DAY_MS;

/** Week 1 has January 4th in it; weeks begin on Monday. */
function startOfIsoDay(year: bigint, [week, day]: readonly bigint[]): bigint {
  const fourth = utc(year, 0, 4);
  const weekday = BigInt(isoWeekday(new Date(Number(fourth))));
  return fourth + (1n - weekday + (week! - 1n) * 7n + (day! - 1n)) * DAY_MS;
}

const timeOf = ([hour, minute, second, millisecond]: readonly bigint[]): bigint =>
  ((hour! * 60n + minute!) * 60n + second!) * 1000n + millisecond!;

const dateToParts: Operator = (argument, scope, name) => {
  if (!isDoc(argument)) throw new MongoError(40524, `${name} only supports an object as its argument`);
  const other = [...argument.keys()].find((key) => !['date', 'timezone', 'iso8601'].includes(key));
  if (other !== undefined) throw new MongoError(40520, `Unrecognized argument to ${name}: ${other}`);
  if (!argument.has('date')) throw new MongoError(40522, `Missing 'date' parameter to ${name}`);
  const date = scope.compile(argument.get('date')!);
  const [timezone, iso] = ['timezone', 'iso8601'].map((key) => compileOptional(argument, key, scope));
  return (root, variables) => {
    const value = date(root, variables);
    const offset = zoneOffset(timezone?.(root, variables), name);
    const isIso = iso === undefined ? false : iso(root, variables);
    if (offset === null || isNullish(isIso)) return null;
    if (typeof isIso !== 'boolean') {
      throw new MongoError(40521, `iso8601 must evaluate to a bool, found ${typeName(isIso)}`);
    }
    return isNullish(value) ? null : partsOf(localDate(dateArgument(value, name), offset), isIso);
  };
};

function partsOf(date: Date, isIso: boolean): Doc {
  const days: [string, number][] = isIso
    ? [
        ['isoWeekYear', isoWeek(date).year],
        ['isoWeek', isoWeek(date).week],
        ['isoDayOfWeek', isoWeekday(date)],
      ]
    : [
        ['year', date.getUTCFullYear()],
        ['month', date.getUTCMonth() + 1],
        ['day', date.getUTCDate()],
      ];
  const all: [string, number][] = [
    ...days,
    ['hour', date.getUTCHours()],
    ['minute', date.getUTCMinutes()],
    ['second', date.getUTCSeconds()],
    ['millisecond', date.getUTCMilliseconds()],
  ];
  return new Map(all.map(([name, value]) => [name, int32(value)]));
}

export const wholeDates: Operators = { $dateFromParts: dateFromParts, $dateToParts: dateToParts };
