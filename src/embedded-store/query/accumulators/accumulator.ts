import type { Value } from '../../bson/value.js';

/** Takes in the values of one group, one by one. */
export interface Accumulator {
  /**
   * @param value undefined for "missing"
   * @returns by how many bytes the accumulator has grown, zero for those of one size
   */
  add(value: Value | undefined): number;
  /** May be asked once, after the last value. */
  result(): Value;
}
