import type { LoggerService } from '@nestjs/common';
import { destination, pino, type DestinationStream, type Logger } from 'pino';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

const GATHERED_BYTES = 4_096;
const GATHERED_MS = 100;
let standardOutput: DestinationStream | undefined;

/**
 * Standard output, written when enough has come together or a moment has passed: a system call a line costs a tenth of a request.
 * It is not synced while the server runs: where it is a file, requests would wait for the disk.
 */
function output(): DestinationStream {
  if (standardOutput) return standardOutput;
  const gathered = destination({ dest: 1, sync: true, minLength: GATHERED_BYTES });
  let due: NodeJS.Timeout | undefined;
  const flush = () => {
    due = undefined;
    gathered.flush();
  };
  process.once('exit', () => gathered.flushSync());
  standardOutput = {
    write(line) {
      gathered.write(line);
      due ??= setTimeout(flush, GATHERED_MS).unref();
    },
  };
  return standardOutput;
}

let time = { at: Number.NaN, field: '' };

/** Many lines are of the same millisecond, and to write a date costs as much as all the rest of a line. */
function timeField(): string {
  const at = Date.now();
  if (at !== time.at) time = { at, field: `,"time":"${new Date(at).toISOString()}"` };
  return time.field;
}

/** JSON lines for machines, or readable lines when a person watches. Headers, bodies and queries are never given to it. */
export async function createLogger(level: LogLevel, pretty: boolean): Promise<Logger> {
  const options = { level, base: undefined, timestamp: timeField };
  if (!pretty) return pino(options, output());
  const { build } = await import('pino-pretty');
  return pino(options, build({ translateTime: 'SYS:HH:MM:ss', singleLine: true }));
}

/** Lets Nest itself, and modules from outside, log through the same logger. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug({ context: rest.at(-1) }, String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn({ context: rest.at(-1) }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const err = message instanceof Error ? message : undefined;
    this.logger.error({ context: rest.at(-1), err }, err ? err.message : String(message));
  }
}
