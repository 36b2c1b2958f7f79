const MAX_VALUE = 4_096;

export interface MetadataField {
  required?: boolean | null | undefined;
  /** Where in the token: parts with dots between them, `\.` for a dot in a part. */
  name: string;
  field_name?: string | null | undefined;
}

export class MetadataMissing extends Error {}

export function readPath(name: string): string[] {
  const parts = [''];
  for (const [token] of name.matchAll(/\\\.|[^]/gu)) {
    if (token === '.') parts.push('');
    else parts[parts.length - 1] += token === '\\.' ? '.' : token;
  }
  return parts;
}

/** The last part of the path, unless said otherwise. */
export function fieldNameOf({ name, field_name: fieldName }: MetadataField): string {
  return fieldName ? fieldName : readPath(name).at(-1)!;
}

/**
 * What of the claims becomes the user's data: what is asked for, as text.
 *
 * @throws MetadataMissing where a required field is absent, or a value is too long
 */
export function readMetadata(claims: object, fields: readonly MetadataField[]): Record<string, string> {
  const entries: [string, string][] = [];
  for (const field of fields) {
    const value = textOf(valueAt(claims, readPath(field.name)));
    if (value === undefined) {
      if (field.required) throw new MetadataMissing(`the required field '${field.name}' is missing`);
      continue;
    }
    if (value.length > MAX_VALUE) {
      throw new MetadataMissing(`the field '${field.name}' is longer than ${MAX_VALUE} characters`);
    }
    entries.push([fieldNameOf(field), value]);
  }
  return Object.fromEntries(entries);
}

function valueAt(claims: object, path: readonly string[]): unknown {
  let value: unknown = claims;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
