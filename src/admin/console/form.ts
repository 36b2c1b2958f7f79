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
