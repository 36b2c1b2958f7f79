/** What an import does with one thing: makes it, changes it, finds it as it is, needs a hand, or leaves it out. */
export type ImportStatus = 'new' | 'changed' | 'same' | 'note' | 'left out';

export interface ImportLine {
  status: ImportStatus;
  what: string;
  /** Never a value: configurations of old held secrets. */
  detail: string;
}

/** A line, and what makes it true. */
export interface ImportStep {
  line: ImportLine;
  apply?: () => Promise<void>;
}

export function step(
  status: ImportStatus,
  what: string,
  { detail = '', apply }: { detail?: string; apply?: () => Promise<void> } = {},
): ImportStep {
  return { line: { status, what, detail }, ...(apply ? { apply } : {}) };
}

/** As `diff=true` of the Admin API has it. */
export function inOneLine({ status, what, detail }: ImportLine): string {
  return `${status}: ${what}${detail === '' ? '' : ` (${detail})`}`;
}
