import { t } from '../../../../admin-ui/strings.js';
import { InvalidParameter } from '../../../errors/errors.js';
import type { SentForm } from '../form.js';
import type { SchemaField } from './schema-fields.js';

/** @returns what was typed, by the names of the fields */
export function typedIn(form: SentForm, fields: readonly SchemaField[]): Record<string, string> {
  return Object.fromEntries(fields.map(({ name }) => [name, form.get(`set:${name}`).replaceAll('\r\n', '\n').trim()]));
}

/** @returns settings as the Admin API takes them, of those fields alone. @throws InvalidParameter */
export function settingsOf(fields: readonly SchemaField[], typed: Record<string, string>): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const field of fields) {
    const [group, key] = field.path;
    const value = valueOf(field, typed[field.name] ?? '');
    if (key === undefined) settings[group!] = value;
    else settings[group!] = { ...(settings[group!] as object | undefined), [key]: value };
  }
  return settings;
}

function valueOf({ kind, label, nullable, path }: SchemaField, text: string): unknown {
  if (kind === 'flag') return text === 'on';
  if (kind === 'lines' || kind === 'secrets') return text.split(/[\s,]+/).filter((line) => line !== '');
  if (text === '') return path.length === 1 ? [] : nullable ? null : '';
  if (kind === 'number') {
    if (!/^-?\d{1,9}(\.\d{1,6})?$/.test(text)) throw new InvalidParameter(t.providers.notNumber(label).slice(0, -1));
    return Number(text);
  }
  if (kind !== 'json') return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidParameter(t.providers.notJson(label) + (error as SyntaxError).message);
  }
}
