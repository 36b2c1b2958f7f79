import { Binary, type AnyBulkWriteOperation, type Collection, type Db, type Document } from 'mongodb';
import { SealBroken, type MasterKey } from '../crypto/sealing.js';
import { bytesOf } from '../database/bytes.js';
import { isDuplicateKey } from '../database/database.js';
import { AUDIT_KEY_ID, MasterKeyMismatch, RECORD_ID, type MasterKeyRecord } from './master-key-check.js';
import { SEALED_FIELDS, type SealedField } from './sealed-fields.js';

/** From one master key to another. */
export interface KeyChange {
  from: MasterKey;
  to: MasterKey;
}

export interface RotationOutcome {
  /** True where an earlier run had finished it. */
  wasDone: boolean;
  resealed: number;
  /** What neither key opens, and so nobody could before: the ids of its documents by collection and field. */
  unopened: Map<string, string[]>;
}

export interface RotationOptions {
  /** @param total as far as it is known before */
  progress?: (field: string, done: number, total: number) => void;
  /** Between the moment when servers are told to end and the first value that they could not open. */
  pauseMs?: number;
}

const BATCH = 500;

/**
 * Seals anew, with `to`, all that is sealed with `from`. While it runs, and after it was interrupted, no server starts on
 * this database; the same call with the same keys goes on where it was. What is sealed already is known by being opened, so
 * nothing has to be remembered.
 *
 * @throws MasterKeyMismatch, or in words why it cannot begin
 */
export async function rotateMasterKey(
  db: Db,
  keys: KeyChange,
  options: RotationOptions = {},
): Promise<RotationOutcome> {
  const records = db.collection<MasterKeyRecord>('setup');
  const outcome: RotationOutcome = { wasDone: false, resealed: 0, unopened: new Map() };
  if (!(await begin(records, keys))) return { ...outcome, wasDone: true };
  if (options.pauseMs) await new Promise((resolve) => setTimeout(resolve, options.pauseMs));
  await keepAuditKey(db, keys);
  // Again until nothing is left: a server that was ending may have sealed something meanwhile.
  for (let round = 0; ; round++) {
    const found = await sweep(db, keys, round === 0 ? options : onceMore(options), outcome.unopened);
    outcome.resealed += found;
    if (found === 0) break;
  }
  const change = { $set: { checkValue: keys.to.checkValue(), changedAt: new Date() }, $unset: { next: 1 } } as const;
  await records.updateOne({ _id: RECORD_ID, next: keys.to.checkValue() }, change);
  return outcome;
}

function onceMore({ progress }: RotationOptions): RotationOptions {
  return { progress: (field, done, total) => progress?.(`${field}, once more`, done, total) };
}

/** From here on no server starts with either key. @returns false where the change is done */
async function begin(records: Collection<MasterKeyRecord>, { from, to }: KeyChange): Promise<boolean> {
  const stored = await records.findOne({ _id: RECORD_ID });
  if (!stored)
    throw new Error('no server has sealed anything in this database yet: start with the master key you want');
  if (stored.next === undefined && to.fits(stored.checkValue)) return false;
  if (!from.fits(stored.checkValue)) throw new MasterKeyMismatch(stored.changedAt);
  const next = to.checkValue();
  // A unique winner, should two begin at once with different keys.
  const { matchedCount } = await records.updateOne(
    { _id: RECORD_ID, checkValue: stored.checkValue, $or: [{ next: { $exists: false } }, { next }] },
    { $set: { next } },
  );
  if (matchedCount === 0) {
    throw new Error('a change to another master key was begun and not finished: finish it with that key first');
  }
  return true;
}

/** The audit trail's hashes were made with a key that was derived from the first master key, and stay as they are. */
async function keepAuditKey(db: Db, { from, to }: KeyChange): Promise<void> {
  const records = db.collection<{ _id: string; sealedKey: Buffer }>('setup');
  try {
    await records.insertOne({ _id: AUDIT_KEY_ID, sealedKey: to.seal(from.auditKey(), AUDIT_KEY_ID) });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

/** @returns how many values were sealed anew */
async function sweep(
  db: Db,
  keys: KeyChange,
  { progress }: RotationOptions,
  unopened: RotationOutcome['unopened'],
): Promise<number> {
  let resealed = 0;
  for (const sealed of SEALED_FIELDS) {
    const collection = db.collection(sealed.collection);
    const name = nameOf(sealed);
    const filter = { [pathOf(sealed)]: { $exists: true } };
    const total = await collection.countDocuments(filter);
    const broken = new Set<string>();
    let done = 0;
    progress?.(name, 0, total);
    for await (const documents of batches(collection, filter)) {
      const writes = documents.flatMap((document) => writesFor(document, sealed, keys, broken));
      if (writes.length > 0) resealed += (await collection.bulkWrite(writes, { ordered: false })).modifiedCount;
      done += documents.length;
      progress?.(name, done, total);
    }
    if (broken.size > 0) unopened.set(name, [...broken]);
  }
  return resealed;
}

async function* batches(collection: Collection, filter: Document): AsyncGenerator<Document[]> {
  let after: unknown;
  for (;;) {
    const range = after === undefined ? filter : { ...filter, _id: { $gt: after } };
    const found = await collection.find(range).sort({ _id: 1 }).limit(BATCH).toArray();
    if (found.length === 0) return;
    yield found;
    after = found.at(-1)!._id;
  }
}

/** Each only where the value is still the one that was read. */
function writesFor(
  document: Document,
  sealed: SealedField,
  keys: KeyChange,
  broken: Set<string>,
): AnyBulkWriteOperation[] {
  const { field, list } = sealed;
  const entries: Document[] = list === undefined ? [document] : (document[list] as Document[]);
  return entries.flatMap((entry, i) => {
    const stored = valueIn(entry, field);
    if (stored === undefined) return [];
    const value = resealed(bytesOf(stored), sealed.contextOf(document, entry), keys);
    if (value === 'broken') broken.add(String(document['_id']));
    if (value === 'broken' || value === 'done') return [];
    const path = list === undefined ? field : `${list}.${i}.${field}`;
    return [
      { updateOne: { filter: { _id: document['_id'], [path]: stored }, update: { $set: { [path]: value } } } },
    ] as AnyBulkWriteOperation[];
  });
}

function valueIn(entry: Document, path: string): Binary | undefined {
  const value: unknown = path.split('.').reduce<Document | undefined>((inner, name) => inner?.[name], entry);
  return value instanceof Binary ? value : undefined;
}

function resealed(value: Buffer, context: string, { from, to }: KeyChange): Buffer | 'done' | 'broken' {
  if (opened(to, value, context)) return 'done';
  const plain = opened(from, value, context);
  return plain ? to.seal(plain, context) : 'broken';
}

function opened(key: MasterKey, value: Buffer, context: string): Buffer | undefined {
  try {
    return key.open(value, context);
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}

export function nameOf({ collection, list, field }: SealedField): string {
  return [collection, ...(list === undefined ? [] : [list]), field].join('.');
}

function pathOf({ list, field }: SealedField): string {
  return list === undefined ? field : `${list}.${field}`;
}
