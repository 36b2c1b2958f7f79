import type { Doc, Value } from '../../bson/value.js';
import { MongoError } from '../../errors.js';

/** Computes a field from the whole document; undefined leaves it out. */
export type Compute = (root: Doc) => Value | undefined;

/** A field that is named in a projection, or a document of such fields. */
export type Branch = 'include' | 'exclude' | Compute | Tree;

export class Tree {
  readonly fields = new Map<string, Branch>();

  /** Something below is computed, so the field is made where it is missing. */
  get computes(): boolean {
    return [...this.fields.values()].some(
      (field) => typeof field === 'function' || (field instanceof Tree && field.computes),
    );
  }

  /** @throws MongoError 31249, 31250 when a path is given twice, or begins with another that is given */
  add(parts: readonly string[], branch: Branch): void {
    const [name, ...rest] = parts as [string, ...string[]];
    const known = this.fields.get(name);
    if (rest.length === 0) {
      if (known !== undefined) throw new MongoError(31250, `Path collision at ${parts.join('.')}`);
      this.fields.set(name, branch);
      return;
    }
    if (known !== undefined && !(known instanceof Tree)) {
      throw new MongoError(31249, `Path collision at ${parts.join('.')} remaining portion ${rest.join('.')}`);
    }
    const below = known ?? new Tree();
    this.fields.set(name, below);
    below.add(rest, branch);
  }
}
