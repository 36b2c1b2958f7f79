import { InvalidParameter } from '../../errors/errors.js';
import { isPlainObject } from '../../providers/provider-settings.js';
import { leftOutOf, type LeftOut } from './left-out.js';

type Fields = Record<string, unknown>;

/** What of an exported app is about logging in, whichever layout it came in. */
export interface ExportedApp {
  name?: string;
  clientAppId?: string;
  deployment: { location?: string; deploymentModel?: string; providerRegion?: string; environment?: string };
  /** Absent where the export says nothing of them. */
  origins?: unknown[];
  providers: ExportedProvider[];
  /** As in the file: services and functions by name. */
  customUserData?: Fields;
  /** Names of all functions. */
  functions: string[];
  leftOut: LeftOut[];
}

export interface ExportedProvider {
  type: string;
  body: Fields;
}

/**
 * Reads an export as one JSON object: the fields of the root file, and each folder as a field. Both layouts
 * (admin-api.md section 13): `auth.providers` and `auth.custom_user_data`, or `auth_providers`, `custom_user_data_config` and
 * `security.allowed_request_origins`.
 *
 * @throws InvalidParameter with all that cannot be read
 */
export function readExport(document: unknown): ExportedApp {
  if (!isPlainObject(document)) throw new InvalidParameter('expected an exported app: one JSON object');
  const problems: string[] = [];
  const auth = objectIn(document, 'auth', problems);
  const security = objectIn(document, 'security', problems);
  const customUserData =
    auth['custom_user_data'] ?? document['custom_user_data_config'] ?? document['custom_user_data'];
  if (customUserData !== undefined && !isPlainObject(customUserData)) problems.push('custom user data: not an object');
  const origins = document['allowed_request_origins'] ?? security['allowed_request_origins'];
  if (origins !== undefined && origins !== null && !Array.isArray(origins)) {
    problems.push('allowed_request_origins: not an array');
  }
  const providers = readProviders(auth['providers'] ?? document['auth_providers'], problems);
  if (problems.length > 0) throw new InvalidParameter(problems.join('; '));
  return {
    ...textsIn(document, { name: 'name', clientAppId: 'app_id' }),
    deployment: textsIn(document, {
      location: 'location',
      deploymentModel: 'deployment_model',
      providerRegion: 'provider_region',
      environment: 'environment',
    }),
    ...(Array.isArray(origins) ? { origins } : {}),
    providers,
    ...(isPlainObject(customUserData) && Object.keys(customUserData).length > 0 ? { customUserData } : {}),
    functions: functionNames(document['functions']),
    leftOut: leftOutOf(document),
  };
}

/** By name in the newer layout, a list in the older one. */
function readProviders(from: unknown, problems: string[]): ExportedProvider[] {
  if (from === undefined || from === null) return [];
  if (typeof from !== 'object') {
    problems.push('auth providers: not an object or array');
    return [];
  }
  const read: ExportedProvider[] = [];
  for (const [key, body] of Object.entries(from)) {
    const place = Array.isArray(from) ? `auth provider ${Number(key) + 1}` : `auth provider '${key.slice(0, 64)}'`;
    if (!isPlainObject(body)) problems.push(`${place}: not an object`);
    else if (typeof body['type'] !== 'string') problems.push(`${place}: 'type' is a required string`);
    else if (read.some(({ type }) => type === body['type'])) problems.push(`${place}: its type occurs twice`);
    else read.push({ type: body['type'], body });
  }
  return read;
}

/** `[{config: {name}}]`, or `{config: [{name}]}`; command line tools wrote `configs` too. */
function functionNames(from: unknown): string[] {
  const list: unknown = isPlainObject(from) ? (from['config'] ?? from['configs']) : from;
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const config: unknown = isPlainObject(item) && isPlainObject(item['config']) ? item['config'] : item;
    return isPlainObject(config) && typeof config['name'] === 'string' ? [config['name']] : [];
  });
}

function objectIn(from: Fields, name: string, problems: string[]): Fields {
  const value = from[name];
  if (value === undefined || value === null) return {};
  if (isPlainObject(value)) return value;
  problems.push(`'${name}': not an object`);
  return {};
}

function textsIn<K extends string>(from: Fields, fields: Record<K, string>): Partial<Record<K, string>> {
  const found: Partial<Record<K, string>> = {};
  for (const [ours, theirs] of Object.entries(fields) as [K, string][]) {
    const text = from[theirs];
    if (typeof text === 'string' && text !== '') found[ours] = text;
  }
  return found;
}
