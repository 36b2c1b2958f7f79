import type { Strategy } from 'passport';

export type StrategyOutcome =
  | { kind: 'success'; user: unknown; info: unknown }
  | { kind: 'fail'; challenge: unknown }
  | { kind: 'redirect'; url: string }
  | { kind: 'pass' };

/** What Passport writes onto a strategy before it calls `authenticate`. */
interface Callbacks {
  success(user: unknown, info?: unknown): void;
  fail(challenge?: unknown): void;
  redirect(url: string, status?: number): void;
  pass(): void;
  error(error: unknown): void;
}

/**
 * Runs a Passport strategy and returns its outcome as a value. Passport writes its callbacks onto the strategy it is given,
 * so each run gets an object of its own that inherits from the shared one: two logins at once never meet.
 *
 * @throws what the strategy reports as error
 */
export function runStrategy(strategy: Strategy, request: object, options: object = {}): Promise<StrategyOutcome> {
  return new Promise((resolve, reject) => {
    const callbacks: Callbacks = {
      success: (user, info) => resolve({ kind: 'success', user, info }),
      fail: (challenge) => resolve({ kind: 'fail', challenge }),
      redirect: (url) => resolve({ kind: 'redirect', url }),
      pass: () => resolve({ kind: 'pass' }),
      error: (error) => reject(error instanceof Error ? error : new Error(String(error))),
    };
    const run = Object.assign(
      Object.create(strategy) as { authenticate(request: object, options: object): void },
      callbacks,
    );
    try {
      run.authenticate(request, options);
    } catch (error) {
      callbacks.error(error);
    }
  });
}
