import type { Binary } from 'bson';
import { toDoc } from '../bson/convert.js';
import type { Doc, Value } from '../bson/value.js';
import { encodeKey } from '../query/key-string.js';
import { IndexInfo } from './index-info.js';
import { concat, fit, isCut, MAX_RECORD_KEY, SPACE, spaceKey } from './keys.js';

const ASCENDING: 1[] = [1];

/** What only grows about a collection while its documents change; kept in the catalog. */
export interface CollectionFlags {
  /** Some `_id` was too long and was cut, so that documents are not in the order of `_id`. */
  hasCutIds: boolean;
}

/** A collection as the catalog holds it, with the numbers that are kept about it. */
export class Collection {
  readonly database: string;
  readonly name: string;
  readonly prefix: Uint8Array;
  indexes: IndexInfo[] = [];
  /** Indexes that are being filled: writes keep them up, nobody reads them yet. */
  building: IndexInfo[] = [];
  /** Resolves when those are done, or given up. */
  build: Promise<void> | undefined;
  /** Indexes whose build was given up, by a stop of the process most likely, with entries that are still to go. */
  leftovers: IndexInfo[] = [];
  count = 0;
  /** Sum of the sizes of its documents. */
  bytes = 0;
  /** The number of the commit that made it or last changed its indexes; older snapshots may not use it. */
  changedAt = 0;
  /** The number of the commit that last changed its documents, in this process. */
  writtenAt = 0;
  isDropped = false;
  /** Made for a transaction that has not ended, and used by nobody else: it is not shown, and goes with the transaction. */
  isProvisional = false;
  /** Set in memory at once, written with the next commit. */
  isDirty = false;

  constructor(
    readonly id: number,
    readonly namespace: string,
    readonly uuid: Binary,
    readonly flags: CollectionFlags = { hasCutIds: false },
  ) {
    const dot = namespace.indexOf('.');
    this.database = namespace.slice(0, dot);
    this.name = namespace.slice(dot + 1);
    this.prefix = spaceKey(SPACE.documents, id);
  }

  /** The same documents and indexes under another name. */
  renamed(namespace: string): Collection {
    const { id, uuid, flags, indexes, leftovers, count, bytes, isDirty } = this;
    return Object.assign(new Collection(id, namespace, uuid, flags), { indexes, leftovers, count, bytes, isDirty });
  }

  /** Key string of an `_id`, which stands for the document in index entries. */
  recordKey(id: Value): Uint8Array {
    return fit(encodeKey([id], ASCENDING), MAX_RECORD_KEY);
  }

  /** Remembers what the key of a new document says about the whole. */
  note(recordKey: Uint8Array): void {
    if (!this.flags.hasCutIds && isCut(recordKey, MAX_RECORD_KEY)) this.isDirty = this.flags.hasCutIds = true;
  }

  documentKey(recordKey: Uint8Array): Uint8Array {
    return concat(this.prefix, recordKey);
  }

  /** The indexes that a write has to keep up. */
  get maintained(): readonly IndexInfo[] {
    return this.building.length === 0 ? this.indexes : [...this.indexes, ...this.building];
  }

  index(name: string): IndexInfo | undefined {
    return this.indexes.find((index) => index.name === name);
  }
}

/** The `_id` index as listIndexes shows it. */
export const ID_INDEX_SPEC: Doc = toDoc({ v: 2, key: { _id: 1 }, name: '_id_' });
