import { ErrorCodes } from '../../errors.js';

/** What MongoDB answers to arguments by name that are wrong; each operator has codes of its own, from its source. */
export interface ArgumentCodes {
  /** The argument is no object. */
  readonly object: number;
  /** It has a name that the operator does not know. */
  readonly unknown: number;
  /** Required names that are missing: one code for all, or one each. */
  readonly missing: number | ReadonlyMap<string, number>;
}

type Missing = [forAll: number] | (readonly [name: string, code: number])[];

function codes(object: number, unknown: number, ...missing: Missing): ArgumentCodes {
  const [first] = missing;
  const each = missing as (readonly [string, number])[];
  return { object, unknown, missing: typeof first === 'number' ? first : new Map(each) };
}

const FALLBACK = codes(ErrorCodes.FailedToParse, ErrorCodes.FailedToParse, ErrorCodes.FailedToParse);
const trim = codes(50696, 50694, 50695);
const replace = codes(51751, 51750, ['input', 51749], ['find', 51748], ['replacement', 51747]);
const shiftDate = codes(5166400, 5166401, 5166402);

const byOperator: ReadonlyMap<string, ArgumentCodes> = new Map([
  ['$cond', codes(ErrorCodes.FailedToParse, 17083, ['if', 17080], ['then', 17081], ['else', 17082])],
  ['$switch', codes(40060, 40067, 40068)],
  ['$switch branch', codes(40062, 40063, ['case', 40064], ['then', 40065])],
  ['$filter', codes(28646, 28647, ['input', 28648], ['cond', 28650])],
  ['$map', codes(16878, 16879, ['input', 16880], ['in', 16882])],
  ['$reduce', codes(40075, 40076, ['input', 40077], ['initialValue', 40078], ['in', 40079])],
  ['$let', codes(16874, 16875, ['vars', 16876], ['in', 16877])],
  ['$trim', trim],
  ['$ltrim', trim],
  ['$rtrim', trim],
  ['$replaceOne', replace],
  ['$replaceAll', replace],
  ['$getField', codes(3041701, 3041701, ['field', 3041702], ['input', 3041703])],
  ['$dateToString', codes(18629, 18534, 18628)],
  ['$dateTrunc', codes(5439007, 5439008, ['date', 5439009], ['unit', 5439010])],
  ['$dateAdd', shiftDate],
  ['$dateSubtract', shiftDate],
  ['$dateDiff', codes(5166301, 5166302, ['startDate', 5166303], ['endDate', 5166304], ['unit', 5166305])],
]);

/** `{$year: {date, timezone}}` and its like. */
const datePart = codes(40539, 40535, 40539);
const dateParts = new Set(
  (
    '$year $month $dayOfMonth $hour $minute $second $millisecond $dayOfWeek $dayOfYear $week $isoWeek $isoWeekYear ' +
    '$isoDayOfWeek'
  ).split(' '),
);

export const argumentCodes = (operator: string): ArgumentCodes =>
  byOperator.get(operator) ?? (dateParts.has(operator) ? datePart : FALLBACK);

export const missingCode = ({ missing }: ArgumentCodes, name: string): number =>
  typeof missing === 'number' ? missing : (missing.get(name) ?? ErrorCodes.FailedToParse);
