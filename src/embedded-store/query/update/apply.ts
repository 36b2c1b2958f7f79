import { isArray, isDoc, typeName, type Doc, type Value } from '../../bson/value.js';
import { badValue, ErrorCodes, MongoError } from '../../errors.js';
import type { UpdateLog } from '../types.js';
import { updateIndex } from './path.js';
import {
  inOrder,
  mergeNodes,
  type Application,
  type ArrayNode,
  type Leaf,
  type Node,
  type ObjectNode,
  type Place,
} from './tree.js';

/** Whether an array filter takes an element. */
export type ElementTests = ReadonlyMap<string, (element: Value) => boolean>;

const MAX_PADDING = 1_500_000;
const CANNOT_BACKFILL_ARRAY = 34;

/** Applies a tree of operators to documents, which it never changes: what is not touched is shared. */
export class TreeApplier {
  private log: UpdateLog | undefined;

  constructor(
    private readonly application: Application,
    private readonly tests: ElementTests,
  ) {
    this.log = application.log;
  }

  /** @returns `doc` itself when nothing changes */
  apply(root: ObjectNode, doc: Doc): Doc {
    return this.toDoc(root, doc, { path: '', isInArray: false, isElement: false });
  }

  private applyNode(node: Node, value: Value | undefined, place: Place): Value | undefined {
    if (node.kind === 'leaf') return this.toLeaf(node, value, place);
    if (node.kind === 'array') return this.toElements(node, value, place);
    if (value === undefined) return this.created(node, place);
    if (isDoc(value)) return this.toDoc(node, value, place);
    if (isArray(value)) return this.toArray(node, value, place);
    for (const [name, child] of this.fieldsOf(node, place)) this.blocked(child, name, value, place);
    return value;
  }

  private toLeaf(leaf: Leaf, value: Value | undefined, place: Place): Value | undefined {
    if (leaf.isActive?.(this.application) === false) return value;
    return value === undefined ? leaf.create?.(place, this.application) : leaf.change(value, place, this.application);
  }

  private created(node: ObjectNode, place: Place): Doc | undefined {
    let doc: Doc | undefined;
    for (const [name, child] of this.fieldsOf(node, place)) {
      const value = this.applyNode(child, undefined, below(place, name));
      if (value !== undefined) doc = (doc ?? new Map()).set(name, value);
    }
    return doc;
  }

  private toDoc(node: ObjectNode, doc: Doc, place: Place): Doc {
    let result = doc;
    for (const [name, child] of this.fieldsOf(node, place)) {
      const before = result.get(name);
      const after = this.applyNode(child, before, below(place, name));
      if (after === before) continue;
      this.note(child, join(place, name), before, after);
      if (result === doc) result = new Map(doc);
      if (after === undefined) result.delete(name);
      else result.set(name, after);
    }
    return result;
  }

  private toArray(node: ObjectNode, array: Value[], place: Place): Value[] {
    let result = array;
    for (const [name, child] of this.fieldsOf(node, place)) {
      const index = updateIndex(name);
      if (index === undefined) {
        this.blocked(child, name, array, place);
        continue;
      }
      const before = result[index];
      const after = this.applyNode(child, before, elementOf(join(place, name)));
      if (after === before) continue;
      this.note(child, join(place, String(index)), before, after ?? null);
      result = withElement(result, index, after);
    }
    return result;
  }

  private toElements(node: ArrayNode, value: Value | undefined, place: Place): Value[] {
    if (value === undefined) {
      throw badValue(`The path '${place.path}' must exist in the document in order to apply array updates.`);
    }
    if (!isArray(value)) {
      throw badValue(`Cannot apply array updates to non-array element ${place.path} of type ${typeName(value)}`);
    }
    const wanted = value.flatMap((element, i) => {
      const path = join(place, String(i));
      const merged = this.nodeFor(node, element, path);
      return merged ? [{ i, element, path, merged }] : [];
    });
    const { log } = this;
    // Of several elements they do not tell each what changed in it.
    if (wanted.length > 1) this.log = undefined;
    let result = value;
    const changed: string[] = [];
    for (const { i, element, path, merged } of wanted) {
      const after = this.applyNode(merged, element, elementOf(path));
      if (after === element) continue;
      this.note(merged, path, element, after ?? null);
      result = withElement(result, i, after);
      changed.push(String(i));
    }
    this.log = log;
    if (wanted.length > 1 && changed.length > 1) log?.updated(place.path, result);
    else if (wanted.length > 1 && changed[0] !== undefined)
      log?.updated(join(place, changed[0]), result[Number(changed[0])]!);
    return result;
  }

  /** What was made is told with all that is in it; what was changed deeper has been told there. */
  private note(node: Node, path: string, before: Value | undefined, after: Value | undefined): void {
    if (!this.log) return;
    if (before === undefined) this.log.updated(path, after!);
    else if (node.kind !== 'leaf') return;
    else if (after === undefined) this.log.removed(path);
    else {
      const appended = node.appended?.(before, after);
      if (!appended) return this.log.updated(path, after);
      const from = (before as Value[]).length;
      for (const [i, value] of appended.entries()) this.log.updated(`${path}.${from + i}`, value);
    }
  }

  /** What all the filters that take the element want of it. */
  private nodeFor(node: ArrayNode, element: Value, path: string): Node | undefined {
    const wanted = [...node.filters].filter(([name]) => name === '' || this.tests.get(name)!(element));
    return wanted
      .map(([, child]) => child)
      .reduce<Node | undefined>((a, b) => (a ? mergeNodes(a, b, path) : b), undefined);
  }

  private fieldsOf(node: ObjectNode, place: Place): [string, Node][] {
    if (!node.positional) return (node.ordered ??= inOrder(node.fields));
    const { positional } = this.application;
    if (positional === undefined) {
      throw badValue('The positional operator did not find the match needed from the query.');
    }
    const name = String(positional);
    const known = node.fields.get(name);
    const merged = known ? mergeNodes(known, node.positional, join(place, name)) : node.positional;
    return inOrder(new Map(node.fields).set(name, merged));
  }

  /** The path goes on, but the value has no such field. */
  private blocked(node: Node, name: string, value: Value, place: Place): void {
    if (node.kind === 'array') {
      throw badValue(`The path '${join(place, name)}' must exist in the document in order to apply array updates.`);
    }
    if (node.kind === 'object') {
      for (const [, child] of this.fieldsOf(node, place)) this.blocked(child, name, value, place);
      return;
    }
    if (node.isTolerant || node.isActive?.(this.application) === false) return;
    const last = place.path.split('.').at(-1);
    const message = node.create
      ? `Cannot create field '${name}' in element {${last}: ${typeName(value)}}`
      : `Cannot use the part (${name}) of (${join(place, name)}) to traverse the element ({${last}: ${typeName(value)}})`;
    throw new MongoError(ErrorCodes.PathNotViable, message);
  }
}

const join = ({ path }: Place, name: string): string => (path === '' ? name : `${path}.${name}`);

const below = (place: Place, name: string): Place => ({
  path: join(place, name),
  isInArray: place.isInArray,
  isElement: false,
});

const elementOf = (path: string): Place => ({ path, isInArray: true, isElement: true });

/** A removed element leaves null behind; a new one beyond the end is padded up to with nulls. */
function withElement(array: readonly Value[], index: number, element: Value | undefined): Value[] {
  if (index - array.length > MAX_PADDING) {
    throw new MongoError(CANNOT_BACKFILL_ARRAY, `can't backfill more than ${MAX_PADDING} elements`);
  }
  const result = [...array];
  while (result.length < index) result.push(null);
  result[index] = element ?? null;
  return result;
}
