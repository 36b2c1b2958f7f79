import { Injectable } from '@nestjs/common';
import type { AuthFunction } from './auth-function.js';

/** The functions of all modules. */
@Injectable()
export class FunctionRegistry {
  readonly #byName = new Map<string, AuthFunction>();

  /** @throws when the name is taken, naming both classes: the start ends there */
  register(made: AuthFunction): void {
    const taken = this.#byName.get(made.name);
    if (taken) {
      throw new Error(`function '${made.name}' is taken: ${taken.constructor.name} and ${made.constructor.name}`);
    }
    this.#byName.set(made.name, made);
  }

  find(name: string): AuthFunction | undefined {
    return this.#byName.get(name);
  }
}
