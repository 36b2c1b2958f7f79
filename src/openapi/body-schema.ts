import { getMetadataStorage } from 'class-validator';

type Schema = Record<string, unknown>;
type Constraints = readonly unknown[];

/** What class-validator checks, in the words of JSON Schema. */
const RULES: Record<string, (constraints: Constraints) => Schema> = {
  isString: () => ({ type: 'string' }),
  isInt: () => ({ type: 'integer' }),
  isBoolean: () => ({ type: 'boolean' }),
  isArray: () => ({ type: 'array' }),
  isObject: () => ({ type: 'object' }),
  isIn: ([values]) => ({ enum: values }),
  isLength: ([min, max]) => ({ minLength: min, maxLength: max }),
  matches: ([pattern]) => ({ type: 'string', pattern: (pattern as RegExp).source }),
};

/** @returns undefined for a class that class-validator knows nothing of. @throws for a rule that has no words here */
export function bodySchemaOf(dto: unknown): Schema | undefined {
  if (typeof dto !== 'function') return undefined;
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  if (rules.length === 0) return undefined;
  const properties: Record<string, Schema> = {};
  const optional = new Set<string>();
  for (const { name = '', propertyName, constraints = [], each } of rules) {
    const property = (properties[propertyName] ??= {});
    if (name === 'isOptional') {
      optional.add(propertyName);
      continue;
    }
    const rule = RULES[name];
    if (!rule) throw new Error(`${dto.name}.${propertyName}: no JSON Schema for the rule ${name}`);
    if (each) property['items'] = rule(constraints);
    else Object.assign(property, rule(constraints));
  }
  const required = Object.keys(properties).filter((property) => !optional.has(property));
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}
