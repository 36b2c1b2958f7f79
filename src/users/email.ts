const MAX_LENGTH = 128;
// One @ with something on both sides; no blanks, no control or invisible format characters anywhere.
const BLANK = /^[\s\p{C}\p{Z}]$/u;
const SHAPE = /^[^@\s\p{C}\p{Z}]+@[^@\s\p{C}\p{Z}]+$/u;

/** True for what can be registered: nothing stricter than client-api.md section 5 says. */
export function isEmail(value: unknown): value is string {
  return typeof value === 'string' && [...value].length <= MAX_LENGTH && SHAPE.test(value);
}

/** What autofill and phones put around an address, invisible characters too. */
export function withoutBlanksAround(email: string): string {
  const characters = Array.from(email);
  const isBlank = (character: string) => BLANK.test(character);
  const first = characters.findIndex((character) => !isBlank(character));
  const last = characters.findLastIndex((character) => !isBlank(character));
  return characters.slice(Math.max(0, first), last + 1).join('');
}

/**
 * The form in which two spellings of an address are the same: NFC, lower case. The spelling given is kept beside it, and
 * mail goes only there.
 */
export function normaliseEmail(email: string): string {
  return email.normalize('NFC').toLowerCase().normalize('NFC');
}
