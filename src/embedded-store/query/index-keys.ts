import type { Doc, Value } from '../bson/value.js';
import { UNDEFINED } from '../bson/value.js';
import { ErrorCodes, MongoError } from '../errors.js';
import { encodeKey } from './key-string.js';

export interface IndexKeyOptions {
  readonly sparse?: boolean | undefined;
  /** Documents it does not match have no keys. */
  readonly partialFilter?: { matches(doc: Doc): boolean } | undefined;
}

export interface IndexKeys {
  /** Each key once, by equality of keys; one value per field of the pattern. */
  readonly keys: Value[][];
  /** True if an array was expanded, even one with no or one element. */
  readonly multikey: boolean;
  /** Per field of the pattern, the path components (from 0) at which arrays were expanded. */
  readonly multikeyPaths: readonly ReadonlySet<number>[];
}

/** The keys of `doc` in an index of `pattern` (only its paths matter here). */
export const extractKeys = (doc: Doc, pattern: Doc, options: IndexKeyOptions = {}): IndexKeys =>
  compileKeys([...pattern.keys()], options)(doc);

/**
 * Missing fields count as null; an empty array counts as undefined where a path ends at it; of an array each element
 * makes a key; numeric path components pick an element. As MongoDB's index keys.
 * @throws MongoError 171 when two fields of one key run through different arrays, 16746 when a number could mean both an
 * array element and a field of one
 */
export function compileKeys(paths: readonly string[], options: IndexKeyOptions = {}): (doc: Doc) => IndexKeys {
  const parts = paths.map((path) => path.split('.'));
  const noPaths = parts.map(() => new Set<number>());
  return (doc) => {
    if (options.partialFilter && !options.partialFilter.matches(doc)) {
      return { keys: [], multikey: false, multikeyPaths: noPaths };
    }
    const sparse = options.sparse === true;
    const plain = keyWithoutArrays(doc, parts, sparse);
    return plain ? { keys: plain, multikey: false, multikeyPaths: noPaths } : new Extraction(parts, sparse).of(doc);
  };
}

interface Found {
  /** undefined: missing */
  readonly value: Value | undefined;
  /** What of the path lies beyond `value`: not empty only if that is an array. */
  readonly rest: readonly string[];
}

/** One field of the key while arrays are being expanded. */
interface Field {
  /** undefined once `value` is final. */
  readonly rest: readonly string[] | undefined;
  readonly value: Value;
}

/** A numeric path component that picks an element of the array being expanded. */
interface Picked {
  readonly found: Found;
  readonly isArray: boolean;
}

/** Follows objects until the path ends, meets an array or fails. */
function follow(start: Doc, path: readonly string[]): Found {
  let value: Value | undefined = start;
  for (let i = 0; i < path.length; i++) {
    if (Array.isArray(value)) return { value, rest: path.slice(i) };
    if (!(value instanceof Map)) return { value: undefined, rest: [] };
    value = value.get(path[i]!);
  }
  return { value, rest: [] };
}

/** What `Extraction` finds in most documents, without what it needs for arrays. @returns undefined where a path meets one */
function keyWithoutArrays(
  doc: Doc,
  paths: readonly (readonly string[])[],
  sparse: boolean,
): [] | [Value[]] | undefined {
  const key: Value[] = [];
  let missing = 0;
  for (const path of paths) {
    let value: Value | undefined = doc;
    for (const part of path) {
      if (Array.isArray(value)) return undefined;
      value = value instanceof Map ? value.get(part) : undefined;
    }
    if (Array.isArray(value)) return undefined;
    if (value === undefined) missing++;
    key.push(value ?? null);
  }
  return sparse && missing === paths.length ? [] : [key];
}

const arrayIndex = (part: string): number => (/^(0|[1-9]\d*)$/.test(part) ? Number(part) : -1);

class Extraction {
  private readonly keys: Value[][] = [];
  private readonly seen = new Set<string>();
  private readonly multikeyPaths: Set<number>[];
  /** False as long as there can be one key only. */
  private several = false;

  constructor(
    private readonly paths: readonly (readonly string[])[],
    private readonly sparse: boolean,
  ) {
    this.multikeyPaths = paths.map(() => new Set());
  }

  of(doc: Doc): IndexKeys {
    this.visit(
      this.paths.map((rest) => ({ rest, value: null })),
      doc,
      [],
      0,
    );
    const multikey = this.multikeyPaths.some((at) => at.size > 0);
    return { keys: this.keys, multikey, multikeyPaths: this.multikeyPaths };
  }

  /** @param missing how many fields of the key have been found missing so far */
  private visit(fields: readonly Field[], doc: Doc, picked: readonly (Picked | undefined)[], missing: number): void {
    const next = [...fields];
    /** The fields that run through `array`. */
    const through: number[] = [];
    let array: Value[] | undefined;
    let whole = false;
    let notFound = missing;
    for (let i = 0; i < fields.length; i++) {
      const { rest } = fields[i]!;
      if (rest === undefined) continue;
      const found = this.find(doc, rest, picked[i]);
      if (found.value === undefined) {
        next[i] = { rest: undefined, value: null };
        notFound++;
      } else if (Array.isArray(found.value)) {
        if (array !== undefined && found.value !== array) throw this.parallel(through[0]!, i);
        array = found.value;
        through.push(i);
        next[i] = { rest: found.rest, value: null };
        whole ||= picked[i]?.isArray === true;
      } else next[i] = { rest: undefined, value: found.value };
    }
    if (array === undefined) this.add(next, notFound);
    else this.expand(next, array, through, whole, notFound);
  }

  /** A picked element comes first; a field of the same name beside it would be ambiguous. */
  private find(doc: Doc, rest: readonly string[], picked: Picked | undefined): Found {
    if (picked === undefined) return follow(doc, rest);
    if (doc.has(rest[0]!)) {
      throw new MongoError(16746, `Ambiguous field name found in array (do not use numeric field names): '${rest[0]}'`);
    }
    return picked.found;
  }

  /** @param whole the array was picked out of another one by its number, so where the path ends it is one value */
  private expand(
    fields: readonly Field[],
    array: readonly Value[],
    through: readonly number[],
    whole: boolean,
    missing: number,
  ): void {
    const empty = array.length === 0;
    this.several ||= array.length > 1;
    const picked = fields.map(({ rest }) => (rest === undefined || rest.length === 0 ? undefined : pick(array, rest)));
    for (const i of through) {
      const rest = fields[i]!.rest!;
      if (rest.length === 0 ? !whole : picked[i] === undefined) this.note(i, rest.length);
    }
    for (const element of empty ? [UNDEFINED] : array) {
      const value = whole && !empty ? (array as Value[]) : element;
      const settled = fields.map((field) => (field.rest?.length === 0 ? { rest: undefined, value } : field));
      this.visit(settled, element instanceof Map ? element : new Map(), picked, missing);
    }
  }

  private note(field: number, restLength: number): void {
    this.multikeyPaths[field]!.add(this.paths[field]!.length - restLength - 1);
  }

  private add(fields: readonly Field[], missing: number): void {
    if (this.sparse && missing === fields.length) return;
    const key = fields.map(({ value }) => value);
    if (!this.several) {
      this.keys.push(key);
      return;
    }
    const bytes = Buffer.from(encodeKey(key, [])).toString('latin1');
    if (this.seen.has(bytes)) return;
    this.seen.add(bytes);
    this.keys.push(key);
  }

  private parallel(a: number, b: number): MongoError {
    const [first, second] = [this.paths[a]!.join('.'), this.paths[b]!.join('.')];
    return new MongoError(ErrorCodes.CannotIndexParallelArrays, `cannot index parallel arrays [${second}] [${first}]`);
  }
}

/** @returns undefined when the path does not go on with a number that the array has */
function pick(array: readonly Value[], rest: readonly string[]): Picked | undefined {
  const element = array[arrayIndex(rest[0]!)];
  if (element === undefined) return undefined;
  if (element instanceof Map) return { found: follow(element, rest.slice(1)), isArray: false };
  if (Array.isArray(element)) return { found: { value: element, rest: rest.slice(1) }, isArray: true };
  return { found: { value: rest.length === 1 ? element : undefined, rest: [] }, isArray: false };
}
