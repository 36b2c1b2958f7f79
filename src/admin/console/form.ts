/** The fields of a form that was sent; whatever is absent is empty. */
export class SentForm {
  constructor(private readonly fields: Record<string, unknown>) {}

  get(name: string): string {
    const value = Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
    return typeof value === 'string' ? value : '';
  }

  /** The rest of the names that begin so: `id:…` for each row that was ticked. */
  listOf(prefix: string): string[] {
    return Object.keys(this.fields).flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  }
}

export function formIn(body: unknown): SentForm {
  return new SentForm(typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {});
}

/** @returns what stood in the form when it was opened: its field `was`, or what is stored where that is not to be read */
export function storedIn<T extends object>(form: SentForm, stored: T): T {
  try {
    const was: unknown = JSON.parse(form.get('was'));
    return typeof was === 'object' && was !== null ? { ...stored, ...was } : stored;
  } catch {
    return stored;
  }
}

/**
 * @returns the names that the sender changed, those of them that somebody else changed too since the form was opened, and what
 *   is stored with the sender's changes in it
 */
export function changesIn<T extends object>(form: SentForm, typed: T, stored: T) {
  const was = storedIn(form, stored);
  const changed = (Object.keys(stored) as (keyof T)[]).filter((name) => typed[name] !== was[name]);
  const conflicts = changed.filter((name) => stored[name] !== was[name] && stored[name] !== typed[name]);
  const wanted: T = { ...stored, ...Object.fromEntries(changed.map((name) => [name, typed[name]])) };
  return { changed, conflicts, wanted };
}
