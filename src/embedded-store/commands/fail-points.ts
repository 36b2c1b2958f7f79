import { type Doc, isDoc } from '../bson/value.js';
import { badValue, ErrorCodes, MongoError, unsupported } from '../errors.js';
import type { Connection } from '../wire/connection.js';
import type { Command } from './command.js';
import { labelsOf } from './error-labels.js';
import { boolean, document, int, integer, optional, required, string, toDoc } from './values.js';

/** What a fail point does to a command. */
interface Failure {
  commands: ReadonlySet<string>;
  appName: string | undefined;
  namespace: string | undefined;
  errorCode: number | undefined;
  errorLabels: string[] | undefined;
  closeConnection: boolean;
  blockMs: number;
  writeConcernError: Doc | undefined;
}

/**
 * The fail point `failCommand` of MongoDB's test servers, which the drivers' own tests set. It exists only when the store was started with
 * `failPoints`, which nothing in production does.
 *
 * @see https://github.com/mongodb/mongo/wiki/The-%22failCommand%22-fail-point
 */
export class FailPoints {
  private failure: Failure | undefined;
  /** How many commands it will pass by, and then how many it will still meet. */
  private toSkip = 0;
  private left = 0;

  configure(args: Doc): void {
    const name = required(args, 'configureFailPoint', string);
    if (name !== 'failCommand') throw unsupported(`the fail point '${name}'`);
    ({ skip: this.toSkip, times: this.left } = modeOf(args));
    this.failure = this.left > 0 ? readFailure(required(args, 'data', document)) : undefined;
  }

  /**
   * Called before each command.
   *
   * @returns fields to put into the reply, after the command ran
   * @throws MongoError in the place of the command
   */
  async meet(args: Doc, connection: Connection): Promise<Doc | undefined> {
    const { failure } = this;
    if (!failure || this.left <= 0 || !isMeant(failure, args, connection)) return undefined;
    if (this.toSkip-- > 0) return undefined;
    this.left--;
    if (failure.blockMs > 0) await new Promise<void>((resolve) => setTimeout(resolve, failure.blockMs));
    if (failure.closeConnection) {
      connection.close();
      throw new MongoError(ErrorCodes.HostUnreachable, "closed by the 'failCommand' failpoint");
    }
    const { errorCode, writeConcernError } = failure;
    const code = errorCode ?? optional(writeConcernError ?? new Map(), 'code', integer);
    const labels = failure.errorLabels ?? labelsOf(code, args);
    if (errorCode !== undefined)
      throw new MongoError(errorCode, "Failing command via 'failCommand' failpoint", { labels });
    return writeConcernError && toDoc({ writeConcernError, ...(labels.length > 0 && { errorLabels: labels }) });
  }
}

function isMeant({ commands, appName, namespace }: Failure, args: Doc, connection: Connection): boolean {
  const [[name, target] = ['', undefined]] = args;
  if (!commands.has(name) || (appName !== undefined && connection.appName !== appName)) return false;
  const database = args.get('$db');
  if (namespace === undefined) return true;
  return typeof database === 'string' && typeof target === 'string' && namespace === `${database}.${target}`;
}

function modeOf(args: Doc): { skip: number; times: number } {
  const mode = args.get('mode');
  if (mode === 'off') return { skip: 0, times: 0 };
  if (mode === 'alwaysOn') return { skip: 0, times: Infinity };
  if (isDoc(mode) && mode.has('times')) return { skip: 0, times: required(mode, 'times', integer) };
  if (isDoc(mode) && mode.has('skip')) return { skip: required(mode, 'skip', integer), times: Infinity };
  throw badValue("the mode of a fail point is 'off', 'alwaysOn', {times: n} or {skip: n}");
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

function readFailure(data: Doc): Failure {
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

export const configureFailPoint: Command = {
  options: ['mode', 'data'],
  run({ server, args }) {
    if (!server.failPoints) throw new MongoError(59, "no such command: 'configureFailPoint'");
    server.failPoints.configure(args);
    return toDoc({ ok: 1, count: int(1) });
  },
};
