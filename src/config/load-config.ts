import { isLoopbackHost } from '../common/address.js';
import { ConfigError } from './config-error.js';
import { Config } from './config.js';
import { settings, type Setting, type SettingName, type Settings } from './settings.js';
import { closestTo } from './spelling.js';

/** What an error shows of a wrong value at most. */
const SHOWN = 80;

const known = new Map(Object.values(settings).map((setting): [string, Setting] => [setting.name, setting]));

/**
 * Reads and checks every setting. A variable that is set to nothing counts as not set.
 *
 * @throws ConfigError with a line for each wrong setting and for each unknown name that begins with LATCHKEY_
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const problems = unknownNames(env);
  const values: Record<string, unknown> = {};
  for (const [field, setting] of Object.entries(settings)) {
    const text = textOf(setting, env);
    if (text === undefined) continue;
    const read = setting.type.schema.safeParse(text);
    if (read.success) values[field] = read.data;
    else if (isGiven(setting, env)) problems.push(problem(setting, text, read.error.issues[0]?.message));
  }
  problems.push(...contradictions(env, values));
  if (problems.length > 0) throw new ConfigError(problems);
  return new Config(values as unknown as Settings);
}

function isGiven(setting: Setting, env: NodeJS.ProcessEnv): boolean {
  return (env[setting.name] ?? '').trim() !== '';
}

function textOf(setting: Setting, env: NodeJS.ProcessEnv): string | undefined {
  if (isGiven(setting, env)) return env[setting.name]?.trim();
  if (typeof setting.default !== 'object') return setting.default;
  return setting.default.derive((name) => {
    const other = known.get(name);
    return other && textOf(other, env);
  });
}

/** Texts of ours begin with `expected`; those of zod say less than the type's own words. */
function problem(setting: Setting, text: string, message: string | undefined): string {
  const expected = message?.startsWith('expected') ? message : `expected ${setting.type.expected}`;
  const got = setting.type.secret ? 'got something else, which is not shown' : `got ${JSON.stringify(shown(text))}`;
  return `${setting.name}: ${expected}, ${got}`;
}

/** Short, and without the password that somebody may have put into a URL. */
function shown(text: string): string {
  const open = text.replace(/\/\/[^/]*@/, '//…@');
  return open.length > SHOWN ? `${open.slice(0, SHOWN)}…` : open;
}

function unknownNames(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env)
    .filter((name) => name.toUpperCase().startsWith('LATCHKEY_') && !known.has(name))
    .sort()
    .map((name) => {
      const meant = closestTo(name, [...known.keys()]);
      return `${name}: there is no such setting${meant ? `, did you mean ${meant}?` : ''}`;
    });
}

/** Settings that are right alone and wrong together. A field that is wrong alone is absent from `values`. */
function contradictions(env: NodeJS.ProcessEnv, values: Partial<Settings>): string[] {
  const given = (field: SettingName) => isGiven(settings[field], env);
  const problems: string[] = [];
  if (values.host !== undefined && !isLoopbackHost(values.host) && !given('publicUrl')) {
    problems.push(
      `${settings.publicUrl.name}: must be given when HOST is ${values.host}, so that links and tokens name an address that others reach`,
    );
  }
  if (given('mongodbUri') && !given('masterKey')) {
    problems.push(
      `${settings.masterKey.name}: must be given with MONGODB_URI; make one with "openssl rand -base64 32" and keep it safe`,
    );
  }
  if (given('smtpUrl') && !given('mailFrom')) {
    problems.push(`${settings.mailFrom.name}: must be given with ${settings.smtpUrl.name}`);
  }
  return problems;
}
