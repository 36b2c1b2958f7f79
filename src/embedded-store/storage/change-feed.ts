import { randomBytes } from 'node:crypto';
import type { Change } from './write-set.js';
import type { Value } from '../bson/value.js';

const MAX_EVENTS = 10_000;
const CUT_STEP = 1000;
/** Old events go earlier when their documents are large. */
const MAX_BYTES = 32 << 20;

/** Transaction that a change was part of. */
export interface ChangeSource {
  lsid: Value;
  txnNumber: bigint;
}

interface Stamp {
  /** Position in this feed, from 1 on. */
  sequence: number;
  /** Milliseconds; never less than that of the event before. */
  time: number;
}

export interface DocumentEvent extends Change, Stamp {
  source: ChangeSource | undefined;
}

export interface CatalogEvent extends Stamp {
  kind: 'drop' | 'dropDatabase' | 'rename';
  /** `<database>.<collection>`, or the database. */
  namespace: string;
  /** rename only: the new name. */
  to?: string | undefined;
}

export type FeedEvent = DocumentEvent | CatalogEvent;

/** The last committed changes of this process, for change streams. */
export class ChangeFeed {
  /** Tells tokens of this process from those of another. */
  readonly origin = randomBytes(8).toString('hex');
  private events: FeedEvent[] = [];
  private bytes = 0;
  private last = 0;
  private time = Date.now();
  private readonly listeners = new Set<() => void>();

  /** Sequence of the newest event; 0 when there was none. */
  get newest(): number {
    return this.last;
  }

  /** The first sequence that can still be read. */
  get oldest(): number {
    return this.last - this.events.length + 1;
  }

  /** The time of the newest event, as a BSON timestamp: seconds and sequence. */
  get operationTime(): bigint {
    return timestampOf(this.time, this.last);
  }

  append(changes: Change[], source: ChangeSource | undefined): void {
    this.time = Math.max(this.time, Date.now());
    // Field by field, which is several times cheaper than a spread that others are added to.
    for (const { kind, collection, id, after, update } of changes)
      this.push({ kind, collection, id, after, update, sequence: ++this.last, time: this.time, source });
    this.announce();
  }

  appendCatalog(kind: CatalogEvent['kind'], namespace: string, to?: string): void {
    this.time = Math.max(this.time, Date.now());
    this.push({ kind, namespace, to, sequence: ++this.last, time: this.time });
    this.announce();
  }

  /** Events after `sequence`; undefined when some of them are gone. */
  after(sequence: number, limit: number): FeedEvent[] | undefined {
    if (sequence + 1 < this.oldest) return undefined;
    const from = sequence + 1 - this.oldest;
    return this.events.slice(from, from + limit);
  }

  /** The sequence of the last event before the first at that second and position or later; undefined when it may be gone. */
  before(seconds: number, sequence: number): number | undefined {
    const isLater = (event: FeedEvent) => {
      const second = Math.floor(event.time / 1000);
      return second > seconds || (second === seconds && event.sequence >= sequence);
    };
    const first = this.events.findIndex(isLater);
    if (first === 0 && this.oldest > 1) return undefined;
    return first < 0 ? this.last : this.oldest + first - 1;
  }

  onAppend(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private push(event: FeedEvent): void {
    this.events.push(event);
    this.bytes += sizeOf(event);
    // The array is cut in larger steps: a splice at each event would move all of them each time.
    if (this.events.length <= MAX_EVENTS + CUT_STEP && this.bytes <= MAX_BYTES) return;
    let cut = 0;
    while (this.events.length - cut > MAX_EVENTS || this.bytes > MAX_BYTES) this.bytes -= sizeOf(this.events[cut++]!);
    this.events.splice(0, cut);
  }

  private announce(): void {
    for (const listener of this.listeners) listener();
  }
}

/** What BSON timestamps are in memory. */
export function timestampOf(milliseconds: number, sequence: number): bigint {
  return (BigInt(Math.floor(milliseconds / 1000)) << 32n) | (BigInt(sequence) & 0xffffffffn);
}

function sizeOf(event: FeedEvent): number {
  if (!('collection' in event)) return 100;
  return 400 + (event.after?.length ?? 0);
}
