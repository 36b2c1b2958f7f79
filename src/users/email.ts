const MAX_LENGTH = 128;
// One @ with something on both sides; no blanks, no control or invisible format characters anywhere.
const SHAPE = /^[^@\s\p{C}\p{Z}]+@[^@\s\p{C}\p{Z}]+$/u;

/** True for what can be registered: nothing stricter than client-api.md section 5 says. */
export function isEmail(value: unknown): value is string {
  return typeof value === 'string' && [...value].length <= MAX_LENGTH && SHAPE.test(value);
}

/**
 * The form in which two spellings of an address are the same: NFC, lower case. The spelling given is kept beside it, and
 * mail goes only there.
 */
export function normaliseEmail(email: string): string {
  return email.normalize('NFC').toLowerCase().normalize('NFC');
}
