import { valueSize } from '../../bson/size.js';
import type { Doc, Value } from '../../bson/value.js';
import { isDoc, typeName } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { compareValues } from '../compare.js';
import { isNullish } from '../expressions/booleans.js';
import { keyOf } from '../expressions/sets.js';
import type { Accumulator } from './accumulator.js';

/** What an array and a map take for one value beside it, roughly. */
const SLOT_BYTES = 16;
const ENTRY_BYTES = 64;

/** The least or the greatest value; null and missing do not count. */
export class Extreme implements Accumulator {
  private best: Value | undefined;

  /** @param direction 1 for the least */
  constructor(private readonly direction: 1 | -1) {}

  add(value: Value | undefined): number {
    if (isNullish(value)) return 0;
    if (this.best !== undefined && this.direction * compareValues(value, this.best) >= 0) return 0;
    const growth = valueSize(value) - (this.best === undefined ? 0 : valueSize(this.best));
    this.best = value;
    return growth;
  }

  result(): Value {
    return this.best ?? null;
  }
}

export class First implements Accumulator {
  private value: Value | undefined;
  private isSet = false;

  add(value: Value | undefined): number {
    if (this.isSet) return 0;
    this.isSet = true;
    this.value = value;
    return value === undefined ? 0 : valueSize(value);
  }

  result(): Value {
    return this.value ?? null;
  }
}

export class Last implements Accumulator {
  private value: Value | undefined;
  private size = 0;

  add(value: Value | undefined): number {
    const size = value === undefined ? 0 : valueSize(value);
    const growth = size - this.size;
    this.value = value;
    this.size = size;
    return growth;
  }

  result(): Value {
    return this.value ?? null;
  }
}

export class Collected implements Accumulator {
  private readonly values: Value[] = [];

  add(value: Value | undefined): number {
    if (value === undefined) return 0;
    this.values.push(value);
    return valueSize(value) + SLOT_BYTES;
  }

  result(): Value {
    return this.values;
  }
}

/** In the order of their coming; MongoDB promises none. */
export class CollectedSet implements Accumulator {
  private readonly values = new Map<string, Value>();

  add(value: Value | undefined): number {
    if (value === undefined) return 0;
    const key = keyOf(value);
    if (this.values.has(key)) return 0;
    this.values.set(key, value);
    return key.length + valueSize(value) + ENTRY_BYTES;
  }

  result(): Value {
    return [...this.values.values()];
  }
}

/** Later documents win; a field keeps the place it had first. */
export class Merged implements Accumulator {
  private readonly merged: Doc = new Map();

  add(value: Value | undefined): number {
    if (isNullish(value)) return 0;
    if (!isDoc(value)) {
      throw new MongoError(40400, `$mergeObjects requires object inputs, but input is of type ${typeName(value)}`);
    }
    for (const [name, field] of value) this.merged.set(name, field);
    return valueSize(value);
  }

  result(): Value {
    return this.merged;
  }
}
