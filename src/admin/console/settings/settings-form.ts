import { t } from '../../../../admin-ui/strings.js';
import type { SettingTexts } from '../../../../admin-ui/views/settings.js';
import type { AccountSettings } from '../../../accounts/account-settings.service.js';
import type { AppSettings } from '../../../apps/app-settings.service.js';
import { InvalidParameter } from '../../../errors/errors.js';
import type { SentForm } from '../form.js';

type Values = Omit<AppSettings, 'mailTexts'> & AccountSettings;

interface Setting {
  name: keyof Values;
  /** In the Admin API, whose errors name it so. */
  api: string;
  /** In the settings of the provider that it is kept with, whose errors begin so. */
  path?: string;
  /** A number, yes or no, or one of these. */
  kind: 'whole' | 'flag' | readonly string[];
}

export type SettingTable = Record<string, Setting>;

/** The cards of the page, and what each of their fields sets. Fields have the names of their labels in `t.settings`. */
export const TOKENS: SettingTable = {
  access: { name: 'accessTokenSeconds', api: 'access_token_seconds', kind: 'whole' },
  jitter: { name: 'accessTokenJitterPercent', api: 'access_token_jitter_percent', kind: 'whole' },
  revocation: { name: 'revocation', api: 'revocation', kind: ['strict', 'lax'] },
  algorithm: { name: 'signingAlgorithm', api: 'signing_algorithm', kind: ['ES256', 'RS256'] },
  keyDays: { name: 'signingKeyDays', api: 'signing_key_days', kind: 'whole' },
};
export const SESSIONS: SettingTable = {
  refresh: { name: 'refreshTokenSeconds', api: 'refresh_token_seconds', kind: 'whole' },
  idle: { name: 'sessionIdleSeconds', api: 'session_idle_seconds', kind: 'whole' },
  absolute: { name: 'sessionAbsoluteSeconds', api: 'session_absolute_seconds', kind: 'whole' },
  mode: { name: 'refreshMode', api: 'refresh_mode', kind: ['stable', 'rotating'] },
  moved: { name: 'movedSession', api: 'moved_session', kind: ['audit', 'end'] },
};
export const LINKING: SettingTable = {
  byEmail: { name: 'linkByVerifiedEmail', api: 'link_by_verified_email', kind: 'flag' },
};
export const PASSWORDS: SettingTable = {
  length: {
    name: 'passwordMinLength',
    api: 'password_min_length',
    path: 'config.passwordPolicy.minLength',
    kind: 'whole',
  },
  common: { name: 'refuseCommonPasswords', api: 'refuse_common_passwords', kind: 'flag' },
  breached: { name: 'refuseBreachedPasswords', api: 'refuse_breached_passwords', kind: 'flag' },
  privacy: { name: 'privacyMode', api: 'privacy_mode', kind: 'flag' },
};
export const ANONYMOUS: SettingTable = {
  expiry: {
    name: 'anonymousExpiryDays',
    api: 'anonymous_expiry_days',
    path: 'config.expireAfterInactiveDays',
    kind: 'whole',
  },
};

/** As they stand in the form. */
export function textsOf(table: SettingTable, values: Values): SettingTexts {
  return mapped(table, ({ name, kind }) =>
    kind === 'flag' ? (values[name] === true ? 'on' : '') : String(values[name]),
  );
}

export function typedIn(table: SettingTable, form: SentForm): SettingTexts {
  return mapped(table, (_setting, field) => form.get(field).trim());
}

/** @param fields those that are wanted @throws InvalidParameter */
export function valuesOf(table: SettingTable, texts: SettingTexts, fields: readonly string[]): Values {
  return Object.fromEntries(fields.map((field) => [table[field]!.name, valueOf(table[field]!, field, texts[field]!)]));
}

export function labelOf(field: string): string {
  return t.settings.labels[field as keyof typeof t.settings.labels];
}

/** An error's text with the labels of this page in place of the names that others have. */
export function withLabels(table: SettingTable, text: string): string {
  return Object.entries(table).reduce((said, [field, { api, path = api }]) => {
    return said.replaceAll(new RegExp(`'${api}'|${path}`, 'gi'), `“${labelOf(field)}”`);
  }, text);
}

/** @throws InvalidParameter */
function valueOf({ kind, api }: Setting, field: string, text: string): unknown {
  if (kind === 'flag') return text === 'on';
  if (kind !== 'whole') {
    if (!kind.includes(text)) throw new InvalidParameter(`'${api}' must be one of: ${kind.join(', ')}`);
    return text;
  }
  if (!/^\d{1,9}$/.test(text)) throw new InvalidParameter(t.settings.whole(labelOf(field)).slice(0, -1));
  return Number(text);
}

function mapped(table: SettingTable, text: (setting: Setting, field: string) => string): SettingTexts {
  return Object.fromEntries(Object.entries(table).map(([field, setting]) => [field, text(setting, field)]));
}
