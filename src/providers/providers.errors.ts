import { LatchkeyError } from '../errors/latchkey-error.js';

/** Unknown, not set up in this app, or disabled: the client need not know which. */
export class AuthProviderNotFound extends LatchkeyError {
  readonly code = 'AuthProviderNotFound';

  constructor(name: string) {
    super(`authentication via '${name.slice(0, 64)}' is unsupported`);
  }
}

/** The credentials are not right. */
export class AuthError extends LatchkeyError {
  readonly code = 'AuthError';
}
