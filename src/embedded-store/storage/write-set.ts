import type { Value } from '../bson/value.js';
import { ErrorCodes, MongoError } from '../errors.js';
import type { UpdateDescription } from '../query/types.js';
import type { Collection } from './collection.js';
import type { Reader } from './key-value.js';
import { Overlay } from './overlay.js';

/** One change of a document, as change streams tell it. */
export interface Change {
  kind: 'insert' | 'update' | 'replace' | 'delete';
  collection: Collection;
  id: Value;
  /** The document now; undefined after a delete. */
  after: Uint8Array | undefined;
  /** What an update changed, and undefined for the others. Made while both versions are at hand and share what stayed, which makes it cheap. */
  update: UpdateDescription | undefined;
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
  private heldBytes = 0;

  constructor(
    base: Reader,
    readonly claim: Claim,
    private readonly maxBytes = Infinity,
  ) {
    super(base);
  }

  /** @throws MongoError 257 when it would hold too much in memory */
  override put(key: Uint8Array, value: Uint8Array): void {
    this.heldBytes += key.length + value.length;
    if (this.heldBytes > this.maxBytes) {
      const message = `a transaction may write at most ${this.maxBytes} bytes in the embedded store`;
      throw new MongoError(ErrorCodes.TransactionTooLarge, message);
    }
    super.put(key, value);
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
