import { Timestamp } from 'bson';
import { decode } from '../bson/decode.js';
import { toDoc } from '../bson/convert.js';
import type { Doc } from '../bson/value.js';
import { long } from '../bson/value.js';
import type { CatalogEvent, DocumentEvent, FeedEvent } from '../storage/change-feed.js';
import type { Engine } from '../storage/engine.js';

/** A change as change streams show it. */
export function describeEvent(engine: Engine, event: FeedEvent, token: Doc, looksUp: boolean): Doc {
  return 'collection' in event ? documentEvent(engine, event, token, looksUp) : catalogEvent(event, token);
}

export function invalidateEvent(event: FeedEvent, token: Doc): Doc {
  return toDoc({ _id: token, operationType: 'invalidate', ...times(event) });
}

function documentEvent(engine: Engine, event: DocumentEvent, token: Doc, looksUp: boolean): Doc {
  const { kind, collection, id, after, update, source } = event;
  const isUpdate = kind === 'update';
  return toDoc({
    _id: token,
    operationType: kind,
    ...times(event),
    ...(source && { lsid: source.lsid, txnNumber: long(source.txnNumber) }),
    fullDocument: isUpdate ? (looksUp ? lookUp(engine, event) : undefined) : after && decode(after),
    ns: { db: collection.database, coll: collection.name },
    documentKey: { _id: id },
    updateDescription: update,
  });
}

/** The document as it is now, which may be later than the event; null when it is gone. */
function lookUp(engine: Engine, { collection, id }: DocumentEvent): Doc | null {
  const raw = collection.isDropped ? undefined : engine.reader.get(collection.documentKey(collection.recordKey(id)));
  return raw ? decode(raw) : null;
}

function catalogEvent(event: CatalogEvent, token: Doc): Doc {
  const dot = event.namespace.indexOf('.');
  const ns =
    dot < 0 ? { db: event.namespace } : { db: event.namespace.slice(0, dot), coll: event.namespace.slice(dot + 1) };
  return toDoc({ _id: token, operationType: event.kind, ...times(event), ns });
}

function times({ time, sequence }: FeedEvent): object {
  const clusterTime = new Timestamp({ t: Math.floor(time / 1000), i: sequence % 0x1_0000_0000 });
  return { clusterTime, wallTime: new Date(time) };
}
