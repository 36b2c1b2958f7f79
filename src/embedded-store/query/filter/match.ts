import { BSONRegExp, BSONSymbol } from 'bson';
import { isArray, isDoc, typeOf, type Doc, type Value } from '../../bson/value.js';
import { comparisonTest, inTest, type ValueTest } from './comparison.js';
import type { Comparison, ComparisonNode, FilterNode, InNode, RegexNode, TypeNode } from './node.js';
import { someValue, type Leaf } from './paths.js';
import { compileRegex } from './regex.js';

/** Where an array matched: what `$` of an update or projection stands for. */
export interface Position {
  index?: number;
}

export interface Matcher {
  /** Asks about a document, from its root. */
  matches(doc: Doc, position?: Position): boolean;
  /** Asks about one value whatever its path, as `$elemMatch: {$gt: 1}` does. */
  accepts(value: Value | undefined, position?: Position): boolean;
}

/** Turns `$expr` into something that says of a document whether it holds. */
export type CompileExpr = (expression: Value) => (doc: Doc) => boolean;

export function compileNode(node: FilterNode, compileExpr: CompileExpr): Matcher {
  switch (node.kind) {
    case 'and':
      return new Every(node.children.map((child) => compileNode(child, compileExpr)));
    case 'or':
      return some(node.children.map((child) => compileNode(child, compileExpr)));
    case 'nor':
      return new Not(some(node.children.map((child) => compileNode(child, compileExpr))));
    case 'never':
      return NOTHING;
    case 'not':
      return new Not(compileNode(node.child, compileExpr));
    case 'ne':
    case 'nin':
      return new Not(compileNode({ ...node, kind: node.kind === 'ne' ? 'eq' : 'in' } as FilterNode, compileExpr));
    case 'expr': {
      const holds = compileExpr(node.value);
      return { matches: (doc) => holds(doc), accepts: (value) => isDoc(value) && holds(value) };
    }
    case 'elemMatch':
      return elemMatch(node.path, elementMatcher(node.form, compileNode(node.child, compileExpr)));
    case 'exists': {
      const exists = leaf(node.path, 'each', (value) => value !== undefined);
      return node.value ? exists : new Not(exists);
    }
    case 'size':
      return leaf(node.path, 'whole', (value) => isArray(value) && value.length === node.value);
    default:
      return leaf(node.path, 'each', leafTest(node));
  }
}

function leafTest(node: ComparisonNode | InNode | TypeNode | RegexNode): ValueTest {
  if ('values' in node) return anyOf([inTest(node.values), ...node.regexes.map(regexTest)]);
  if (node.kind === 'regex') return regexTest(node);
  if ('value' in node) return comparisonTest(node.kind as Comparison, node.value);
  const types = new Set(node.types);
  return (value) => value !== undefined && types.has(typeOf(value));
}

const anyOf = (tests: readonly ValueTest[]): ValueTest =>
  tests.length === 1 ? tests[0]! : (value) => tests.some((test) => test(value));

/** A pattern finds strings, and the regular expression that is the same as it. */
function regexTest({ pattern, options }: RegexNode): ValueTest {
  const found = compileRegex(pattern, options);
  return (value) => {
    if (typeof value === 'string') return found(value);
    if (value instanceof BSONSymbol) return found(value.value);
    return value instanceof BSONRegExp && value.pattern === pattern && value.options === options;
  };
}

function leaf(path: string, arrays: Leaf, test: ValueTest): Matcher {
  const parts = path.split('.');
  return {
    matches: (doc, position) =>
      someValue(doc, parts, arrays, (value, index) => {
        if (!test(value)) return false;
        if (position && index !== undefined) position.index = index;
        return true;
      }),
    accepts: test,
  };
}

type ElementTest = (element: Value) => boolean;

/** An array in an array is a document whose fields are its indexes. */
const elementMatcher = (form: 'object' | 'value', child: Matcher): ElementTest =>
  form === 'value'
    ? (element) => child.accepts(element)
    : (element) => {
        if (isDoc(element)) return child.matches(element);
        return isArray(element) && child.matches(new Map(element.map((value, i) => [String(i), value])));
      };

function elemMatch(path: string, test: ElementTest): Matcher {
  const parts = path.split('.');
  const accepts: Matcher['accepts'] = (value, position) => {
    if (!isArray(value)) return false;
    const found = value.findIndex(test);
    if (found >= 0 && position) position.index = found;
    return found >= 0;
  };
  return {
    matches: (doc, position) =>
      someValue(doc, parts, 'whole', (value, index) => {
        if (!accepts(value, position)) return false;
        if (position && index !== undefined) position.index = index;
        return true;
      }),
    accepts,
  };
}

const NOTHING: Matcher = { matches: () => false, accepts: () => false };

/**
 * The last part that found an array decides about `$`, as in MongoDB.
 *
 * This and `Not` are classes, for most filters have them (README, "Fast paths").
 */
class Every implements Matcher {
  constructor(private readonly parts: readonly Matcher[]) {}

  matches(doc: Doc, position?: Position): boolean {
    for (const part of this.parts) if (!part.matches(doc, position)) return false;
    return true;
  }

  accepts(value: Value | undefined, position?: Position): boolean {
    for (const part of this.parts) if (!part.accepts(value, position)) return false;
    return true;
  }
}

/** Alternatives leave open which array `$` would stand for, so MongoDB takes none; one alternative alone is no choice. */
const some = (parts: readonly Matcher[]): Matcher =>
  parts.length === 1
    ? parts[0]!
    : {
        matches: (doc) => parts.some((part) => part.matches(doc)),
        accepts: (value) => parts.some((part) => part.accepts(value)),
      };

/** What does not match has no place in an array. */
class Not implements Matcher {
  constructor(private readonly part: Matcher) {}

  matches(doc: Doc): boolean {
    return !this.part.matches(doc);
  }

  accepts(value: Value | undefined): boolean {
    return !this.part.accepts(value);
  }
}
