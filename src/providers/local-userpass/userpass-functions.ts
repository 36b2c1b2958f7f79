import { Injectable, Logger } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { FunctionsService, type FunctionReference } from '../../functions/functions.service.js';

/** What a function decides: done, to be completed with the token, or refused. */
export type Verdict = 'success' | 'pending' | 'fail';

const VERDICTS = new Set<unknown>(['success', 'pending', 'fail']);

/** Asks the functions that confirm registrations and reset passwords. One that cannot be asked has refused. */
@Injectable()
export class UserpassFunctions {
  readonly #logger = new Logger(UserpassFunctions.name);

  constructor(private readonly functions: FunctionsService) {}

  async ask(app: App, reference: FunctionReference, args: readonly unknown[]): Promise<Verdict> {
    try {
      return this.#verdictIn(app, await this.functions.call(app, reference, args));
    } catch (error) {
      if (!(error instanceof LatchkeyError)) throw error;
      this.#logger.warn(`app ${app.clientAppId}: function '${reference.name ?? ''}': ${reasonOf(error)}`);
      return 'fail';
    }
  }

  #verdictIn(app: App, answer: unknown): Verdict {
    const status = typeof answer === 'object' && answer !== null && 'status' in answer ? answer.status : undefined;
    if (VERDICTS.has(status)) return status as Verdict;
    this.#logger.warn(`app ${app.clientAppId}: a function answered without a status of success, pending or fail`);
    return 'fail';
  }
}

function reasonOf(error: LatchkeyError): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
