import { isPlainObject } from '../../providers/provider-settings.js';

/** Something of the original that has no equivalent here. */
export interface LeftOut {
  what: string;
  count: number;
}

/** Taken, or without meaning of their own. */
const READ = new Set([
  'allowed_request_origins',
  'app_id',
  'auth',
  'auth_providers',
  'config_version',
  'custom_user_data',
  'custom_user_data_config',
  'deployment_model',
  'environment',
  'functions',
  'jsconfig',
  'location',
  'name',
  'provider_region',
  'security',
]);

const READ_IN: Record<string, Set<string>> = {
  auth: new Set(['providers', 'custom_user_data']),
  security: new Set(['allowed_request_origins']),
};

const MOST = 50;

/** What an export holds besides, with how many of each: triggers, rules, hosting, sync, values and whatever else. */
export function leftOutOf(document: Record<string, unknown>): LeftOut[] {
  const found = countsOf(document, '', READ);
  for (const [folder, read] of Object.entries(READ_IN)) {
    const inside = document[folder];
    if (isPlainObject(inside)) found.push(...countsOf(inside, `${folder}/`, read));
  }
  return found.slice(0, MOST);
}

function countsOf(fields: Record<string, unknown>, prefix: string, read: ReadonlySet<string>): LeftOut[] {
  return Object.entries(fields)
    .filter(([name]) => !read.has(name))
    .map(([name, value]) => ({ what: `${prefix}${name}`.slice(0, 64), count: sizeOf(value) }))
    .filter(({ count }) => count > 0);
}

/** 0 for what is there but empty, or says that it is off. */
function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (isPlainObject(value)) return value['enabled'] === false ? 0 : Math.min(Object.keys(value).length, 1);
  return value === null || value === undefined || value === '' || value === false ? 0 : 1;
}
