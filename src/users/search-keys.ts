import { normaliseEmail } from './email.js';
import type { Identity } from './identity.schema.js';

/** The words of a name that can be found; more are no name. */
const MAX_WORDS = 16;
const MAX_LENGTH = 128;
const NAMES = ['name', 'first_name', 'last_name'];

/**
 * What a user is found by: addresses and words of names, for a prefix, and identity ids, marked with `=`, for the whole.
 * Stored with the user, so that a search is a range of one index.
 */
export function searchKeysOf(identities: readonly Pick<Identity, 'id' | 'data'>[]): string[] {
  const keys = new Set<string>();
  for (const { id, data } of identities) {
    keys.add(idKey(id));
    if (data['email'] !== undefined) keys.add(normaliseEmail(data['email']).slice(0, MAX_LENGTH));
    for (const field of NAMES) for (const word of wordsOf(data[field] ?? '')) keys.add(word);
  }
  return [...keys];
}

/** The words of a text in the form in which names are stored. */
export function wordsOf(text: string): string[] {
  return normaliseEmail(text)
    .split(/\s+/u)
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS)
    .map((word) => word.slice(0, MAX_LENGTH));
}

/** The key of an identity's id; cut, as the texts are. */
export function idKey(id: string): string {
  return `=${id.slice(0, MAX_LENGTH)}`;
}

/** What the identities say together, later ones over earlier ones. */
export function dataOf(identities: readonly Pick<Identity, 'data'>[]): Record<string, string> {
  return Object.assign({}, ...identities.map(({ data }) => data)) as Record<string, string>;
}
