import { encodedSize } from '../bson/size.js';
import type { Doc, Value } from '../bson/value.js';
import { memoryExceeded, MEMORY_LIMIT_BYTES } from './memory.js';
import type { Item } from './stages/stage.js';
import type { CompiledSort } from './types.js';

interface Keyed {
  readonly key: readonly Value[];
  readonly doc: Doc;
  readonly size: number;
}

/**
 * All of `input` in order; equal documents stay in the order they came in. With a limit only so many are kept in memory
 * (at times somewhat more).
 * @throws MongoError 292 when more than 100 MB would be kept
 */
export function* sortDocs(input: Iterable<Item>, sort: CompiledSort, limit = Infinity): Iterable<Item> {
  const kept = new Kept(sort, limit);
  for (const doc of input) {
    if (doc === null) yield null;
    else kept.add(doc);
  }
  yield* kept.sorted();
}

class Kept {
  private items: Keyed[] = [];
  private bytes = 0;

  constructor(
    private readonly sort: CompiledSort,
    private readonly limit: number,
  ) {}

  add(doc: Doc): void {
    const size = encodedSize(doc);
    this.items.push({ key: this.sort.sortKey(doc), doc, size });
    this.bytes += size;
    const full = this.bytes > MEMORY_LIMIT_BYTES && this.items.length > this.limit;
    if (full || this.items.length >= this.limit * 2 + 100) this.cut();
    if (this.bytes > MEMORY_LIMIT_BYTES) throw memoryExceeded('Sort');
  }

  /** Beyond the limit the last ones go: later documents can only push them further back. */
  private cut(): void {
    this.order();
    for (const { size } of this.items.splice(this.limit)) this.bytes -= size;
  }

  private order(): void {
    this.items.sort((a, b) => this.sort.compareKeys(a.key, b.key));
  }

  *sorted(): Iterable<Doc> {
    this.order();
    for (let i = 0; i < Math.min(this.items.length, this.limit); i++) yield this.items[i]!.doc;
  }
}
