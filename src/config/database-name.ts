/** The database of a URI that names none. */
export const DEFAULT_DATABASE = 'latchkey';

/** The database that a MongoDB URI names, if it does. */
export function databaseIn(uri: string): string | undefined {
  const name = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]*)/.exec(uri)?.[1];
  return name ? decodeURIComponent(name) : undefined;
}
