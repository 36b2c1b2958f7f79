import { type Doc, isDoc } from '../bson/value.js';
import { badValue, ErrorCodes, MongoError, unsupported } from '../errors.js';
import type { Connection } from '../wire/connection.js';
import type { Command } from './command.js';
import { boolean, document, int, integer, optional, required, string, toDoc } from './values.js';

/** What a fail point does to a command. */
interface Failure {
  commands: ReadonlySet<string>;
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
  /** How many commands it will still meet. */
  private left = 0;

  configure(args: Doc): void {
    const name = required(args, 'configureFailPoint', string);
    if (name !== 'failCommand') throw unsupported(`the fail point '${name}'`);
    this.left = timesOf(args);
    this.failure = this.left > 0 ? readFailure(required(args, 'data', document)) : undefined;
  }

  /**
   * Called before each command.
   *
   * @returns an error to put into the reply, after the command ran
   * @throws MongoError in the place of the command
   */
  async meet(command: string, connection: Connection): Promise<Doc | undefined> {
    const { failure } = this;
    if (!failure || this.left <= 0 || !failure.commands.has(command)) return undefined;
    this.left--;
    if (failure.blockMs > 0) await new Promise<void>((resolve) => setTimeout(resolve, failure.blockMs));
    if (failure.closeConnection) {
      connection.close();
      throw new MongoError(ErrorCodes.HostUnreachable, "closed by the 'failCommand' failpoint");
    }
    if (failure.errorCode !== undefined) {
      const labels = failure.errorLabels;
      throw new MongoError(failure.errorCode, "Failing command via 'failCommand' failpoint", labels && { labels });
    }
    return failure.writeConcernError;
  }
}

function timesOf(args: Doc): number {
  const mode = args.get('mode');
  if (mode === 'off') return 0;
  if (mode === 'alwaysOn') return Infinity;
  if (isDoc(mode) && mode.has('times')) return required(mode, 'times', integer);
  throw badValue("the mode of a fail point is 'off', 'alwaysOn' or {times: n}");
}

const DATA_OPTIONS = [
  'failCommands',
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
