import { isDoc, isNumber, type Doc, type Value } from '../../bson/value.js';
import { MongoError } from '../../errors.js';
import { compileExpression, isExpressionName } from '../expression.js';
import { parseFieldPath } from '../field-path.js';
import { isTruthy } from '../expressions/booleans.js';
import type { CompiledFilter, CompileOptions, FilterNode } from '../types.js';
import { compileElemMatch } from './elem-match.js';
import { isSlice, parseSlice, type Slice } from './slice.js';
import { Tree, type Compute } from './tree.js';

export interface ProjectionOptions extends CompileOptions {
  /** What the documents were found with, for the positional `$`. */
  readonly filter?: CompiledFilter | undefined;
  /** As a `$project` stage: the positional `$` and `$elemMatch` are errors, `$slice` is an expression. */
  readonly isStage?: boolean | undefined;
}

type ProjectionType = 'inclusion' | 'exclusion';

export interface ParsedProjection {
  root: Tree;
  type: ProjectionType;
  slices: Slice[];
  /** The path before `.$`. */
  positional: string[] | undefined;
}

export function parseProjection(spec: Doc, options: ProjectionOptions): ParsedProjection {
  return new Parser(options).parse(spec);
}

/** @see https://www.mongodb.com/docs/manual/tutorial/project-fields-from-query-results/ */
class Parser {
  private readonly root = new Tree();
  private readonly slices: Slice[] = [];
  private type: ProjectionType | undefined;
  private positional: string[] | undefined;
  private hasElemMatch = false;
  /** What is said of `_id` itself, which may be left out of an inclusion and named in an exclusion. */
  private id: ProjectionType | undefined;
  private namesId = false;

  constructor(private readonly options: ProjectionOptions) {}

  parse(spec: Doc): ParsedProjection {
    for (const [name, value] of spec) {
      this.namesId ||= name === '_id' || name.startsWith('_id.');
      this.field([], name, value);
    }
    const type = this.type ?? this.impliedType();
    if (type === 'inclusion' && !this.namesId) this.root.add(['_id'], 'include');
    if (type === 'exclusion' && this.id === 'inclusion') this.root.fields.delete('_id');
    return { root: this.root, type, slices: this.slices, positional: this.positional };
  }

  /** Where only `_id`, `$slice` and `$elemMatch` are named. */
  private impliedType(): ProjectionType {
    if (this.slices.length > 0) return this.id === 'inclusion' ? 'inclusion' : 'exclusion';
    if (this.hasElemMatch) return 'inclusion';
    return this.id ?? 'exclusion';
  }

  private field(parent: readonly string[], name: string, value: Value): void {
    const before = /^(.*?)\.\$(?:\.|$)/.exec(name)?.[1];
    if (before !== undefined || name === '$') {
      if (this.options.isStage) {
        throw new MongoError(31324, 'Cannot use positional projection in aggregation projection');
      }
      return this.addPositional(parent, before ?? '', name, value);
    }
    const path = [...parent, ...parseFieldPath(name)];
    if (isDoc(value)) return this.document(path, value, parent.length > 0);
    if (typeof value !== 'boolean' && !isNumber(value)) return this.computed(path, value, 31310);
    return isTruthy(value) ? this.include(path) : this.exclude(path);
  }

  private include(path: readonly string[]): void {
    this.root.add(path, 'include');
    if (isId(path)) this.id = 'inclusion';
    else this.mark('inclusion', 31253, `Cannot do inclusion on field ${path.join('.')} in exclusion projection`);
  }

  private exclude(path: readonly string[]): void {
    this.root.add(path, 'exclude');
    if (isId(path)) this.id = 'exclusion';
    else this.mark('exclusion', 31254, `Cannot do exclusion on field ${path.join('.')} in inclusion projection`);
  }

  private computed(path: readonly string[], value: Value, code: number): void {
    const compute: Compute = compileExpression(value, this.options);
    this.mark('inclusion', code, 'Cannot use an expression in an exclusion projection');
    this.root.add(path, compute);
  }

  private mark(type: ProjectionType, code: number, message: string): void {
    if (this.type !== undefined && this.type !== type) throw new MongoError(code, message);
    this.type = type;
  }

  private document(path: readonly string[], value: Doc, isNested: boolean): void {
    const [first] = value.keys();
    if (first === undefined) {
      const where = path.join('.');
      throw new MongoError(51270, `An empty sub-projection is not a valid value. Found empty object at path ${where}`);
    }
    if (value.size === 1 && first.startsWith('$')) return this.operator(path, first, value, isNested);
    if (this.known(path)) throw new MongoError(31250, `Path collision at ${path.join('.')}`);
    for (const [name, field] of value) this.field(path, name, field);
  }

  private known(path: readonly string[]): boolean {
    let tree = this.root;
    for (const part of path) {
      const found = tree.fields.get(part);
      if (!(found instanceof Tree)) return found !== undefined;
      tree = found;
    }
    return true;
  }

  private operator(path: readonly string[], name: string, value: Doc, isNested: boolean): void {
    const operand = value.get(name)!;
    if (name === '$elemMatch') return this.elemMatch(path, operand, isNested);
    if (name === '$slice' && !this.options.isStage && isSlice(operand)) {
      this.slices.push(parseSlice(path, operand));
      // It neither includes nor excludes by itself, but what an inclusion slices it includes.
      this.root.add(path, 'include');
      return;
    }
    if (!isExpressionName(name)) throw new MongoError(31325, `Unknown expression ${name}`);
    this.computed(path, value, 31252);
  }

  private elemMatch(path: readonly string[], operand: Value, isNested: boolean): void {
    if (this.options.isStage) throw new MongoError(168, 'Cannot use $elemMatch in this context');
    if (!isDoc(operand)) throw new MongoError(31274, 'elemMatch: Invalid argument, object required');
    if (this.positional) throw new MongoError(31255, 'Cannot specify positional operator and $elemMatch.');
    if (path.length > 1 || isNested) {
      throw new MongoError(31275, 'Cannot use $elemMatch projection on a nested field.');
    }
    this.root.add(path, compileElemMatch(path[0]!, operand, this.options));
    this.hasElemMatch = true;
  }

  private addPositional(parent: readonly string[], before: string, name: string, value: Value): void {
    if (isDoc(value)) {
      throw new MongoError(31271, 'positional projection cannot be used with an expression or sub object');
    }
    if (typeof value !== 'boolean' && !isNumber(value)) {
      throw new MongoError(31308, 'positional projection cannot be used with a literal');
    }
    if (!isTruthy(value)) throw new MongoError(31395, 'positional projection cannot be used with exclusion');
    if (this.positional) {
      throw new MongoError(31276, 'Cannot specify more than one positional projection per query.');
    }
    if (this.hasElemMatch) throw new MongoError(31256, 'Cannot specify positional operator and $elemMatch.');
    if (!this.options.filter) throw new MongoError(51050, 'Projections with a positional operator require a matcher');
    if (name !== `${before}.$`) throw new MongoError(31394, 'positional operator must be at the end of the path');
    const path = [...parent, ...parseFieldPath(before)];
    if (!asksAbout(this.options.filter.node, path[0]!)) {
      throw new MongoError(31277, `Positional projection '${name}' does not match the query document.`);
    }
    this.positional = path;
    this.include(path);
  }
}

const isId = (path: readonly string[]): boolean => path.length === 1 && path[0] === '_id';

function asksAbout(node: FilterNode, field: string): boolean {
  if (node.kind === 'expr' || node.kind === 'never') return false;
  if ('path' in node) return node.path.split('.', 1)[0] === field;
  return node.children.some((child) => asksAbout(child, field));
}
