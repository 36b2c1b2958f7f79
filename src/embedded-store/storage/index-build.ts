import { decode } from '../bson/decode.js';
import { ErrorCodes, MongoError } from '../errors.js';
import type { Collection } from './collection.js';
import { duplicateKey } from './duplicate-key.js';
import type { Engine } from './engine.js';
import type { Group } from './group-commit.js';
import type { IndexEntry, IndexInfo } from './index-info.js';
import type { Reader, Writer } from './key-value.js';
import { after, text } from './keys.js';
import { Locked, type LockOwner } from './locks.js';
import { type Candidate, scanDocuments, type Stretch } from './scan.js';
import { waitForTransactions } from './schema.js';

const SLICE_MS = 20;
/** So much is done in a slice whatever the clock says, which runs on while others have the processor. */
const LOOK_AT_CLOCK_EVERY = 100;
/** A transaction that holds a document does not live longer than a minute. */
const LOCK_WAIT_MS = 120_000;

/**
 * An index over many documents, filled in slices. From the first on, all writes keep it up; nobody reads it before the last. What it was when the
 * process stopped in between goes at the next start.
 */
export class IndexBuild {
  /** Where the documents begin that are not in it yet. */
  private low: Uint8Array;
  private readonly ended: Promise<void>;
  private markEnded!: () => void;

  constructor(
    private readonly engine: Engine,
    private readonly collection: Collection,
    private readonly indexes: IndexInfo[],
  ) {
    this.low = collection.prefix;
    this.ended = new Promise((resolve) => (this.markEnded = resolve));
  }

  begin(group: Group): void {
    const { engine, collection, indexes } = this;
    engine.catalog.write(group.writer, collection, { building: indexes });
    group.afterCommit(() => {
      collection.building = indexes;
      collection.build = this.ended;
      // Transactions that write from now on keep it up; older ones may not write here any more.
      collection.changedAt = ++engine.commits;
    });
  }

  /** @throws MongoError 11000 and 171; nothing is left of the index then */
  async run(): Promise<void> {
    const { engine, collection } = this;
    const change = <T>(work: (group: Group) => T) => engine.change(work, { deadline: Date.now() + LOCK_WAIT_MS });
    try {
      while (await change((group) => this.fillSome(group))) continue;
      await change((group) => this.finish(group));
    } catch (error) {
      if (!collection.isDropped) await this.giveUp();
      throw error;
    } finally {
      collection.build = undefined;
      this.markEnded();
    }
  }

  /** @returns true when there is more */
  private fillSome(group: Group): boolean {
    const { collection, indexes } = this;
    this.checkDropped();
    const end = Date.now() + SLICE_MS;
    const stretch = { low: this.low, high: after(collection.prefix) };
    let filled = 0;
    for (const candidate of documentsIn(group.writer, collection, stretch)) {
      const entries = entriesOf(candidate, indexes);
      // Its old entries are part of what the transaction writes: they must not come after that.
      const holder = this.holderOf(candidate, entries);
      if (holder && filled === 0) throw new Locked(holder);
      if (holder || (filled > 0 && filled % LOOK_AT_CLOCK_EVERY === 0 && Date.now() >= end)) {
        const next = Buffer.from(collection.documentKey(candidate.recordKey));
        group.afterCommit(() => (this.low = next));
        return true;
      }
      for (const { index, entry } of entries) put(group.writer, collection, index, entry, candidate.recordKey);
      filled++;
    }
    return false;
  }

  private finish(group: Group): void {
    const { engine, collection } = this;
    this.checkDropped();
    const indexes = [...collection.indexes, ...this.indexes];
    engine.catalog.write(group.writer, collection, { indexes, building: [] });
    group.afterCommit(() => {
      collection.indexes = indexes;
      collection.building = [];
      collection.changedAt = ++engine.commits;
    });
  }

  private async giveUp(): Promise<void> {
    const { collection, indexes } = this;
    collection.building = [];
    collection.leftovers = [...collection.leftovers, ...indexes];
    // Where that fails, on a full disk or at the end of the process, it is tried again later.
    await removeLeftovers(this.engine, collection).catch(() => undefined);
  }

  private checkDropped(): void {
    if (this.collection.isDropped)
      throw new MongoError(ErrorCodes.IndexBuildAborted, 'the collection was dropped while its index was built');
  }

  private holderOf({ recordKey }: Candidate, entries: Entries): LockOwner | undefined {
    const { locks } = this.engine;
    const ofDocument = locks.ownerOf(text(this.collection.documentKey(recordKey)));
    if (ofDocument) return ofDocument;
    for (const { index, entry } of entries) {
      const owner = index.unique ? locks.ownerOf(text(entry.key)) : undefined;
      if (owner) return owner;
    }
    return undefined;
  }
}

/** Forgets indexes that were never finished; their entries are emptied like those of dropped ones. */
export function removeLeftovers(engine: Engine, collection: Collection): Promise<void> {
  return engine.change((group) => {
    if (collection.isDropped) return;
    waitForTransactions(engine, collection);
    for (const index of collection.leftovers) engine.catalog.removeIndex(group.writer, index);
    engine.catalog.write(group.writer, collection, { leftovers: [] });
    group.afterCommit(() => {
      collection.leftovers = [];
      engine.onDropped();
    });
  });
}

/** Fills an index in one step. */
export function fillAll(writer: Writer, collection: Collection, index: IndexInfo): void {
  const everything = { low: collection.prefix, high: after(collection.prefix) };
  for (const candidate of documentsIn(writer, collection, everything)) {
    for (const { entry } of entriesOf(candidate, [index])) put(writer, collection, index, entry, candidate.recordKey);
  }
}

type Entries = readonly { index: IndexInfo; entry: IndexEntry }[];

function entriesOf({ recordKey, raw }: Candidate, indexes: readonly IndexInfo[]): Entries {
  const doc = decode(raw);
  return indexes.flatMap((index) => index.entriesOf(doc, recordKey).map((entry) => ({ index, entry })));
}

/** The documents stand still, so that what was read ahead stays good while entries are written. */
function documentsIn(writer: Writer, collection: Collection, stretch: Stretch): Iterable<Candidate> {
  const reader: Reader = { version: 0, get: (key) => writer.get(key), range: (...range) => writer.range(...range) };
  return scanDocuments(reader, collection, [stretch], false);
}

/** A write may have put it already. */
function put(writer: Writer, collection: Collection, index: IndexInfo, entry: IndexEntry, recordKey: Uint8Array): void {
  const owner = index.unique ? writer.get(entry.key) : undefined;
  if (owner && Buffer.compare(owner, recordKey) !== 0) throw duplicateKey(collection, index, entry.values);
  writer.put(entry.key, recordKey);
}
