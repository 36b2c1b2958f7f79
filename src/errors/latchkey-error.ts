import type { ErrorCode } from './error-codes.js';

/**
 * A fact that the client is told. Features subclass it beside the code that throws it and never name an HTTP status:
 * that stands once, in `error-codes.ts`.
 *
 * `message` is for the client: lower case, no full stop, no internals. What only the operator should see goes in `cause`.
 */
export abstract class LatchkeyError extends Error {
  abstract readonly code: ErrorCode;

  /** Becomes the `Retry-After` header. */
  readonly retryAfterSeconds?: number;

  /** Further string fields of the error body, snake_case. */
  readonly details?: Readonly<Record<string, string>>;

  override get name(): string {
    return this.constructor.name;
  }
}
