export const FEWEST = 6;
export const MOST = 128;

/** Composing never makes one code point of more than a few code units; what is longer than this is too long composed as well. */
const MOST_UNITS = MOST * 16;

/** What is wrong with a new password. */
export type PasswordFault = { kind: 'length'; fewest: number } | { kind: 'text' | 'common' | 'breached' };

/**
 * The rule for a new password: 6 to 128 code points of its NFC form (client-api.md section 7), or more where an
 * app asks for more.
 */
export function checkPassword(password: string, fewest = FEWEST): PasswordFault | undefined {
  const points = password.length > MOST_UNITS ? MOST + 1 : Array.from(password.normalize('NFC')).length;
  if (points < fewest || points > MOST) return { kind: 'length', fewest };
  // Half a surrogate pair has no UTF-8: all of them would be the same password.
  return /\p{Surrogate}/u.test(password) ? { kind: 'text' } : undefined;
}
