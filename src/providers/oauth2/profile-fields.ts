import { z } from 'zod';

const MOST = 32;
const LONGEST = 4_096;

/** `metadata_fields` of a provider whose fields have fixed names: those that are listed are kept. */
export const profileFields = z
  .array(z.looseObject({ required: z.boolean().nullish(), name: z.string().min(1).max(64) }))
  .max(MOST)
  .nullish()
  .meta({ title: 'Fields to keep' });

export type ProfileFields = z.infer<typeof profileFields>;

export function wants(fields: ProfileFields, ...names: string[]): boolean {
  return (fields ?? []).some(({ name }) => names.includes(name));
}

/** What is listed of what is said of a person, as text. What is endless is left out. */
export function keptOf(said: Record<string, unknown>, fields: ProfileFields): Record<string, string> {
  const entries = (fields ?? []).flatMap(({ name }): [string, string][] => {
    const value = Object.hasOwn(said, name) ? said[name] : undefined;
    const text = typeof value === 'number' ? String(value) : value;
    return typeof text === 'string' && text !== '' && text.length <= LONGEST ? [[name, text]] : [];
  });
  return Object.fromEntries(entries);
}
