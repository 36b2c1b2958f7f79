import { isArray, isDoc, type Doc, type Value } from '../../bson/value.js';

/**
 * `each`: an array at the end of the path stands for its elements and then for itself.
 * `whole`: it stands for itself only, as for `$size` and `$elemMatch`.
 */
export type Leaf = 'each' | 'whole';

/**
 * @param value undefined where the path leads nowhere
 * @param index place in the outermost array that was searched, which is what `$` of an update stands for
 * @returns true to stop
 */
export type Visit = (value: Value | undefined, index: number | undefined) => boolean;

/**
 * Whether one of the values that a dotted path stands for satisfies `visit`. Arrays on the way are searched: documents in
 * them with the rest of the path; in addition a numeric part picks the element of that place. An array directly in an
 * array is only entered by number. A document in an array that lacks the rest counts as missing, a scalar there as nothing:
 * that is why `{"a.b": null}` matches `{a: [{}]}`, but not `{a: [1]}` or `{a: []}`.
 */
export function someValue(doc: Doc, path: readonly string[], leaf: Leaf, visit: Visit): boolean {
  return new Walk(path, leaf, visit).inDoc(doc, 0, undefined);
}

class Walk {
  constructor(
    private readonly path: readonly string[],
    private readonly leaf: Leaf,
    private readonly visit: Visit,
  ) {}

  inDoc(doc: Doc, at: number, index: number | undefined): boolean {
    const value = doc.get(this.path[at]!);
    const isLast = at + 1 === this.path.length;
    if (isArray(value)) return isLast ? this.leafArray(value, index) : this.inArray(value, at + 1, index);
    if (isLast) return this.visit(value, index);
    return isDoc(value) ? this.inDoc(value, at + 1, index) : this.visit(undefined, index);
  }

  private inArray(array: readonly Value[], at: number, index: number | undefined): boolean {
    const picked = arrayIndex(this.path[at]!);
    return array.some((element, i) => {
      if (isDoc(element) && this.inDoc(element, at, index ?? i)) return true;
      return i === picked && this.inPicked(element, at, index);
    });
  }

  private inPicked(element: Value, at: number, index: number | undefined): boolean {
    if (at + 1 === this.path.length) return this.visit(element, index);
    if (isDoc(element)) return this.inDoc(element, at + 1, index);
    return isArray(element) && this.inArray(element, at + 1, index);
  }

  private leafArray(array: Value[], index: number | undefined): boolean {
    if (this.leaf === 'each' && array.some((element, i) => this.visit(element, index ?? i))) return true;
    return this.visit(array, index);
  }
}

/** @returns undefined for what is no array index in its one spelling: `01` is a field name */
export function arrayIndex(part: string): number | undefined {
  return /^(?:0|[1-9]\d{0,8})$/.test(part) ? Number(part) : undefined;
}
