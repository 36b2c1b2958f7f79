import type { Db } from 'mongodb';

/** Stands in a database as long as a copy into it is not finished, and lists what the copy makes. */
export const MARKER = 'latchkey_unfinished_copy';

interface MarkerRecord {
  _id: 'copy';
  started: Date;
  collections: string[];
}

/**
 * Takes an empty database for a copy, or one in which an earlier copy was interrupted: what that had made is dropped.
 *
 * @throws in words when there is anything else in it; nothing is changed then
 */
export async function takeTarget(db: Db, names: readonly string[], say: (text: string) => unknown): Promise<void> {
  const present = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const markers = db.collection<MarkerRecord>(MARKER);
  const marker = present.includes(MARKER) ? await markers.findOne({ _id: 'copy' }) : null;
  const ours = new Set([MARKER, ...(marker?.collections ?? [])]);
  const foreign = present.find((name) => !ours.has(name));
  if (foreign !== undefined) {
    throw new Error(
      `the database ${db.databaseName} is not empty (${foreign} is in it); name another one in the address`,
    );
  }
  const collections = [...new Set([...names, ...ours])].filter((name) => name !== MARKER);
  await markers.updateOne(
    { _id: 'copy' },
    { $set: { started: new Date(), collections } },
    { upsert: true, writeConcern: { w: 'majority', j: true } },
  );
  if (marker) say(`An earlier copy into ${db.databaseName} was interrupted; it is started over.\n`);
  for (const name of present) if (name !== MARKER) await db.dropCollection(name);
}

export async function releaseTarget(db: Db): Promise<void> {
  await db.dropCollection(MARKER, { writeConcern: { w: 'majority', j: true } });
}
