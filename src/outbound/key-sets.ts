import { Injectable } from '@nestjs/common';
import { BoundedMap } from '../common/bounded-map.js';
import { Clock } from '../common/clock.js';
import { KeySet } from './key-set.js';
import { Outbound } from './outbound.js';

const MOST = 1_000;

/** The public keys that others publish, by address: fetched when they are needed, and kept for a while. */
@Injectable()
export class KeySets {
  readonly #sets = new BoundedMap<string, KeySet>(MOST);

  constructor(
    private readonly outbound: Outbound,
    private readonly clock: Clock,
  ) {}

  at(url: string): KeySet {
    const set = this.#sets.get(url) ?? new KeySet(url, this.outbound, this.clock);
    this.#sets.set(url, set);
    return set;
  }
}
