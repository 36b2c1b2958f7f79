import { encode } from '../../bson/encode.js';
import { isArray, isDoc, type Doc, type Value } from '../../bson/value.js';
import { identicalValues } from '../compare.js';
import type { UpdateDescription, UpdateLog } from '../types.js';

/** What the operators of an update changed, as change events carry it. */
export class ChangedPaths implements UpdateLog, UpdateDescription {
  readonly updatedFields: Doc = new Map();
  readonly removedFields: string[] = [];
  readonly truncatedArrays: [] = [];

  updated(path: string, value: Value): void {
    this.updatedFields.set(path, value);
  }

  removed(path: string): void {
    this.removedFields.push(path);
  }
}

interface Changes {
  updated: [path: string, value: Value][];
  removed: string[];
  truncated: { field: string; newSize: number }[];
  /** What MongoDB's own form of the difference would take: a document with parts for updates, inserts and deletes. */
  bytes: number;
}

const EMPTY_DOC = 5;
/** For all updates, all inserts or all deletes of a document. */
const PART = 8;
/** What is around a difference. */
const AROUND = 15;
/** A type, the zero behind a name and, in arrays, the letter before it. */
const ENTRY = 3;
const ARRAY_MARK = 4;
const RESIZE = 7;

/**
 * The difference of two versions of a document, as change events carry it after a pipeline: dotted paths to what is new, as deep
 * as the difference itself; where it would be larger than the new value, that value.
 *
 * @param size of the new version as BSON
 * @returns undefined where the difference would be larger than the whole document, which then counts as replaced
 */
export function describeUpdate(before: Doc, after: Doc, size: number): UpdateDescription | undefined {
  const { updated, removed, truncated, bytes } = docChanges(before, after, '');
  if (bytes + AROUND >= size) return undefined;
  return { updatedFields: new Map(updated), removedFields: removed, truncatedArrays: truncated };
}

/** Fields are compared in their order, so one that only moved counts as new. */
function docChanges(before: Doc, after: Doc, prefix: string): Changes {
  const changes: Changes = { updated: [], removed: [], truncated: [], bytes: EMPTY_DOC };
  let hasUpdates = false;
  const old = [...before];
  let at = 0;
  const passed = new Set<string>();
  const fresh: [string, Value][] = [];
  for (const [name, value] of after) {
    // What stands before the next common field is gone, or comes later.
    const found = before.has(name) ? old.findIndex(([other], i) => i >= at && other === name) : -1;
    if (found < 0) {
      fresh.push([name, value]);
      continue;
    }
    if (fresh.length > 0) {
      // A field of the old order after a new one: from here on everything is new.
      fresh.push([name, value]);
      continue;
    }
    for (; at < found; at++) passed.add(old[at]![0]);
    at = found + 1;
    if (addChange(changes, old[found]![1], value, prefix + name)) hasUpdates = true;
  }
  for (; at < old.length; at++) passed.add(old[at]![0]);
  for (const [name, value] of fresh) {
    addValue(changes, prefix + name, value);
    passed.delete(name);
  }
  for (const name of passed) {
    changes.removed.push(prefix + name);
    changes.bytes += ENTRY + Buffer.byteLength(name);
  }
  changes.bytes += [hasUpdates, fresh.length > 0, passed.size > 0].filter(Boolean).length * PART;
  return changes;
}

function arrayChanges(before: readonly Value[], after: readonly Value[], path: string): Changes {
  const changes: Changes = { updated: [], removed: [], truncated: [], bytes: EMPTY_DOC + ARRAY_MARK };
  for (const [i, value] of after.entries()) {
    if (i < before.length) addChange(changes, before[i]!, value, `${path}.${i}`);
    else addValue(changes, `${path}.${i}`, value);
  }
  if (after.length < before.length) {
    changes.truncated.push({ field: path, newSize: after.length });
    changes.bytes += RESIZE;
  }
  return changes;
}

/** @returns true when all of the new value was taken */
function addChange(changes: Changes, before: Value, after: Value, path: string): boolean {
  if (identicalValues(before, after)) return false;
  const inner = innerChanges(before, after, path);
  if (!inner || inner.bytes >= sizeOf(after)) {
    addValue(changes, path, after);
    return true;
  }
  changes.updated.push(...inner.updated);
  changes.removed.push(...inner.removed);
  changes.truncated.push(...inner.truncated);
  changes.bytes += inner.bytes + ENTRY + lengthOfName(path);
  return false;
}

function addValue(changes: Changes, path: string, value: Value): void {
  changes.updated.push([path, value]);
  changes.bytes += ENTRY + lengthOfName(path) + sizeOf(value);
}

const lengthOfName = (path: string): number => Buffer.byteLength(path.slice(path.lastIndexOf('.') + 1));

const sizeOf = (value: Value): number => encode(new Map([['', value]])).length - EMPTY_DOC - 2;

function innerChanges(before: Value, after: Value, path: string): Changes | undefined {
  if (isDoc(before) && isDoc(after)) return docChanges(before, after, `${path}.`);
  return isArray(before) && isArray(after) ? arrayChanges(before, after, path) : undefined;
}
