import type { Db, Document } from 'mongodb';
import { DocumentSequence } from 'mongodb/lib/cmap/commands.js';

/** Bytes and documents of one insert; MongoDB takes 48 MB and 100,000. */
const BATCH_BYTES = 8 << 20;
const BATCH_DOCUMENTS = 1000;
/** MongoDB 8.0: it can keep `Timestamp(0, 0)`, which an insert otherwise turns into the time. */
const KEEPS_EMPTY_TIMESTAMPS = 25;

/** Inserts documents into a collection of its own accord in batches. */
export class RawInserter {
  private constructor(
    private readonly db: Db,
    private readonly options: Document,
  ) {}

  static async for(db: Db): Promise<RawInserter> {
    const { maxWireVersion } = await db.command({ hello: 1 });
    return new RawInserter(db, maxWireVersion >= KEEPS_EMPTY_TIMESTAMPS ? { bypassEmptyTsReplacement: true } : {});
  }

  /** @throws when the other side refuses a document */
  async insertAll(
    name: string,
    documents: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    onBatch: (count: number) => void,
  ): Promise<void> {
    let batch: Uint8Array[] = [];
    let bytes = 0;
    const send = async () => {
      if (batch.length > 0) await this.insert(name, batch);
      onBatch(batch.length);
      batch = [];
      bytes = 0;
    };
    for await (const document of documents) {
      if (batch.length >= BATCH_DOCUMENTS || bytes + document.length > BATCH_BYTES) await send();
      batch.push(document);
      bytes += document.length;
    }
    await send();
  }

  private async insert(name: string, batch: readonly Uint8Array[]): Promise<void> {
    const documents = new DocumentSequence('documents');
    for (const bson of batch) documents.push({}, bson);
    const writeConcern = { w: 'majority', j: true };
    const reply = await this.db.command({ insert: name, documents, ordered: true, writeConcern, ...this.options });
    const [error] = (reply['writeErrors'] ?? []) as { errmsg: string }[];
    if (error) throw new Error(`${name}: a document was refused: ${error.errmsg}`);
    if (reply['writeConcernError']) throw new Error(`${name}: ${String(reply['writeConcernError'].errmsg)}`);
    if (reply['n'] !== batch.length) throw new Error(`${name}: ${reply['n']} of ${batch.length} documents were taken`);
  }
}
