import type { Collection } from '../storage/collection.js';
import type { StoredDocument } from '../storage/stored-document.js';
import type { WriteSet } from '../storage/write-set.js';
import { collect } from './collect.js';
import type { Call } from './command.js';
import { select, type Selection } from './select.js';
import { LATER } from './write-batch.js';

/** Looks for the one document that a write is about, over as many turns as it takes, so that a long way to it holds nobody up. */
export class PatientSearch {
  private matching: Iterator<StoredDocument | null> | undefined;
  private collection: Collection | undefined;
  /** Other writes have had turns since it began. */
  private isOld = false;

  /** @param selection with a limit of 1 */
  constructor(
    private readonly call: Call,
    private readonly selection: Selection,
  ) {}

  /** @returns the document as it is now; undefined when there is none; LATER when it is to be called again in another turn */
  find(writes: WriteSet, collection: Collection): StoredDocument | undefined | typeof LATER {
    const { call, selection } = this;
    if (call.transaction) return collect(writes, collection, selection, call.budget)[0];
    call.budget.renew();
    if (this.collection !== collection) this.restart();
    this.collection = collection;
    try {
      for (;;) {
        this.matching ??= select(call.server.engine.reader, collection, selection, call.budget);
        const { value, done } = this.matching.next();
        if (value === null) {
          this.isOld = true;
          return LATER;
        }
        const wasOld = this.isOld;
        // Should it have to wait for a lock, it is searched for anew.
        this.restart();
        if (done || !value) return undefined;
        if (!wasOld || isCurrent(writes, collection, value)) return value;
      }
    } catch (error) {
      this.restart();
      throw error;
    }
  }

  private restart(): void {
    this.matching = undefined;
    this.isOld = false;
  }
}

/** What was sorted in earlier turns may have changed since. */
function isCurrent(writes: WriteSet, collection: Collection, { recordKey, raw }: StoredDocument): boolean {
  const now = writes.get(collection.documentKey(recordKey));
  return now !== undefined && Buffer.compare(now, raw) === 0;
}
