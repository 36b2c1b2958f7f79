import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { App } from '../apps/app.model.js';
import { LatchkeyError } from '../errors/latchkey-error.js';
import type { AuthFunction } from './auth-function.js';
import { FunctionRecordsService } from './function-records.service.js';
import { FunctionRegistry } from './function.registry.js';
import { FunctionFailed, FunctionMissing } from './functions.errors.js';
import { WebhookService } from './webhook.service.js';

const TIMEOUT_MS = 5_000;

/** How settings name a function: `authFunctionName`, `authFunctionId`. The name decides, since ids change with an import. */
export interface FunctionReference {
  name?: string | null | undefined;
  id?: string | null | undefined;
}

interface Found {
  /** For the log. */
  label: string;
  /** @throws FunctionMissing */
  prepare(): Promise<unknown>;
  /** @throws FunctionMissing, FunctionRefused, FunctionFailed */
  run(args: readonly unknown[], timeoutMs: number): Promise<unknown>;
}

/** Calls functions by name: the app's webhook, or what a module registered. Code of strangers is never run. */
@Injectable()
export class FunctionsService {
  readonly #logger = new Logger(FunctionsService.name);

  constructor(
    private readonly records: FunctionRecordsService,
    private readonly registry: FunctionRegistry,
    private readonly webhooks: WebhookService,
  ) {}

  /**
   * @returns what the function answers
   * @throws FunctionMissing, FunctionRefused, FunctionFailed
   */
  async call(
    app: App,
    wanted: string | FunctionReference,
    args: readonly unknown[],
    timeoutMs = TIMEOUT_MS,
  ): Promise<unknown> {
    const found = await this.#find(app, wanted);
    try {
      return await found.run(args, timeoutMs);
    } catch (error) {
      const failure = error instanceof LatchkeyError ? error : new FunctionFailed('it threw', { cause: error });
      if (failure instanceof FunctionMissing) {
        this.#logger.warn(`app ${app.clientAppId}: function '${found.label}': ${failure.reason}`);
      }
      throw failure;
    }
  }

  /** @returns why a call would not get anywhere, in words for an administrator; the function is not called */
  async problemWith(app: App, wanted: FunctionReference): Promise<string | undefined> {
    try {
      await (await this.#find(app, wanted)).prepare();
      return undefined;
    } catch (error) {
      if (error instanceof FunctionMissing) return error.reason;
      throw error;
    }
  }

  async #find(app: App, wanted: string | FunctionReference): Promise<Found> {
    const { name, id }: FunctionReference = typeof wanted === 'string' ? { name: wanted } : wanted;
    const record = await this.records.findBy(app, { name, id });
    const called = record?.name ?? name ?? '';
    const label = called || (id ?? '');
    if (record?.webhookUrl !== undefined) {
      const webhook = { name: called, url: record.webhookUrl, secret: record.secret };
      return {
        label,
        prepare: () => this.webhooks.getSecret(app, webhook.secret),
        run: (args, timeoutMs) => this.webhooks.call(app, webhook, args, timeoutMs),
      };
    }
    const registered = this.registry.find(called);
    const get = async (): Promise<AuthFunction> => {
      if (!registered) throw new FunctionMissing('it is neither a webhook nor registered by a module');
      return registered;
    };
    return { label, prepare: get, run: async (args, timeoutMs) => this.#run(app, await get(), args, timeoutMs) };
  }

  async #run(app: App, registered: AuthFunction, args: readonly unknown[], timeoutMs: number): Promise<unknown> {
    const timer = new AbortController();
    try {
      return await Promise.race([
        registered.run({ clientAppId: app.clientAppId, arguments: args }),
        sleep(timeoutMs, undefined, { signal: timer.signal }).then(() => {
          throw new FunctionFailed(`no answer within ${timeoutMs} ms`);
        }),
      ]);
    } finally {
      timer.abort();
    }
  }
}
