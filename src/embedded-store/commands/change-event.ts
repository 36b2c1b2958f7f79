import { Timestamp } from 'bson';
import { decode } from '../bson/decode.js';
import { toDoc } from '../bson/convert.js';
import type { Doc, Value } from '../bson/value.js';
import { long } from '../bson/value.js';
import type { UpdateDescription } from '../query/types.js';
import type { CatalogEvent, DocumentEvent, FeedEvent } from '../storage/change-feed.js';
import type { Engine } from '../storage/engine.js';

/** A change as change streams show it. */
export function describeEvent(engine: Engine, event: FeedEvent, token: Doc, looksUp: boolean): Doc {
  return 'collection' in event ? documentEvent(engine, event, token, looksUp) : catalogEvent(event, token);
}

export function invalidateEvent(event: FeedEvent, token: Doc): Doc {
  return new Map<string, Value>([['_id', token], ['operationType', 'invalidate'], ...times(event)]);
}

/** What can be said of an event without reading a document. */
export function eventHead(event: FeedEvent): Doc {
  const head: Doc = new Map<string, Value>([
    ['operationType', event.kind],
    ['ns', namespaceOf(event)],
  ]);
  if ('collection' in event) head.set('documentKey', new Map([['_id', event.id]]));
  return head;
}

function documentEvent(engine: Engine, event: DocumentEvent, token: Doc, looksUp: boolean): Doc {
  const { kind, id, after, update, source } = event;
  const doc: Doc = new Map<string, Value>([['_id', token], ['operationType', kind], ...times(event)]);
  if (source) doc.set('lsid', source.lsid).set('txnNumber', long(source.txnNumber));
  if (kind === 'update' && looksUp) doc.set('fullDocument', lookUp(engine, event));
  if (kind !== 'update' && after) doc.set('fullDocument', decode(after));
  doc.set('ns', namespaceOf(event)).set('documentKey', new Map([['_id', id]]));
  if (update) doc.set('updateDescription', descriptionOf(update));
  return doc;
}

function descriptionOf({ updatedFields, removedFields, truncatedArrays }: UpdateDescription): Doc {
  return new Map<string, Value>([
    ['updatedFields', updatedFields],
    ['removedFields', [...removedFields]],
    ['truncatedArrays', truncatedArrays.map(toDoc)],
  ]);
}

function namespaceOf(event: FeedEvent): Doc {
  if ('collection' in event) return namespace(event.collection.database, event.collection.name);
  return split(event.namespace);
}

function split(name: string): Doc {
  const dot = name.indexOf('.');
  return dot < 0 ? namespace(name) : namespace(name.slice(0, dot), name.slice(dot + 1));
}

function namespace(database: string, collection?: string): Doc {
  const ns: Doc = new Map([['db', database]]);
  return collection === undefined ? ns : ns.set('coll', collection);
}

/** The document as it is now, which may be later than the event; null when it is gone. */
function lookUp(engine: Engine, { collection, id }: DocumentEvent): Doc | null {
  const raw = collection.isDropped ? undefined : engine.reader.get(collection.documentKey(collection.recordKey(id)));
  return raw ? decode(raw) : null;
}

function catalogEvent(event: CatalogEvent, token: Doc): Doc {
  return new Map<string, Value>([
    ['_id', token],
    ['operationType', event.kind],
    ...times(event),
    ['ns', namespaceOf(event)],
    ...(event.to === undefined ? [] : ([['to', split(event.to)]] as const)),
  ]);
}

function times({ time, sequence }: FeedEvent): [string, Value][] {
  const clusterTime = new Timestamp({ t: Math.floor(time / 1000), i: sequence % 0x1_0000_0000 });
  return [
    ['clusterTime', clusterTime],
    ['wallTime', new Date(time)],
  ];
}
