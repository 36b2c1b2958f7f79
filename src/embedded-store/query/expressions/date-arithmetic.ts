import type { Value } from '../../bson/value.js';
import { dateFromMs, isNumber, long, typeName } from '../../bson/value.js';
import { badValue, ErrorCodes, failedToParse, MongoError } from '../../errors.js';
import { fitsInt64, toInt64, wholeNumber } from '../numbers.js';
import { isNullish } from './booleans.js';
import { dateArgument, localDate, zoneOffset } from './dates.js';
import type { Operator, Operators } from './scope.js';
import { compileOptional, namedArguments } from './scope.js';

const fixedUnits: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

const monthUnits: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };

/** A unit counts milliseconds or months. */
type Unit = { readonly ms: number } | { readonly months: number };

function unitOf(value: Value | undefined, name: string): Unit {
  if (typeof value === 'string') {
    if (Object.hasOwn(fixedUnits, value)) return { ms: fixedUnits[value]! };
    if (Object.hasOwn(monthUnits, value)) return { months: monthUnits[value]! };
    throw failedToParse(`${name}: unknown time unit value: ${value}`);
  }
  throw new MongoError(5439013, `${name} requires 'unit' to be a string, but got ${typeName(value)}`);
}

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** @returns days after Monday, which is where 2000-01-03 is */
function startOfWeek(value: Value | undefined, name: string): number {
  if (value === undefined) return 6;
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  const day = weekdays.findIndex((weekday) => text === weekday || text === weekday.slice(0, 3));
  if (day < 0) throw new MongoError(5439016, `${name} requires 'startOfWeek' to be a day of the week`);
  return day;
}

/** Bins are counted from 2000-01-01, weeks from the first start of a week after it. */
const REFERENCE = Date.UTC(2000, 0, 1);
const FIRST_MONDAY = Date.UTC(2000, 0, 3);

const monthIndex = (date: Date): number => (date.getUTCFullYear() - 2000) * 12 + date.getUTCMonth();

function monthStart(index: number): number {
  const date = new Date(REFERENCE);
  date.setUTCFullYear(2000, index, 1);
  return date.getTime();
}

function truncate(local: Date, unit: Unit, bin: number, weekStart: number): number {
  if ('months' in unit) {
    const size = unit.months * bin;
    return monthStart(Math.floor(monthIndex(local) / size) * size);
  }
  const size = unit.ms * bin;
  const reference = unit.ms === fixedUnits['week'] ? FIRST_MONDAY + (weekStart - 7) * 86_400_000 : REFERENCE;
  return reference + Math.floor((local.getTime() - reference) / size) * size;
}

const dateTrunc: Operator = (argument, scope, name) => {
  const given = namedArguments(argument, name, ['date', 'unit'], ['binSize', 'timezone', 'startOfWeek']);
  const [date, unit] = [scope.compile(given.get('date')!), scope.compile(given.get('unit')!)];
  const keys = ['binSize', 'timezone', 'startOfWeek'];
  const [binSize, timezone, weekStart] = keys.map((key) => compileOptional(given, key, scope));
  return (root, variables) => {
    const value = date(root, variables);
    const by = unit(root, variables);
    const bin = binSize === undefined ? 1 : binSize(root, variables);
    const offset = zoneOffset(timezone?.(root, variables), name);
    if (isNullish(value) || isNullish(by) || (typeof bin !== 'number' && isNullish(bin)) || offset === null)
      return null;
    const size = typeof bin === 'number' ? bin : wholeNumber(bin);
    if (size === undefined || size <= 0)
      throw new MongoError(5439018, `${name} requires 'binSize' to be greater than 0`);
    const local = localDate(dateArgument(value, name), offset);
    const start = truncate(local, unitOf(by, name), size, startOfWeek(weekStart?.(root, variables), name));
    return dateFromMs(BigInt(start - offset));
  };
};

/** The last day of the month stands in for days that the month does not have. */
function addMonths(local: Date, months: number): number {
  const start = new Date(monthStart(monthIndex(local) + months));
  const days = new Date(monthStart(monthIndex(local) + months + 1) - 1).getUTCDate();
  const time = local.getTime() - Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate());
  return start.getTime() + (Math.min(local.getUTCDate(), days) - 1) * 86_400_000 + time;
}

const shift =
  (sign: 1n | -1n): Operator =>
  (argument, scope, name) => {
    const given = namedArguments(argument, name, ['startDate', 'unit', 'amount'], ['timezone']);
    const [date, unit, amount] = ['startDate', 'unit', 'amount'].map((key) => scope.compile(given.get(key)!));
    const timezone = compileOptional(given, 'timezone', scope);
    return (root, variables) => {
      const [value, by, count] = [date!, unit!, amount!].map((part) => part(root, variables));
      const offset = zoneOffset(timezone?.(root, variables), name);
      if (isNullish(value) || isNullish(by) || isNullish(count) || offset === null) return null;
      const whole = isNumber(count) && wholeNumber(count) !== undefined ? toInt64(count) : undefined;
      if (whole === undefined) throw new MongoError(5166405, `${name} expects integer amount of time units`);
      const ms = dateArgument(value, name);
      const result = shifted(ms, unitOf(by, name), sign * whole, offset);
      if (!fitsInt64(result)) throw new MongoError(ErrorCodes.Overflow, `${name} overflowed`);
      return dateFromMs(result);
    };
  };

function shifted(ms: bigint, unit: Unit, amount: bigint, offset: number): bigint {
  if ('ms' in unit) return ms + amount * BigInt(unit.ms);
  const moved = addMonths(localDate(ms, offset), Number(amount) * unit.months);
  if (!Number.isFinite(moved)) throw badValue('date out of range');
  return BigInt(moved - offset);
}

const dateDiff: Operator = (argument, scope, name) => {
  const given = namedArguments(argument, name, ['startDate', 'endDate', 'unit'], ['timezone', 'startOfWeek']);
  const [start, end, unit] = ['startDate', 'endDate', 'unit'].map((key) => scope.compile(given.get(key)!));
  const [timezone, weekStart] = ['timezone', 'startOfWeek'].map((key) => compileOptional(given, key, scope));
  return (root, variables) => {
    const [from, to, by] = [start!, end!, unit!].map((part) => part(root, variables));
    const offset = zoneOffset(timezone?.(root, variables), name);
    if (isNullish(from) || isNullish(to) || isNullish(by) || offset === null) return null;
    const [a, b] = [from, to].map((value) => localDate(dateArgument(value, name), offset)) as [Date, Date];
    return long(boundaries(a, b, unitOf(by, name), startOfWeek(weekStart?.(root, variables), name)));
  };
};

/** How many starts of a unit lie between the two. */
function boundaries(from: Date, to: Date, unit: Unit, weekStart: number): bigint {
  if ('months' in unit) {
    const index = (date: Date): number => Math.floor(monthIndex(date) / unit.months);
    return BigInt(index(to) - index(from));
  }
  return BigInt((truncate(to, unit, 1, weekStart) - truncate(from, unit, 1, weekStart)) / unit.ms);
}

export const dateArithmetic: Operators = {
  $dateTrunc: dateTrunc,
  $dateAdd: shift(1n),
  $dateSubtract: shift(-1n),
  $dateDiff: dateDiff,
};
