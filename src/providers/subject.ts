const MAX_SUBJECT = 1_024;

/** @returns what is wrong with it as the subject of an identity, in words; undefined where nothing is */
export function faultInSubject(subject: unknown): string | undefined {
  if (typeof subject !== 'string' || subject === '') return 'is missing';
  if (subject.length > MAX_SUBJECT) return `is longer than ${MAX_SUBJECT} characters`;
  // Halves of surrogate pairs would all be stored as the same character.
  return Buffer.from(subject).toString() === subject ? undefined : 'is no valid text';
}
