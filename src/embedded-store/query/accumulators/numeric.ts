import { Double } from 'bson';
import type { Value } from '../../bson/value.js';
import { int32, isNumber } from '../../bson/value.js';
import { Sum, toDouble } from '../numbers.js';
import type { Accumulator } from './accumulator.js';

/** Values that are no numbers do not count. */
export class Total implements Accumulator {
  private readonly sum = new Sum();

  add(value: Value | undefined): number {
    if (isNumber(value)) this.sum.add(value);
    return 0;
  }

  result(): Value {
    return this.sum.total();
  }
}

export class Count implements Accumulator {
  private readonly sum = new Sum();

  add(): number {
    this.sum.add(int32(1));
    return 0;
  }

  result(): Value {
    return this.sum.total();
  }
}

export class Average implements Accumulator {
  private readonly sum = new Sum();
  private count = 0;

  add(value: Value | undefined): number {
    if (!isNumber(value)) return 0;
    this.sum.add(value);
    this.count++;
    return 0;
  }

  result(): Value {
    return this.count === 0 ? null : this.sum.average(this.count);
  }
}

/** A double, whatever the types of the numbers. By Welford's method, which does not lose digits to large means. */
export class StandardDeviation implements Accumulator {
  private count = 0;
  private mean = 0;
  private squares = 0;

  /** @param missing 1 when the numbers are a sample, 0 when they are all there are */
  constructor(private readonly missing: 0 | 1) {}

  add(value: Value | undefined): number {
    if (!isNumber(value)) return 0;
    const number = toDouble(value);
    const distance = number - this.mean;
    this.count++;
    // Spares infinities a NaN that MongoDB does not give either.
    if (distance === 0) return 0;
    this.mean += distance / this.count;
    this.squares += distance * (number - this.mean);
    return 0;
  }

  result(): Value {
    const divisor = this.count - this.missing;
    return divisor <= 0 ? null : new Double(Math.sqrt(this.squares / divisor));
  }
}
