import type { CompiledFilter, CompiledUpdate } from '../query/types.js';
import type { Collection } from '../storage/collection.js';
import { KeyList } from '../storage/key-list.js';
import type { Snapshot } from '../storage/key-value.js';
import { StoredDocument } from '../storage/stored-document.js';
import type { WriteSet } from '../storage/write-set.js';
import { changeOne } from './change.js';
import { collect } from './collect.js';
import type { Call } from './command.js';
import { MAX_DOCUMENTS_AT_ONCE, SLICE_BYTES, SLICE_MS } from './limits.js';
import { select, type Selection } from './select.js';
import { LATER, MORE } from './write-batch.js';

/** So much is done in a slice whatever the clock says, which runs on while others have the processor. */
const LOOK_AT_CLOCK_EVERY = 100;
const SEARCH_MS = 100;
/** Of so much, and of the first in any case, the decoded form is kept until it is changed. */
const DECODED_BYTES = 64 * 1024;

interface Counts {
  matched: number;
  modified: number;
}

/**
 * The update of all documents that match. Few are changed in one step. Of many, the keys are gathered first, from one state of the data and
 * over many turns; then they are changed slice by slice, each document if it still matches.
 */
export class UpdateMany {
  private keys: KeyList | undefined;
  private gathering: { snapshot: Snapshot; matching: Iterator<StoredDocument | null> } | undefined;
  private isGathered = false;
  private place = 0;
  private counts: Counts = { matched: 0, modified: 0 };

  constructor(
    private readonly call: Call,
    private readonly collection: Collection,
    private readonly selection: Selection,
    private readonly compiled: { filter: CompiledFilter; update: CompiledUpdate },
  ) {}

  /** Called again after MORE, LATER, or a wait for a lock. */
  run(writes: WriteSet): Counts | typeof MORE | typeof LATER {
    const { call, collection, selection } = this;
    if (call.transaction) return this.change(writes, collect(writes, collection, selection, call.budget));
    call.budget.renew();
    if (this.isGathered) return this.changeSome(writes, this.keys!);
    if (this.keys) return this.gather(this.keys);
    const few = this.few();
    if (few) return this.change(writes, few);
    // What the statements before this one have written is on disk in a later turn, and so in its snapshot.
    this.keys = new KeyList();
    return LATER;
  }

  close(): void {
    this.gathering?.snapshot.release();
    this.gathering = undefined;
  }

  /** @returns all that match; undefined when they are many, or not found at once */
  private few(): StoredDocument[] | undefined {
    const found: StoredDocument[] = [];
    const end = Date.now() + SEARCH_MS;
    let bytes = 0;
    for (const document of select(this.call.server.engine.reader, this.collection, this.selection, this.call.budget)) {
      if (!document && Date.now() < end) continue;
      if (!document || found.length === MAX_DOCUMENTS_AT_ONCE || bytes > SLICE_BYTES) return undefined;
      bytes += document.raw.length;
      found.push(found.length > 0 && bytes > DECODED_BYTES ? document.forget() : document);
    }
    return found;
  }

  private gather(keys: KeyList): typeof LATER {
    const { engine } = this.call.server;
    if (!this.gathering) {
      const snapshot = engine.store.snapshot();
      const matching = select(snapshot, this.collection, this.selection, this.call.budget);
      this.gathering = { snapshot, matching };
    }
    for (;;) {
      const { value, done } = this.gathering.matching.next();
      if (value === null) return LATER;
      if (done || !value) break;
      keys.push(value.recordKey);
    }
    this.close();
    this.isGathered = true;
    return LATER;
  }

  private changeSome(writes: WriteSet, keys: KeyList): Counts | typeof MORE {
    const end = Date.now() + SLICE_MS;
    const counts = { ...this.counts };
    let [place, bytes, seen] = [this.place, 0, 0];
    let next = keys.at(place);
    for (; next; next = keys.at(place)) {
      const raw = writes.get(this.collection.documentKey(next.key));
      const stored = raw && new StoredDocument(next.key, raw);
      if (stored && this.compiled.filter.matches(stored.doc)) {
        const { matched, modified } = this.change(writes, [stored]);
        counts.matched += matched;
        counts.modified += modified;
        bytes += stored.raw.length;
      }
      place = next.next;
      if (bytes > SLICE_BYTES || (++seen % LOOK_AT_CLOCK_EVERY === 0 && Date.now() >= end)) break;
    }
    // Only now: a slice that has to wait for a lock is done again.
    this.place = place;
    this.counts = counts;
    return next && keys.at(place) ? MORE : counts;
  }

  private change(writes: WriteSet, found: readonly StoredDocument[]): Counts {
    let modified = 0;
    for (const stored of found) if (changeOne(writes, this.collection, stored, this.compiled).isModified) modified++;
    return { matched: found.length, modified };
  }
}
