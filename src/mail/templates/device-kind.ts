/** Words of ours for a user agent, which itself is a text that a stranger chooses and has no place in a mail. */
const KINDS: readonly [RegExp, string][] = [
  [/iphone/i, 'iPhone'],
  [/ipad/i, 'iPad'],
  [/android/i, 'Android'],
  [/windows/i, 'Windows'],
  [/mac os x|macintosh/i, 'Mac'],
  [/linux|x11/i, 'Linux'],
];

export function deviceKind(userAgent: string | undefined): string | undefined {
  const start = (userAgent ?? '').slice(0, 300);
  return KINDS.find(([pattern]) => pattern.test(start))?.[1];
}
