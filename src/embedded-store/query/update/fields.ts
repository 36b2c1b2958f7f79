import { Timestamp } from 'bson';
import { isDoc, typeName, type Value } from '../../bson/value.js';
import { badValue } from '../../errors.js';
import { compareValues, identicalValues } from '../compare.js';
import type { Application, Leaf } from './tree.js';

export function set(value: Value): Leaf {
  return new SetTo(value);
}

export function setOnInsert(value: Value): Leaf {
  return new SetTo(value, ({ isInsert }) => isInsert === true);
}

/** A class, for it is in most updates (README, "Fast paths"). */
class SetTo implements Leaf {
  readonly kind = 'leaf';

  constructor(
    private readonly value: Value,
    readonly isActive?: Leaf['isActive'],
  ) {}

  change(before: Value): Value {
    return identicalValues(before, this.value) ? before : this.value;
  }

  create(): Value {
    return this.value;
  }
}

/** In an array null takes the place of what is removed. */
export function unset(): Leaf {
  return {
    kind: 'leaf',
    change: (before, { isElement }) => (isElement && before === null ? before : undefined),
    isTolerant: true,
  };
}

/** @param sign 1 for `$max`, -1 for `$min` */
export function extreme(value: Value, sign: 1 | -1): Leaf {
  return {
    kind: 'leaf',
    change: (before) => (compareValues(value, before) * sign > 0 ? value : before),
    create: () => value,
  };
}

export function currentDate(spec: Value, path: string): Leaf {
  const isTimestamp = readDateType(spec, path) === 'timestamp';
  const value = ({ now, clusterTime }: Application): Value => {
    if (!isTimestamp) return now;
    return clusterTime ?? new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 });
  };
  return {
    kind: 'leaf',
    change: (_before, _place, application) => value(application),
    create: (_place, application) => value(application),
  };
}

function readDateType(spec: Value, path: string): 'date' | 'timestamp' {
  if (typeof spec === 'boolean') return 'date';
  if (!isDoc(spec)) {
    throw badValue(
      `${typeName(spec)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ` +
        "({$type: 'timestamp/date'}).",
    );
  }
  for (const name of spec.keys()) if (name !== '$type') throw badValue(`Unrecognized $currentDate option: ${name}`);
  const type = spec.get('$type');
  if (type === 'date' || type === 'timestamp') return type;
  throw badValue(
    `The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {${path}: {$type: 'date'}}}`,
  );
}
