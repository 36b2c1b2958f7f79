import { badValue, ErrorCodes, MongoError } from '../../errors.js';

/** `$[]` is a filter without a name: it takes every element. */
export type Part = { kind: 'field'; name: string } | { kind: 'positional' } | { kind: 'filter'; name: string };

/** Deeper than any document that may be stored. */
const MAX_PARTS = 200;
const EMPTY_FIELD_NAME = 56;

/**
 * @throws MongoError 56 for empty parts, 52 for a field that begins with a dollar, 2 for `$` where it may not stand
 */
export function parseUpdatePath(path: string): Part[] {
  if (path === '') throw new MongoError(EMPTY_FIELD_NAME, 'An empty update path is not valid.');
  const parts = path.split('.');
  if (parts.length > MAX_PARTS) throw new MongoError(ErrorCodes.Overflow, 'the update path is too long');
  if (parts.includes('')) {
    throw new MongoError(
      EMPTY_FIELD_NAME,
      `The update path '${path}' contains an empty field name, which is not allowed.`,
    );
  }
  const parsed = parts.map(parsePart);
  checkFirst(parsed[0]!, path);
  if (parsed.filter((part) => part.kind === 'positional').length > 1) {
    throw badValue(`Too many positional (i.e. '$') elements found in path '${path}'`);
  }
  return parsed;
}

function parsePart(part: string): Part {
  if (part === '$') return { kind: 'positional' };
  const filter = /^\$\[(.*)\]$/s.exec(part)?.[1];
  return filter === undefined ? { kind: 'field', name: part } : { kind: 'filter', name: filter };
}

function checkFirst(first: Part, path: string): void {
  if (first.kind === 'positional') {
    throw badValue(`Cannot have positional (i.e. '$') element in the first position in path '${path}'`);
  }
  if (first.kind === 'filter') {
    throw badValue(
      `Cannot have array filter identifier (i.e. '$[<id>]') element in the first position in path '${path}'`,
    );
  }
  if (first.name.startsWith('$')) throw dollarField(first.name);
}

export const dollarField = (name: string): MongoError =>
  new MongoError(
    ErrorCodes.DollarPrefixedFieldName,
    `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement ` +
      'document. Consider using an aggregation pipeline with $replaceWith.',
  );

/** @returns undefined for what is no array index; `01` counts as 1, as in MongoDB's updates */
export const updateIndex = (name: string): number | undefined => (/^\d{1,9}$/.test(name) ? Number(name) : undefined);
