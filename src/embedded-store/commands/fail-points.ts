import { type Doc, isDoc } from '../bson/value.js';
import { badValue, ErrorCodes, MongoError, unsupported } from '../errors.js';
import type { Connection } from '../wire/connection.js';
import type { Command } from './command.js';
import { labelsOf, streamLabelsOf, waitLabelsOf } from './error-labels.js';
import { type CommandFailure, readCommandFailure } from './fail-command.js';
import { bigInteger, boolean, document, int, integer, optional, required, string, toDoc } from './values.js';

/** How often a fail point lets something pass, and how often it strikes after that. */
interface Mode {
  skip: number;
  times: number;
}

/** A fail point as the client set it. */
interface Point extends Mode {
  data: Doc;
}

/** What a command is that a fail point may meet. */
export interface Met {
  args: Doc;
  connection: Connection;
  /** How many documents or statements it writes. */
  statements: number;
  /** Whether a cursor belongs to a change stream. */
  isStream: (cursor: bigint) => boolean;
  /** It is a retried write that was done already. */
  isDone: boolean;
}

/** What becomes of a command that runs all the same. */
export interface Aftermath {
  /** Put into its reply. */
  fields?: Doc | undefined;
  /** Nobody gets to know its reply. */
  isLost?: boolean;
}

/**
 * The fail points of MongoDB's test servers that the drivers' own tests set. They exist only when the store was started with `failPoints`,
 * which nothing in production does.
 *
 * @see https://github.com/mongodb/mongo/wiki/The-%22failCommand%22-fail-point
 */
export class FailPoints {
  private command: (Mode & { failure: CommandFailure }) | undefined;
  private getMore: Point | undefined;
  private write: Point | undefined;

  configure(args: Doc): void {
    const name = required(args, 'configureFailPoint', string);
    const mode = modeOf(args);
    const data = optional(args, 'data', document) ?? new Map();
    const point = mode.times > 0 ? { ...mode, data } : undefined;
    if (name === 'failCommand') this.command = point && { ...mode, failure: readCommandFailure(data) };
    else if (name === 'failGetMoreAfterCursorCheckout') this.getMore = point;
    else if (name === 'onPrimaryTransactionalWrite') this.write = point;
    else throw unsupported(`the fail point '${name}'`);
  }

  /**
   * Called before each command.
   *
   * @throws MongoError in the place of the command
   */
  async meet(met: Met): Promise<Aftermath> {
    const fields = await this.meetCommand(met);
    this.meetGetMore(met);
    return { fields, isLost: this.meetWrite(met) };
  }

  private async meetCommand({ args, connection }: Met): Promise<Doc | undefined> {
    const { command } = this;
    if (!command || !isMeant(command.failure, args, connection) || !strikes(command)) return undefined;
    const { errorCode, writeConcernError, errorLabels, blockMs, closeConnection } = command.failure;
    if (blockMs > 0) await new Promise<void>((resolve) => setTimeout(resolve, blockMs));
    if (closeConnection) cut(connection);
    const labels =
      errorLabels ?? (errorCode === undefined ? waitLabelsOf(writeConcernError, args) : labelsOf(errorCode, args));
    if (errorCode !== undefined) throw failed(errorCode, labels);
    return writeConcernError && toDoc({ writeConcernError, ...(labels.length > 0 && { errorLabels: labels }) });
  }

  private meetGetMore({ args, connection, isStream }: Met): void {
    const point = this.getMore;
    const cursor = optional(args, 'getMore', bigInteger);
    if (!point || cursor === undefined || !strikes(point)) return;
    if (optional(point.data, 'closeConnection', boolean)) cut(connection);
    const code = optional(point.data, 'errorCode', integer) ?? ErrorCodes.InternalError;
    throw failed(code, isStream(cursor) ? streamLabelsOf(code) : []);
  }

  /** Of a retryable write, whose connection is closed once it is done, or which fails before. */
  private meetWrite({ args, connection, statements, isDone }: Met): boolean {
    const point = this.write;
    if (!point || isDone || !args.has('txnNumber') || args.has('autocommit')) return false;
    const code = optional(point.data, 'failBeforeCommitExceptionCode', integer);
    const closes = optional(point.data, 'closeConnection', boolean) ?? true;
    let struck = 0;
    for (let i = 0; i < statements; i++) {
      if (!strikes(point)) continue;
      struck++;
      if (code !== undefined) break;
    }
    if (struck === 0) return false;
    if (code === undefined) return closes;
    if (closes) cut(connection);
    throw failed(code, labelsOf(code, args));
  }
}

function strikes(mode: Mode): boolean {
  if (mode.skip > 0) {
    mode.skip--;
    return false;
  }
  return mode.times-- > 0;
}

const failed = (code: number, labels: string[]): MongoError =>
  new MongoError(code, "Failing command via 'failCommand' failpoint", { labels });

function cut(connection: Connection): never {
  connection.close();
  throw new MongoError(ErrorCodes.HostUnreachable, 'closed by a fail point');
}

function isMeant({ commands, appName, namespace }: CommandFailure, args: Doc, connection: Connection): boolean {
  const [[name, target] = ['', undefined]] = args;
  if (!commands.has(name) || (appName !== undefined && connection.appName !== appName)) return false;
  const database = args.get('$db');
  if (namespace === undefined) return true;
  return typeof database === 'string' && typeof target === 'string' && namespace === `${database}.${target}`;
}

function modeOf(args: Doc): Mode {
  const mode = args.get('mode');
  if (mode === 'off') return { skip: 0, times: 0 };
  if (mode === 'alwaysOn') return { skip: 0, times: Infinity };
  if (isDoc(mode) && mode.has('times')) return { skip: 0, times: required(mode, 'times', integer) };
  if (isDoc(mode) && mode.has('skip')) return { skip: required(mode, 'skip', integer), times: Infinity };
  throw badValue("the mode of a fail point is 'off', 'alwaysOn', {times: n} or {skip: n}");
}

export const configureFailPoint: Command = {
  options: ['mode', 'data'],
  run({ server, args }) {
    if (!server.failPoints) throw new MongoError(59, "no such command: 'configureFailPoint'");
    server.failPoints.configure(args);
    return toDoc({ ok: 1, count: int(1) });
  },
};
