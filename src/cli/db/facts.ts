import { EJSON } from 'bson';
import type { CollectionInventory, Doc } from '../../embedded-store/index.js';

/** What a collection holds, in a form that can be written down and compared. */
export interface CollectionFacts {
  database: string;
  name: string;
  count: number;
  /** Of its documents, in whatever order (`DocumentDigest`). */
  hash: string;
  /** Extended JSON, in the order of their names. */
  indexes: string[];
}

/** Options without an effect, or with one that is the same everywhere. */
const NOT_COMPARED = new Set(['v', 'ns', 'background']);

/** An index in words that are the same wherever it is; its fields keep their order, its options are sorted. */
export function describeIndex(spec: Doc): string {
  const options = [...spec].filter(([name]) => !NOT_COMPARED.has(name) && name !== 'key');
  options.sort(([a], [b]) => (a < b ? -1 : 1));
  const key = [...(spec.get('key') as Doc)].map(([field, direction]) => [field, Number(direction)]);
  return `${JSON.stringify(key)} ${EJSON.stringify(Object.fromEntries(options))}`;
}

export function factsOf({ indexes, ...rest }: CollectionInventory): CollectionFacts {
  return { ...rest, indexes: indexes.map(describeIndex).sort() };
}

const FIELDS = ['count', 'hash', 'indexes'] as const;

/** @throws in words, with the first thing that is not alike */
export function compareFacts(expected: readonly CollectionFacts[], found: readonly CollectionFacts[]): void {
  const rest = new Map(found.map((each) => [`${each.database}.${each.name}`, each]));
  for (const wanted of expected) {
    const namespace = `${wanted.database}.${wanted.name}`;
    const other = rest.get(namespace);
    if (!other) throw new Error(`${namespace} is missing`);
    for (const field of FIELDS) {
      if (JSON.stringify(wanted[field]) === JSON.stringify(other[field])) continue;
      const what = field === 'count' ? `${other.count} documents instead of ${wanted.count}` : `other ${WORDS[field]}`;
      throw new Error(`${namespace} has ${what}`);
    }
    rest.delete(namespace);
  }
  const [extra] = rest.keys();
  if (extra !== undefined) throw new Error(`${extra} should not be there`);
}

const WORDS = { hash: 'documents', indexes: 'indexes' } as const;
