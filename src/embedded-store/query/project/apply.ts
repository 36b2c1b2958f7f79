import { isArray, isDoc, type Doc, type Value } from '../../bson/value.js';
import { Tree } from './tree.js';

/** @param root the document as it was, which expressions read */
export type Step = (doc: Doc, root: Doc) => Doc;

/** Named fields in the order of the document, then computed ones in the order of the projection. */
export function compileInclusion(tree: Tree): Step {
  return (doc, root) => compute(included(doc, tree), tree, root);
}

export function compileExclusion(tree: Tree): Step {
  return (doc, root) => compute(excluded(doc, tree), tree, root);
}

function included(doc: Doc, tree: Tree): Doc {
  const result: Doc = new Map();
  for (const [name, value] of doc) {
    const field = tree.fields.get(name);
    if (field === 'include') result.set(name, value);
    if (!(field instanceof Tree)) continue;
    const below = includedBelow(value, field);
    if (below !== undefined) result.set(name, below);
  }
  return result;
}

/** Of what is no document nothing can be included; in an array it is left out. */
function includedBelow(value: Value, tree: Tree): Value | undefined {
  if (isDoc(value)) return included(value, tree);
  if (!isArray(value)) return undefined;
  // Where something is computed for each element, also what is no document makes room for it.
  const nothing = tree.computes ? new Map<string, Value>() : undefined;
  return value.map((element) => includedBelow(element, tree) ?? nothing).filter((element) => element !== undefined);
}

function excluded(doc: Doc, tree: Tree): Doc {
  const result: Doc = new Map();
  for (const [name, value] of doc) {
    const field = tree.fields.get(name);
    if (field === 'exclude') continue;
    result.set(name, field instanceof Tree ? excludedBelow(value, field) : value);
  }
  return result;
}

function excludedBelow(value: Value, tree: Tree): Value {
  if (isDoc(value)) return excluded(value, tree);
  return isArray(value) ? value.map((element) => excludedBelow(element, tree)) : value;
}

export function compute(doc: Doc, tree: Tree, root: Doc): Doc {
  if (!tree.computes) return doc;
  const result: Doc = new Map(doc);
  for (const [name, field] of tree.fields) {
    if (typeof field === 'string') continue;
    const value = field instanceof Tree ? computeBelow(result.get(name), field, root) : field(root);
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  }
  return result;
}

/** What is no document makes room for one when something in it is computed. */
function computeBelow(value: Value | undefined, tree: Tree, root: Doc): Value | undefined {
  if (!tree.computes) return value;
  if (isArray(value)) return value.map((element) => computeBelow(element, tree, root)!);
  return compute(isDoc(value) ? value : new Map(), tree, root);
}
