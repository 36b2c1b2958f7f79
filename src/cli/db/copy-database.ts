import type { Db } from 'mongodb';
import { type Doc, DocumentDigest } from '../../embedded-store/index.js';
import { releaseTarget, takeTarget } from './copy-marker.js';
import { digestOf, indexesOf, type Source, type SourceCollection } from './copy-source.js';
import { type CollectionFacts, compareFacts, describeIndex } from './facts.js';
import { Progress } from './progress.js';
import { RawInserter } from './raw-insert.js';

const isTtl = (spec: Doc): boolean => spec.has('expireAfterSeconds');

/**
 * Copies one database: documents as they are, indexes, and last the indexes by which documents expire, so that none does before it
 * was counted and hashed on the other side.
 *
 * @returns what is there now
 * @throws in words; the target keeps its marker then, and a repeated copy starts over
 */
export async function copyDatabase(
  source: Source,
  target: Db,
  say: (text: string) => unknown,
): Promise<CollectionFacts[]> {
  const { collections } = source;
  await takeTarget(
    target,
    collections.map(({ name }) => name),
    say,
  );
  const inserter = await RawInserter.for(target);
  const digests = new Map<string, DocumentDigest>();
  for (const { name, count, indexes } of collections) {
    await target.createCollection(name, { writeConcern: { w: 'majority' } });
    const progress = new Progress(say, name, count);
    const digest = new DocumentDigest();
    await inserter.insertAll(name, digested(source.documents(name), digest), (batch) => progress.add(batch));
    digests.set(name, digest);
    progress.end();
    await createIndexes(
      target,
      name,
      indexes.filter((spec) => !isTtl(spec)),
    );
  }
  await source.check(digests);
  say('Reading it back…\n');
  const read = async ({ name }: SourceCollection) => factsAt(target, name, await digestOf(target, name));
  const found = await inTurn(collections, read);
  const wanted = (only: (spec: Doc) => boolean) =>
    collections.map(({ name, indexes }) => facts(target, name, digests.get(name)!, indexes.filter(only)));
  compareFacts(
    wanted((spec) => !isTtl(spec)),
    found,
  );
  for (const { name, indexes } of collections) await createIndexes(target, name, indexes.filter(isTtl));
  const all = wanted(() => true);
  compareFacts(all, await inTurn(collections, ({ name }) => factsAt(target, name, digests.get(name)!)));
  await releaseTarget(target);
  return all;
}

async function* digested(documents: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, digest: DocumentDigest) {
  for await (const document of documents) {
    digest.add(document);
    yield document;
  }
}

async function createIndexes(db: Db, name: string, specs: readonly Doc[]): Promise<void> {
  if (specs.length === 0) return;
  const indexes = specs.map((spec) => new Map([...spec].filter(([option]) => option !== 'v' && option !== 'ns')));
  await db.command({ createIndexes: name, indexes, writeConcern: { w: 'majority' } });
}

const facts = (db: Db, name: string, { count, hash }: DocumentDigest, indexes: Doc[]): CollectionFacts => ({
  database: db.databaseName,
  name,
  count,
  hash,
  indexes: indexes.map(describeIndex).sort(),
});

const factsAt = async (db: Db, name: string, digest: DocumentDigest): Promise<CollectionFacts> =>
  facts(db, name, digest, await indexesOf(db, name));

async function inTurn<T, U>(items: readonly T[], work: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
