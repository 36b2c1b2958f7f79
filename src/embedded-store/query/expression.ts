import type { Doc, Value } from '../bson/value.js';
import { ErrorCodes, MongoError, unsupported } from '../errors.js';
import { arithmetic } from './expressions/arithmetic.js';
import { arrays } from './expressions/arrays.js';
import { arrayLoops, checkVariableName } from './expressions/array-loops.js';
import { booleans } from './expressions/booleans.js';
import { conversions } from './expressions/conversions.js';
import { dateArithmetic } from './expressions/date-arithmetic.js';
import { wholeDates } from './expressions/date-from-parts.js';
import { dateParts } from './expressions/date-parts.js';
import { fieldPath, variablePath } from './expressions/field-path.js';
import { knownExpressions } from './expressions/known.js';
import { objects } from './expressions/objects.js';
import { regexes } from './expressions/regex-match.js';
import { rounding } from './expressions/rounding.js';
import type { Evaluate, Operator, Scope } from './expressions/scope.js';
import { fieldSetters } from './expressions/set-field.js';
import { sets } from './expressions/sets.js';
import { arrayOrders } from './expressions/sort-array.js';
import { strings } from './expressions/strings.js';
import { substrings } from './expressions/substrings.js';
import { totals } from './expressions/totals.js';
import type { CompileOptions, Variables } from './types.js';

export { isTruthy } from './expressions/booleans.js';

const families = [
  arithmetic,
  rounding,
  booleans,
  conversions,
  strings,
  substrings,
  totals,
  arrays,
  arrayLoops,
  arrayOrders,
  sets,
].concat([objects, fieldSetters, regexes, dateParts, dateArithmetic, wholeDates]);

const operators = new Map<string, Operator>(families.flatMap((family) => Object.entries(family)));

/** True also for those that the store refuses by name. */
export const isExpressionName = (name: string): boolean => operators.has(name) || knownExpressions.has(name);

export interface ExpressionOptions extends CompileOptions {
  /** Names of further variables that the caller will pass in `variables`. */
  readonly names?: Iterable<string> | undefined;
}

/**
 * @returns a function from a document to the value of the expression, undefined for "missing". Its second argument
 * replaces the variables of `options`, so whoever passes it starts from `startVariables(options)`.
 * @throws MongoError for what is no expression; 115 for what MongoDB knows and the store does not
 */
export function compileExpression(
  expression: Value,
  options: ExpressionOptions = {},
): (root: Doc, variables?: Variables) => Value | undefined {
  const start = startVariables(options);
  const evaluate = new ExpressionScope(new Set([...start.keys(), ...(options.names ?? [])])).compile(expression);
  return (root, variables = start) => evaluate(root, variables);
}

/** `NOW`, `let` evaluated, and the variables that are known. */
export function startVariables(options: CompileOptions): Map<string, Value | undefined> {
  const variables = new Map<string, Value | undefined>([['NOW', options.now ?? new Date()]]);
  const scope = new ExpressionScope(new Set(['NOW']));
  for (const [name, expression] of options.let ?? []) {
    const value = scope.compile(expression)(NO_DOCUMENT, variables);
    if (value === NO_DOCUMENT) throw fieldInLet();
    variables.set(checkVariableName(name), value);
  }
  for (const [name, value] of options.variables ?? []) variables.set(name, value);
  return variables;
}

const fieldInLet = (): MongoError =>
  new MongoError(4890500, 'Command let Expression tried to access a field, but this is not allowed');

/** Stands for the document while `let` is evaluated, before there is any. */
class NoDocument extends Map<string, Value> {
  override get(): never {
    throw fieldInLet();
  }
}

const NO_DOCUMENT: Doc = new NoDocument();

class ExpressionScope implements Scope {
  constructor(private readonly names: ReadonlySet<string>) {}

  extend(names: readonly string[]): Scope {
    return new ExpressionScope(new Set([...this.names, ...names]));
  }

  compile(expression: Value): Evaluate {
    if (typeof expression === 'string') return this.fromString(expression);
    if (Array.isArray(expression)) return this.fromArray(expression);
    if (expression instanceof Map) return this.fromObject(expression);
    return () => expression;
  }

  private fromString(text: string): Evaluate {
    if (text.startsWith('$$')) return variablePath(text.slice(2), this.names);
    if (text.startsWith('$')) return fieldPath(text.slice(1));
    return () => text;
  }

  private fromArray(items: readonly Value[]): Evaluate {
    const parts = items.map((item) => this.compile(item));
    return (root, variables) => parts.map((part) => part(root, variables) ?? null);
  }

  private fromObject(object: Doc): Evaluate {
    const [first] = object.keys();
    if (first?.startsWith('$')) return this.fromOperator(first, object);
    const parts = [...object].map(([name, value]) => [checkName(name), this.compile(value)] as const);
    return (root, variables) => {
      const result: Doc = new Map();
      for (const [name, part] of parts) {
        const value = part(root, variables);
        if (value !== undefined) result.set(name, value);
      }
      return result;
    };
  }

  private fromOperator(name: string, object: Doc): Evaluate {
    if (object.size > 1) {
      const names = [...object.keys()].join(', ');
      throw new MongoError(15983, `An object representing an expression must have exactly one field: ${names}`);
    }
    const operator = operators.get(name);
    if (operator !== undefined) return operator(object.get(name)!, this, name);
    if (knownExpressions.has(name)) throw unsupported(`the expression ${name}`);
    throw new MongoError(ErrorCodes.InvalidPipelineOperator, `Unrecognized expression '${name}'`);
  }
}

function checkName(name: string): string {
  if (name.startsWith('$')) throw new MongoError(16410, `FieldPath field names may not start with '$': '${name}'`);
  if (name.includes('.')) throw new MongoError(16412, `FieldPath field names may not contain '.': '${name}'`);
  return name;
}
