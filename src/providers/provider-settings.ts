import { InvalidParameter } from '../errors/errors.js';
import type { AuthProvider } from './auth-provider.js';

/** The parts of a provider that an administrator sets, in the original's spelling. */
export const SETTINGS = ['config', 'secret_config', 'metadata_fields', 'redirect_uris', 'domain_restrictions'] as const;

/** Objects whose keys a PATCH replaces one by one; everything else is replaced whole. */
const MERGED = new Set<string>(['config', 'secret_config']);

/** Old tools put a secret into `config` itself; it is moved to a secret of its own, which this key of `secret_config` names. */
export const INLINE_SECRETS: Record<string, { key: string; list: boolean }> = {
  clientSecret: { key: 'clientSecret', list: false },
  signingKey: { key: 'signingKeys', list: true },
};

/** @throws InvalidParameter */
export function parseSettings(provider: AuthProvider, settings: object): unknown {
  const parsed = provider.settingsSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidParameter(`${issue?.path.join('.') || 'settings'}: ${issue?.message ?? 'not valid'}`);
}

/** Takes what are settings from a body; the rest is not for the provider. @throws InvalidParameter */
export function settingsIn(body: object): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (!(SETTINGS as readonly string[]).includes(name) || value === undefined || value === null) continue;
    if (MERGED.has(name) !== isPlainObject(value)) {
      throw new InvalidParameter(`'${name}' must be ${MERGED.has(name) ? 'an object' : 'an array'}`);
    }
    settings[name] = value;
  }
  return settings;
}

/** What is stored after a PATCH: keys of `config` one by one, the rest whole, what is absent stays. */
export function merged(stored: Record<string, unknown>, change: Record<string, unknown>): Record<string, unknown> {
  const result = { ...stored };
  for (const [name, value] of Object.entries(change)) {
    const before = result[name];
    result[name] = MERGED.has(name) && isPlainObject(before) ? { ...before, ...(value as object) } : value;
  }
  return result;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
