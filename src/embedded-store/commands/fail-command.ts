import type { Doc } from '../bson/value.js';
import { unsupported } from '../errors.js';
import { boolean, document, integer, optional, string } from './values.js';

/** What the fail point `failCommand` does to a command. */
export interface CommandFailure {
  commands: ReadonlySet<string>;
  appName: string | undefined;
  namespace: string | undefined;
  errorCode: number | undefined;
  errorLabels: string[] | undefined;
  closeConnection: boolean;
  blockMs: number;
  writeConcernError: Doc | undefined;
}

/** Commands of members of the set and of the server itself, of which there are none, may be left out or not. */
const DATA_OPTIONS = [
  'failCommands',
  'failInternalCommands',
  'failLocalClients',
  'appName',
  'namespace',
  'errorCode',
  'errorLabels',
  'closeConnection',
  'blockConnection',
  'blockTimeMS',
  'writeConcernError',
];

export function readCommandFailure(data: Doc): CommandFailure {
  for (const option of data.keys())
    if (!DATA_OPTIONS.includes(option)) throw unsupported(`failCommand with '${option}'`);
  const blocks = optional(data, 'blockConnection', boolean) ?? false;
  return {
    commands: new Set(strings(data, 'failCommands') ?? []),
    appName: optional(data, 'appName', string),
    namespace: optional(data, 'namespace', string),
    errorCode: optional(data, 'errorCode', integer),
    errorLabels: strings(data, 'errorLabels'),
    closeConnection: optional(data, 'closeConnection', boolean) ?? false,
    blockMs: blocks ? (optional(data, 'blockTimeMS', integer) ?? 0) : 0,
    writeConcernError: optional(data, 'writeConcernError', document),
  };
}

function strings(data: Doc, name: string): string[] | undefined {
  const list = data.get(name);
  return Array.isArray(list) ? list.map((value) => string(value, name)) : undefined;
}
