import { type ClientSession, type CollectionInfo, type Db, MongoServerError } from 'mongodb';
import { decodeBson, type Doc, DocumentDigest, type StoreCopy } from '../../embedded-store/index.js';
import { KEY_RECORD } from './master-key.js';

export interface SourceCollection {
  name: string;
  /** For the progress only. */
  count: number;
  /** Without the one on `_id`. */
  indexes: Doc[];
}

/** One database to be copied: it does not change meanwhile, or `check` finds out. */
export interface Source {
  collections: SourceCollection[];
  documents(name: string): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** @param digests of what was read @throws in words when it has changed since */
  check(digests: ReadonlyMap<string, DocumentDigest>): Promise<void>;
}

export function sourceIn(copy: StoreCopy, database: string): Source {
  return {
    collections: copy.collections().filter((each) => each.database === database),
    documents: (name) => copy.documents(database, name),
    check: async () => {},
  };
}

/** Collection kinds and options that an embedded store has no place for. */
export async function describeDatabase(db: Db): Promise<SourceCollection[]> {
  const collections: SourceCollection[] = [];
  for (const { name, type, options = {} } of await db.listCollections<CollectionInfo>().toArray()) {
    const kinds = Object.keys(options);
    if (type !== 'collection' || name.startsWith('system.') || kinds.length > 0) {
      const kind = type === 'collection' ? kinds.join(', ') || 'a system collection' : type;
      throw new Error(`${db.databaseName}.${name}: is not a plain collection (${kind}) and cannot be copied`);
    }
    const count = await db.collection(name).estimatedDocumentCount();
    collections.push({ name, count, indexes: await indexesOf(db, name) });
  }
  return collections;
}

/** As BSON, so that the fields of an index keep their order whatever they are called. */
export async function indexesOf(db: Db, name: string): Promise<Doc[]> {
  const raw = (await db.collection(name).listIndexes({ raw: true }).toArray()) as unknown as Uint8Array[];
  return raw.map((bytes) => decodeBson(bytes)).filter((spec) => spec.get('name') !== '_id_');
}

export async function* rawDocuments(db: Db, name: string, session?: ClientSession): AsyncGenerator<Uint8Array> {
  const where = session ? { session } : { readConcern: { level: 'majority' } as const };
  const options = { raw: true, batchSize: 1000, ...where };
  for await (const raw of db.collection(name).find({}, options)) yield raw as unknown as Uint8Array;
}

export async function digestOf(db: Db, name: string): Promise<DocumentDigest> {
  const digest = new DocumentDigest();
  for await (const raw of rawDocuments(db, name)) digest.add(raw);
  return digest;
}

/** The database as of one moment where the server can read so; elsewhere it is read again at the end, to see that nothing changed. */
export async function mongoSource(db: Db, session: ClientSession): Promise<Source> {
  const collections = await describeDatabase(db);
  const hasSnapshots = await canReadSnapshots(db, session);
  return {
    collections,
    documents: (name) => rawDocuments(db, name, hasSnapshots ? session : undefined),
    async check(digests) {
      if (hasSnapshots) return;
      for (const [name, { count, hash }] of digests) {
        const now = await digestOf(db, name);
        if (now.count !== count || now.hash !== hash) {
          throw new Error(`${db.databaseName}.${name} changed while it was copied: stop what writes to it, and repeat`);
        }
      }
    },
  };
}

/** The session's first read fixes its moment. A read concern in the address would take the place of the session's. */
async function canReadSnapshots(db: Db, session: ClientSession): Promise<boolean> {
  if (db.readConcern !== undefined) return false;
  try {
    await db.collection(KEY_RECORD.collection).findOne({}, { session });
    return true;
  } catch (error) {
    if (error instanceof MongoServerError) return false;
    throw error;
  }
}

export async function checkValueAt(db: Db): Promise<string | undefined> {
  const setup = db.collection<{ _id: string; checkValue?: string }>(KEY_RECORD.collection);
  return (await setup.findOne({ _id: KEY_RECORD.id }))?.checkValue;
}
