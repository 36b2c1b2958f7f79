import { encode } from '../bson/encode.js';
import { type Doc, isDoc, type Value } from '../bson/value.js';
import { Timestamp } from 'bson';
import { ErrorCodes, failedToParse, MongoError, unsupported } from '../errors.js';
import { type FeedEvent, timestampOf } from '../storage/change-feed.js';
import type { Engine } from '../storage/engine.js';
import type { Connection } from '../wire/connection.js';
import { describeEvent, invalidateEvent } from './change-event.js';
import type { Batch, BatchRequest, Source } from './cursors.js';
import { MAX_BATCH_BYTES } from './limits.js';
import { historyLost, type Place, readToken, tokenOf } from './resume-token.js';
import { boolean, document, optional, string } from './values.js';

/** How long a getMore without maxTimeMS waits for the first event. */
const DEFAULT_WAIT_MS = 1000;
const EVENTS_AT_ONCE = 500;

/** What a stream watches: one collection, one database, or everything. */
export type Scope = { collection: string } | { database: string } | 'deployment';

export interface StreamOptions {
  looksUp: boolean;
  start: Place;
}

/** Reads the `$changeStream` stage. */
export function readStreamOptions(engine: Engine, stage: Doc): StreamOptions {
  for (const [name, value] of stage) checkOption(name, value);
  const fullDocument = optional(stage, 'fullDocument', string) ?? 'default';
  if (fullDocument !== 'default' && fullDocument !== 'updateLookup')
    throw unsupported(`$changeStream with fullDocument '${fullDocument}'`);
  const starts = ['resumeAfter', 'startAfter', 'startAtOperationTime'].filter((name) => stage.has(name));
  if (starts.length > 1) throw new MongoError(50674, `only one of ${starts.join(' and ')} may be given`);
  return { looksUp: fullDocument === 'updateLookup', start: startOf(engine, stage) };
}

const STAGE_OPTIONS = new Set([
  'allChangesForCluster',
  'fullDocument',
  'fullDocumentBeforeChange',
  'resumeAfter',
  'showExpandedEvents',
  'startAfter',
  'startAtOperationTime',
]);

function checkOption(name: string, value: Value): void {
  if (!STAGE_OPTIONS.has(name)) throw new MongoError(40415, `BSON field '$changeStream.${name}' is an unknown field.`);
  if (name === 'fullDocumentBeforeChange' && value !== 'off')
    throw unsupported('$changeStream with fullDocumentBeforeChange');
  if (name === 'showExpandedEvents' && boolean(value, name)) throw unsupported('$changeStream with showExpandedEvents');
}

function startOf({ feed }: Engine, stage: Doc): Place {
  const resumeAfter = optional(stage, 'resumeAfter', document);
  if (resumeAfter) {
    const place = readToken(feed, resumeAfter);
    if (!place.isInvalidate) return place;
    throw new MongoError(
      ErrorCodes.InvalidResumeToken,
      'Attempting to resume a change stream using resumeAfter is not allowed from an invalidate notification.',
    );
  }
  const startAfter = optional(stage, 'startAfter', document);
  if (startAfter) return { ...readToken(feed, startAfter), isInvalidate: false };
  const time = stage.get('startAtOperationTime');
  if (time === undefined) return { sequence: feed.newest, isInvalidate: false };
  if (!((time as unknown) instanceof Timestamp)) throw failedToParse('startAtOperationTime must be a timestamp');
  const { t, i } = time as Timestamp;
  const sequence = feed.before(t, i);
  if (sequence === undefined) throw historyLost();
  return { sequence, isInvalidate: false };
}

/** What the stages behind `$changeStream` make of events. */
export interface EventShape {
  /** False where what can be said of an event without its document tells already that it is left out. */
  wants(event: FeedEvent): boolean;
  /** Undefined leaves the event out. @param wasWanted by `wants`, which is not asked again */
  of(event: Doc, wasWanted: boolean): Doc | undefined;
}

/** Follows the change feed from a place on. */
export class ChangeStream implements Source {
  readonly isSnapshot = false;
  readonly waits = true;
  private place: Place;
  private isClosed = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly scope: Scope,
    private readonly options: StreamOptions,
    private readonly shape: EventShape,
  ) {
    this.place = options.start;
  }

  async next({ size = Infinity, waitMs, connection }: BatchRequest): Promise<Batch> {
    const documents: Uint8Array[] = [];
    const waitEnd = size > 0 ? Date.now() + (waitMs ?? DEFAULT_WAIT_MS) : 0;
    let isLast = this.read(documents, size);
    while (documents.length === 0 && !isLast && Date.now() < waitEnd && connection.isOpen && !this.isClosed) {
      await this.nextEvent(waitEnd - Date.now(), connection);
      isLast = this.read(documents, size);
    }
    return { documents, isLast: isLast || this.isClosed, stream: this.position() };
  }

  close(): void {
    this.isClosed = true;
    this.wake?.();
  }

  private position(): NonNullable<Batch['stream']> {
    const { feed } = this.engine;
    return {
      postBatchResumeToken: encode(tokenOf(feed, this.place)),
      operationTime: timestampOf(Date.now(), feed.newest + 1),
    };
  }

  /** @returns true when the stream has ended: what it watched is gone */
  private read(documents: Uint8Array[], size: number): boolean {
    let bytes = 0;
    while (documents.length < size && bytes < MAX_BATCH_BYTES) {
      const events = this.engine.feed.after(this.place.sequence, EVENTS_AT_ONCE);
      if (!events) throw historyLost();
      if (events.length === 0) return false;
      for (const event of events) {
        if (documents.length >= size || bytes >= MAX_BATCH_BYTES) return false;
        this.place = { sequence: event.sequence, isInvalidate: false };
        if (!this.isWatched(event)) continue;
        if (this.shape.wants(event))
          bytes += this.add(documents, describeEvent(this.engine, event, this.token(), this.options.looksUp), true);
        // Also where the pipeline leaves out the event that ends it.
        if (!this.endsWith(event)) continue;
        this.place = { ...this.place, isInvalidate: true };
        this.add(documents, invalidateEvent(event, this.token()), false);
        return true;
      }
    }
    return false;
  }

  private add(documents: Uint8Array[], event: Doc, wasWanted: boolean): number {
    const shaped = this.shape.of(event, wasWanted);
    if (!shaped) return 0;
    const id = shaped.get('_id');
    if (!isDoc(id) || id.get('_data') !== (event.get('_id') as Doc).get('_data')) {
      throw new MongoError(
        ErrorCodes.ChangeStreamFatalError,
        'Encountered an event whose _id field, which contains the resume token, was modified by the pipeline.',
        { labels: ['NonResumableChangeStreamError'] },
      );
    }
    const raw = encode(shaped);
    documents.push(raw);
    return raw.length;
  }

  private token(): Doc {
    return tokenOf(this.engine.feed, this.place);
  }

  private isWatched(event: FeedEvent): boolean {
    if (this.scope === 'deployment') return true;
    const namespace = 'collection' in event ? event.collection.namespace : event.namespace;
    if ('collection' in this.scope)
      return namespace === this.scope.collection || ('to' in event && event.to === this.scope.collection);
    return namespace === this.scope.database || namespace.startsWith(`${this.scope.database}.`);
  }

  private endsWith({ kind }: FeedEvent): boolean {
    if (this.scope === 'deployment') return false;
    return 'collection' in this.scope ? kind === 'drop' || kind === 'rename' : kind === 'dropDatabase';
  }

  private async nextEvent(timeoutMs: number, connection: Connection): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        stopListening();
        stopWatching();
        this.wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, timeoutMs);
      const stopListening = this.engine.feed.onAppend(end);
      const stopWatching = connection.onClose(end);
      this.wake = end;
    });
  }
}
