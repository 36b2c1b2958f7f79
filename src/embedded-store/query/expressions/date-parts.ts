import type { Value } from '../../bson/value.js';
import { int32, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { isNullish } from './booleans.js';
import { dateArgument, dayOfYear, isoWeek, isoWeekday, localDate, sundayWeek, zoneOffset } from './dates.js';
import type { Evaluate, Operator, Operators, Scope } from './scope.js';
import { compileArguments, compileOptional, namedArguments } from './scope.js';

/** `{$year: date}` or `{$year: {date, timezone}}`. */
const part =
  (of: (date: Date) => number): Operator =>
  (argument, scope, name) => {
    const [date, timezone] = compileDate(argument, scope, name);
    return (root, variables) => {
      const value = date(root, variables);
      const offset = zoneOffset(timezone?.(root, variables), name);
      if (isNullish(value) || offset === null) return null;
      return int32(of(localDate(dateArgument(value, name), offset)));
    };
  };

function compileDate(argument: Value, scope: Scope, name: string): [Evaluate, Evaluate | undefined] {
  if (argument instanceof Map && argument.has('date')) {
    const given = namedArguments(argument, name, ['date'], ['timezone']);
    return [scope.compile(given.get('date')!), compileOptional(given, 'timezone', scope)];
  }
  return [compileArguments(argument, scope, name, 1, 1)[0]!, undefined];
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

const specifiers: Readonly<Record<string, (date: Date, offset: number) => string>> = {
  Y: (date) => pad(date.getUTCFullYear(), 4),
  m: (date) => pad(date.getUTCMonth() + 1, 2),
  d: (date) => pad(date.getUTCDate(), 2),
  H: (date) => pad(date.getUTCHours(), 2),
  M: (date) => pad(date.getUTCMinutes(), 2),
  S: (date) => pad(date.getUTCSeconds(), 2),
  L: (date) => pad(date.getUTCMilliseconds(), 3),
  j: (date) => pad(dayOfYear(date), 3),
  w: (date) => String(date.getUTCDay() + 1),
  u: (date) => String(isoWeekday(date)),
  U: (date) => pad(sundayWeek(date), 2),
  V: (date) => pad(isoWeek(date).week, 2),
  G: (date) => pad(isoWeek(date).year, 4),
  b: (date) => monthNames[date.getUTCMonth()]!.slice(0, 3),
  B: (date) => monthNames[date.getUTCMonth()]!,
  z: (_date, offset) => zoneText(offset),
  Z: (_date, offset) => (offset < 0 ? '-' : '+') + String(Math.abs(offset) / 60_000),
  '%': () => '%',
};

const monthNames = 'January February March April May June July August September October November December'.split(' ');

function zoneText(offset: number): string {
  const minutes = Math.abs(offset) / 60_000;
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${pad(minutes % 60, 2)}`;
}

function formatDate(date: Date, format: string, offset: number): string {
  return format.replace(/%(.?)/gs, (_match, letter: string) => {
    const specifier = Object.hasOwn(specifiers, letter) ? specifiers[letter] : undefined;
    if (specifier === undefined) throw new MongoError(18536, `Invalid format character '%${letter}' in format string`);
    const year = date.getUTCFullYear();
    if (year < 0 || year > 9999)
      throw new MongoError(18537, `$dateToString is only defined on year 0-9999, tried to use year ${year}`);
    return specifier(date, offset);
  });
}

const dateToString: Operator = (argument, scope, name) => {
  const given = namedArguments(argument, name, ['date'], ['format', 'timezone', 'onNull']);
  const date = scope.compile(given.get('date')!);
  const [format, timezone, onNull] = ['format', 'timezone', 'onNull'].map((key) => compileOptional(given, key, scope));
  return (root, variables) => {
    const value = date(root, variables);
    const zone = timezone?.(root, variables);
    const pattern = format === undefined ? undefined : format(root, variables);
    if (isNullish(value)) return onNull === undefined ? null : onNull(root, variables);
    const offset = zoneOffset(zone, name);
    if (offset === null || (format !== undefined && isNullish(pattern))) return null;
    if (pattern !== undefined && typeof pattern !== 'string') {
      throw new MongoError(18533, `$dateToString requires that 'format' be a string, found: ${typeName(pattern)}`);
    }
    const zoned = zone === undefined || zone === 'UTC' ? '%Y-%m-%dT%H:%M:%S.%LZ' : '%Y-%m-%dT%H:%M:%S.%L';
    return formatDate(localDate(dateArgument(value, name), offset), pattern ?? zoned, offset);
  };
};

export const dateParts: Operators = {
  $year: part((date) => date.getUTCFullYear()),
  $month: part((date) => date.getUTCMonth() + 1),
  $dayOfMonth: part((date) => date.getUTCDate()),
  $hour: part((date) => date.getUTCHours()),
  $minute: part((date) => date.getUTCMinutes()),
  $second: part((date) => date.getUTCSeconds()),
  $millisecond: part((date) => date.getUTCMilliseconds()),
  $dayOfWeek: part((date) => date.getUTCDay() + 1),
  $dayOfYear: part(dayOfYear),
  $week: part(sundayWeek),
  $isoWeek: part((date) => isoWeek(date).week),
  $isoWeekYear: part((date) => isoWeek(date).year),
  $isoDayOfWeek: part(isoWeekday),
  $dateToString: dateToString,
};
