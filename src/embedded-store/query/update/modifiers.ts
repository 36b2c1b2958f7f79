import { isDoc, typeName, type Doc, type Value } from '../../bson/value.js';
import { badValue, failedToParse, unsupported } from '../../errors.js';
import type { CompiledUpdate, CompileOptions, UpdateContext } from '../types.js';
import { TreeApplier, type ElementTests } from './apply.js';
import { inc, mul } from './arithmetic.js';
import { compileArrayFilters } from './array-filters.js';
import { addToSet, pop, pull, pullAll } from './arrays.js';
import { currentDate, extreme, set, setOnInsert, unset } from './fields.js';
import { keepId } from './keep-id.js';
import { parseUpdatePath, type Part } from './path.js';
import { push } from './push.js';
import { readRename, sourceOf, withoutField, type Rename } from './rename.js';
import { addLeaf, type Leaf, objectNode, type ObjectNode } from './tree.js';

type MakeLeaf = (operand: Value, path: string, options: CompileOptions) => Leaf;

const operators: Readonly<Record<string, MakeLeaf>> = {
  $set: set,
  $setOnInsert: setOnInsert,
  $unset: unset,
  $inc: inc,
  $mul: mul,
  $min: (operand) => extreme(operand, -1),
  $max: (operand) => extreme(operand, 1),
  $currentDate: currentDate,
  $push: push,
  $addToSet: addToSet,
  $pull: (operand, _path, options) => pull(operand, options),
  $pullAll: pullAll,
  $pop: pop,
};

/** Holds the place of a field that `$rename` takes away. */
const RESERVED: Leaf = { kind: 'leaf', change: (value) => value, isTolerant: true };

/** A class, for most updates are of this form (README, "Fast paths"). */
class Modifiers implements CompiledUpdate {
  readonly kind = 'modifiers';

  constructor(
    readonly usesPositional: boolean,
    private readonly read: { root: ObjectNode; renames: Rename[]; tests: ElementTests },
  ) {}

  apply(doc: Doc, context: UpdateContext): Doc {
    const { root, renames, tests } = this.read;
    const { positional, isInsert, now, clusterTime, log } = context;
    const applier = new TreeApplier({ root: doc, positional, isInsert, now, clusterTime, log }, tests);
    const renamed = renames.filter(({ from }) => sourceOf(doc, from) !== undefined);
    const changed = applier.apply(root, doc);
    for (const { from } of renamed) log?.removed(from.join('.'));
    return keepId(
      doc,
      renamed.reduce((result, { from }) => withoutField(result, from), changed),
    );
  }
}

/** The form with operators, `{$set: {…}, $inc: {…}}`. */
export function compileModifiers(update: Doc, arrayFilters: readonly Doc[], options: CompileOptions): CompiledUpdate {
  const tests = compileArrayFilters(arrayFilters, options);
  const { root, renames, paths } = readOperators(update, options);
  checkFilters(paths, tests);
  const usesPositional = [...paths.values()].some((parts) => parts.some(({ kind }) => kind === 'positional'));
  return new Modifiers(usesPositional, { root, renames, tests });
}

function readOperators(update: Doc, options: CompileOptions) {
  const root = objectNode();
  const renames: Rename[] = [];
  const paths = new Map<string, Part[]>();
  for (const [name, fields] of update) {
    const makeLeaf = operatorNamed(name);
    if (!isDoc(fields)) {
      throw failedToParse(
        `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} ` +
          `not {${name}: ${typeName(fields)}}`,
      );
    }
    for (const [path, operand] of fields) {
      const parts = parseUpdatePath(path);
      paths.set(path, parts);
      if (makeLeaf) {
        addLeaf(root, path, parts, makeLeaf(operand, path, options));
        continue;
      }
      const rename = readRename(path, operand);
      renames.push(rename);
      addLeaf(root, path, parts, RESERVED);
      addLeaf(root, rename.to, rename.toParts, rename.leaf);
    }
  }
  return { root, renames, paths };
}

/** @returns undefined for `$rename`, which is about two fields */
function operatorNamed(name: string): MakeLeaf | undefined {
  if (name === '$rename') return undefined;
  if (name === '$bit') throw unsupported('$bit');
  if (Object.hasOwn(operators, name)) return operators[name];
  throw failedToParse(
    `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
  );
}

function checkFilters(paths: ReadonlyMap<string, readonly Part[]>, tests: ElementTests): void {
  const used = new Set<string>();
  for (const [path, parts] of paths) {
    for (const part of parts) {
      if (part.kind !== 'filter' || part.name === '') continue;
      if (!tests.has(part.name))
        throw badValue(`No array filter found for identifier '${part.name}' in path '${path}'`);
      used.add(part.name);
    }
  }
  for (const name of tests.keys()) {
    if (!used.has(name)) throw failedToParse(`The array filter for identifier '${name}' was not used in the update`);
  }
}
