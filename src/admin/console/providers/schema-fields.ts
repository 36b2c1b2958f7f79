import { isPlainObject } from '../../../providers/provider-settings.js';
import type { SettingField } from '../../../../admin-ui/views/providers/form.js';

/** A part of a JSON schema, as far as forms look at it. */
interface Schema {
  type?: string | string[];
  title?: string;
  help?: string;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
}

/** A field of a form, and what is needed to read what was typed into it. */
export interface SchemaField extends SettingField {
  /** `['config', 'clientId']` */
  path: string[];
  /** What an emptied field means: null where the schema takes it. */
  nullable: boolean;
}

/** Groups of settings; what is in them is a field, and so is every other setting. */
const GROUPS = new Set(['config', 'secret_config']);

/** @param settings as stored @returns the fields of a provider's form, in the order of its schema */
export function fieldsOf(schema: unknown, settings: Record<string, unknown>): SchemaField[] {
  const { properties = {} } = plain(schema as Schema).schema;
  return Object.entries(properties).flatMap(([name, part]) => {
    if (!GROUPS.has(name)) return [fieldOf([name], part, settings[name], true)];
    const { properties: inner = {}, required = [] } = plain(part).schema;
    const stored = isPlainObject(settings[name]) ? settings[name] : {};
    return Object.entries(inner).map(([key, one]) => {
      return fieldOf([name, key], one, stored[key], !required.includes(key));
    });
  });
}

function fieldOf(path: string[], part: Schema, stored: unknown, optional: boolean): SchemaField {
  const { schema, choices, nullable } = plain(part);
  const key = path.at(-1)!;
  const kind = kindOf(path, schema, choices);
  return {
    path,
    name: path.join('.'),
    label: part.title ?? schema.title ?? words(key),
    ...((part.help ?? schema.help) ? { help: part.help ?? schema.help } : {}),
    kind,
    options:
      kind === 'choice' ? (schema.enum ?? []).filter((one) => typeof one === 'string' && one !== '').map(String) : [],
    required: !optional && !nullable && kind !== 'flag',
    value: textOf(kind, stored),
    nullable,
  };
}

function kindOf(path: string[], schema: Schema, choices: Schema[]): SettingField['kind'] {
  if (choices.some(({ type }) => type === 'boolean')) return 'flag';
  const isSecret = path[0] === 'secret_config';
  const list = choices.find(({ type }) => type === 'array');
  if (list) {
    const { type, properties } = plain(list.items ?? {}).schema;
    if (type !== 'string' || properties) return 'json';
    return isSecret ? 'secrets' : 'lines';
  }
  if (schema.enum) return 'choice';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  if (schema.type === 'string') return isSecret ? 'secret' : 'text';
  return 'json';
}

/** Without the null that a setting may be instead, and with unions laid open. */
function plain(part: Schema): { schema: Schema; choices: Schema[]; nullable: boolean } {
  const all = opened(part);
  const choices = all.filter(({ type }) => type !== 'null');
  return { schema: choices[0] ?? {}, choices, nullable: choices.length < all.length };
}

function opened(part: Schema): Schema[] {
  if (part.anyOf) return part.anyOf.flatMap((one) => opened(one));
  return Array.isArray(part.type) ? part.type.map((type) => ({ ...part, type })) : [part];
}

function textOf(kind: SettingField['kind'], value: unknown): string {
  if (value === undefined || value === null) return '';
  if (kind === 'flag') return value === true || value === 'true' ? 'on' : '';
  if (kind === 'lines' || kind === 'secrets') return [value].flat().map(String).join('\n');
  if (kind === 'json') return JSON.stringify(value, null, 2);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `emailConfirmationUrl` → `Email confirmation url` */
function words(key: string): string {
  const spaced = key
    .replaceAll('_', ' ')
    .replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
