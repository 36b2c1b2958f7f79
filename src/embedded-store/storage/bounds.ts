import type { Value } from '../bson/value.js';
import { encodeBracket, encodeKey } from '../query/key-string.js';
import { after, barePrefix, concat, fit } from './keys.js';
import type { Predicate } from './predicates.js';
import type { Stretch } from './scan.js';

/** More combinations of `$in` values than this are not worth their seeks. */
const MAX_POINTS = 1000;

export type Direction = 1 | -1;

/** An index, or the documents themselves in the order of `_id`. */
export interface KeySpace {
  fields: readonly string[];
  directions: readonly Direction[];
  prefix: Uint8Array;
  /** A key has nothing behind its values. */
  isUnique: boolean;
  /** Length of a cut key. */
  maxKey: number;
  /**
   * The array that the values of this field come out of, where there is one. Then the two sides of a range may be fulfilled
   * by different values, and so may conditions of two fields that have their array in common.
   */
  arrayOf(field: string): string | undefined;
}

export interface Bounds {
  stretches: Stretch[];
  /** Leading fields that have one value each. */
  fixed: number;
  /** Leading fields that have one or several values each. */
  points: number;
  hasRange: boolean;
}

/** The stretches of keys in which every document is that fulfils the predicates, in order. */
export function boundsFor(space: KeySpace, predicates: ReadonlyMap<string, Predicate>): Bounds {
  let combinations: Value[][] = [[]];
  let fixed = 0;
  let points = 0;
  let range: Predicate | undefined;
  const arrays = new Set<string>();
  for (const field of space.fields) {
    const predicate = predicates.get(field);
    const array = space.arrayOf(field);
    if (!predicate || (array !== undefined && arrays.has(array))) break;
    if (array !== undefined) arrays.add(array);
    if (predicate.points && combinations.length * predicate.points.length <= MAX_POINTS) {
      const values = predicate.points;
      combinations = combinations.flatMap((combination) => values.map((value) => [...combination, value]));
      if (fixed === points && values.length === 1) fixed++;
      points++;
    } else {
      if (predicate.lower || predicate.upper) range = onOneSide(predicate, array === undefined);
      break;
    }
  }
  const stretches = combinations.map((values) => stretchOf(space, values, range));
  return { stretches: joined(stretches), fixed, points, hasRange: range !== undefined };
}

/**
 * Of a filter with alternatives, the stretches of all of them together; `fixed` counts the fields that have the same one value in each. Those
 * of the rest alone when an alternative is not bounded.
 *
 * @param rest what holds in every alternative
 */
export function boundsForAny(
  space: KeySpace,
  rest: ReadonlyMap<string, Predicate>,
  alternatives: readonly ReadonlyMap<string, Predicate>[],
): Bounds {
  const common = boundsFor(space, rest);
  const each = alternatives.map((predicates) => boundsFor(space, predicates));
  const isNarrower = ({ points, hasRange }: Bounds) => points > common.points || (hasRange && !common.hasRange);
  if (each.length === 0 || !each.every(isNarrower)) return common;
  const stretches = joined(each.flatMap((bounds) => bounds.stretches));
  return { stretches, fixed: common.fixed, points: common.fixed, hasRange: true };
}

/**
 * In order and apart: long values that share their bare prefix have one stretch together. Neighbours, as many `_id` are, stay apart:
 * to get a key is cheaper than to walk to it.
 */
function joined(stretches: Stretch[]): Stretch[] {
  if (stretches.length < 2) return stretches;
  const result: Stretch[] = [];
  for (const stretch of stretches.sort((a, b) => Buffer.compare(a.low, b.low))) {
    const last = result.at(-1);
    if (!last || Buffer.compare(last.high, stretch.low) <= 0) result.push(stretch);
    else {
      last.isOneKey = false;
      if (Buffer.compare(last.high, stretch.high) < 0) last.high = stretch.high;
    }
  }
  return result;
}

/** Several keys of one document may fulfil the two sides of a range apart, so only one side bounds a multikey index. */
function onOneSide(predicate: Predicate, isPlain: boolean): Predicate {
  const { lower, upper } = predicate;
  if (lower && upper && (isPlain || predicate.isOneElement)) return { lower, upper };
  return lower ? { lower } : { upper: upper! };
}

function stretchOf(space: KeySpace, values: Value[], range: Predicate | undefined): Stretch {
  const { directions, maxKey } = space;
  const point = encodeKey(values, directions.slice(0, values.length));
  if (!range) {
    const isWhole = values.length === directions.length;
    const start = concat(space.prefix, isWhole ? fit(point, maxKey) : barePrefix(point, maxKey));
    return { low: start, high: after(start), isOneKey: isWhole && space.isUnique };
  }
  const direction = directions[values.length]!;
  const keyOf = (value: Value) => concat(point, encodeKey([value], [direction]));
  const [first, last] = direction > 0 ? [range.lower, range.upper] : [range.upper, range.lower];
  const bracket = encodeBracket((first ?? last!).value, direction);
  const low = first ? lowEnd(keyOf(first.value), first.isInclusive, maxKey) : concat(point, bracket.from);
  const high = last ? highEnd(keyOf(last.value), last.isInclusive, maxKey) : concat(point, bracket.to);
  return { low: concat(space.prefix, barePrefix(low, maxKey)), high: concat(space.prefix, barePrefix(high, maxKey)) };
}

/** Cut keys are in order only by their bare prefix, so a longer bound takes in everything that shares it. */
function lowEnd(key: Uint8Array, isInclusive: boolean, maxKey: number): Uint8Array {
  const bare = barePrefix(key, maxKey);
  return isInclusive || bare.length < key.length ? bare : after(key);
}

function highEnd(key: Uint8Array, isInclusive: boolean, maxKey: number): Uint8Array {
  const bare = barePrefix(key, maxKey);
  return isInclusive || bare.length < key.length ? after(bare) : key;
}
