import type { Doc, Value } from '../bson/value.js';
import { compileFilter } from '../query/filter.js';
import { compileKeys } from '../query/index-keys.js';
import { encodeEntryKey, encodeKey } from '../query/key-string.js';
import type { CompiledFilter } from '../query/types.js';
import { concat, fit, MAX_INDEX_KEY, SPACE, spaceKey } from './keys.js';

/** What only grows about an index while its documents change; kept in the catalog. */
export interface IndexFlags {
  /** Some document had several keys. */
  multikey: boolean;
  /** The fields of the pattern that were arrays. */
  multikeyPaths: Set<string>;
  /** Some key was too long and was cut, so that the index gives no sort order. */
  hasCutKeys: boolean;
}

export interface IndexEntry {
  key: Uint8Array;
  values: Value[];
}

/** One index of a collection; never the one on `_id`, which the documents themselves are ordered by. */
export class IndexInfo {
  readonly name: string;
  readonly fields: string[];
  readonly directions: (1 | -1)[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partialFilter: CompiledFilter | undefined;
  readonly prefix: Uint8Array;
  /** The top-level fields that its entries depend on; undefined where a condition is too involved to tell. */
  private readonly reads: readonly string[] | undefined;
  private readonly extract: ReturnType<typeof compileKeys>;
  /** Set in memory at once, written with the next commit: too much is harmless, too little is not. */
  isDirty = false;

  /** @param spec as listIndexes shows it: `{v, key, name, …}` */
  constructor(
    readonly id: number,
    readonly spec: Doc,
    readonly flags: IndexFlags,
  ) {
    this.name = spec.get('name') as string;
    this.fields = [...this.pattern.keys()];
    this.directions = [...this.pattern.values()].map((direction) => (Number(direction) < 0 ? -1 : 1));
    this.unique = spec.get('unique') === true;
    this.sparse = spec.get('sparse') === true;
    const partial = spec.get('partialFilterExpression');
    this.partialFilter = partial instanceof Map ? compileFilter(partial) : undefined;
    this.extract = compileKeys(this.fields, { sparse: this.sparse, partialFilter: this.partialFilter });
    this.prefix = spaceKey(SPACE.indexes, id);
    const paths = [...this.fields, ...(partial instanceof Map ? partial.keys() : [])];
    this.reads = paths.some((path) => path.startsWith('$')) ? undefined : [...new Set(paths.map(root))];
  }

  get pattern(): Doc {
    return this.spec.get('key') as Doc;
  }

  /** Seconds after the date in the field; undefined when this is no TTL index. */
  get expireAfterSeconds(): number | undefined {
    const seconds = this.spec.get('expireAfterSeconds');
    return seconds === undefined ? undefined : Number(seconds);
  }

  /** The same entries under other options. */
  withSpec(spec: Doc): IndexInfo {
    return new IndexInfo(this.id, spec, this.flags);
  }

  /**
   * The entries that a document has in this index.
   *
   * @param recordKey key string of its `_id`
   * @throws MongoError 171 for parallel arrays
   */
  entriesOf(doc: Doc, recordKey: Uint8Array): IndexEntry[] {
    const { keys, multikey, multikeyPaths } = this.extract(doc);
    if (multikey) this.note(this.fields.filter((_, i) => multikeyPaths[i]!.size > 0));
    return keys.map((values) => ({ key: this.keyOf(values, this.unique ? NONE : recordKey), values }));
  }

  private keyOf(values: Value[], suffix: Uint8Array): Uint8Array {
    const { prefix } = this;
    const whole = encodeEntryKey(values, this.directions, { prefix, suffix, max: MAX_INDEX_KEY });
    if (whole) return whole;
    if (!this.flags.hasCutKeys) this.isDirty = this.flags.hasCutKeys = true;
    return concat(prefix, fit(encodeKey(values, this.directions), MAX_INDEX_KEY), suffix);
  }

  /**
   * False where two versions of a document have the same entries, because they share all that the index reads: an update
   * keeps the very values that it does not change.
   */
  isTouched(before: Doc, after: Doc): boolean {
    return this.reads?.some((field) => before.get(field) !== after.get(field)) ?? true;
  }

  private note(paths: readonly string[]): void {
    if (!this.flags.multikey) this.isDirty = this.flags.multikey = true;
    for (const path of paths) {
      if (this.flags.multikeyPaths.has(path)) continue;
      this.flags.multikeyPaths.add(path);
      this.isDirty = true;
    }
  }
}

const NONE = new Uint8Array();

const root = (path: string): string => path.split('.', 1)[0]!;
