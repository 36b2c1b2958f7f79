import { ConfigError } from '../config/config-error.js';

/** What the store says when another process has its directory open; from its worker only the words arrive, not the class. */
const IN_USE = /is in use by process/;

/** Why a command did nothing, for a person. Never a stack: what went wrong inside stands in `cause` and is not for here. */
export function inWords(error: unknown): string {
  if (error instanceof ConfigError) return ['the settings are not right:', ...error.problems].join('\n  ');
  if (!(error instanceof Error)) return String(error);
  if (IN_USE.test(error.message)) {
    return `${error.message}\n  Stop that process first.`;
  }
  if (/^Mongo(ose)?(ServerSelection|Network)/.test(error.name))
    return `MONGODB_URI: no replica set answers there (${error.message})`;
  return error.message;
}
