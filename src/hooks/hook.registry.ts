import { Injectable, Logger } from '@nestjs/common';
import { LatchkeyError } from '../errors/latchkey-error.js';
import type { AuthHook } from './auth-hook.js';

type Before = 'beforeLogin' | 'beforeRegistration' | 'beforeDeletion';
type After =
  | 'afterLogin'
  | 'afterLoginFailed'
  | 'afterLink'
  | 'afterUnlink'
  | 'afterMerge'
  | 'afterRegistration'
  | 'afterConfirmation'
  | 'afterPasswordReset'
  | 'afterLogout'
  | 'afterOthersLoggedOut'
  | 'afterSuspiciousSession'
  | 'afterDeletion';

/** The hooks of all modules, called in the order they were registered. */
@Injectable()
export class HookRegistry {
  readonly #logger = new Logger(HookRegistry.name);
  readonly #hooks: AuthHook[] = [];

  register(hook: AuthHook): void {
    this.#hooks.push(hook);
  }

  /** @throws LoginRefused (or whatever the hook threw) from the first hook that refuses */
  async before<K extends Before>(point: K, event: Parameters<AuthHook[K]>[0]): Promise<void> {
    for (const hook of this.#hooks) await (hook[point] as (event: unknown) => Promise<void>).call(hook, event);
  }

  async after<K extends After>(point: K, event: Parameters<AuthHook[K]>[0]): Promise<void> {
    for (const hook of this.#hooks) {
      try {
        await (hook[point] as (event: unknown) => Promise<void>).call(hook, event);
      } catch (error) {
        if (error instanceof LatchkeyError) this.#logger.warn(`${hook.constructor.name}.${point}: ${error.message}`);
        else this.#logger.error(error);
      }
    }
  }
}
