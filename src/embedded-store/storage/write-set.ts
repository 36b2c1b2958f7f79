import type { Value } from '../bson/value.js';
import type { Collection } from './collection.js';
import type { Reader } from './key-value.js';
import { Overlay } from './overlay.js';

/** One change of a document, as change streams tell it. */
export interface Change {
  kind: 'insert' | 'update' | 'replace' | 'delete';
  collection: Collection;
  id: Value;
  before: Uint8Array | undefined;
  after: Uint8Array | undefined;
}

export interface Totals {
  count: number;
  bytes: number;
}

/** Says that a key is about to be read and written; may throw when somebody else holds it. */
export type Claim = (key: Uint8Array, collection: Collection) => void;

/** What a statement or a transaction has written so far, with what follows from it. */
export class WriteSet extends Overlay {
  readonly changes: Change[] = [];
  readonly totals = new Map<Collection, Totals>();

  constructor(
    base: Reader,
    readonly claim: Claim,
  ) {
    super(base);
  }

  add(collection: Collection, count: number, bytes: number): void {
    const totals = this.totals.get(collection);
    if (!totals) this.totals.set(collection, { count, bytes });
    else {
      totals.count += count;
      totals.bytes += bytes;
    }
  }
}
