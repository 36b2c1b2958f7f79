import { Injectable } from '@nestjs/common';
import type { AuthProvider } from './auth-provider.js';

/** The kinds of providers that this server has; which of them an app uses is in its provider configurations. */
@Injectable()
export class ProviderRegistry {
  readonly #byType = new Map<string, AuthProvider>();

  /** @throws when the type is taken, naming both classes: the start ends there */
  register(provider: AuthProvider): void {
    const taken = this.#byType.get(provider.type);
    if (taken) {
      throw new Error(
        `provider type '${provider.type}' is taken: ${taken.constructor.name} and ${provider.constructor.name}`,
      );
    }
    this.#byType.set(provider.type, provider);
  }

  find(type: string): AuthProvider | undefined {
    return this.#byType.get(type);
  }

  types(): string[] {
    return [...this.#byType.keys()];
  }
}
