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

/** The administrator's id names no provider of the app. */
export class ProviderRecordNotFound extends LatchkeyError {
  readonly code = 'AuthProviderNotFound';

  constructor() {
    super('auth provider not found');
  }
}

export class AuthProviderAlreadyExists extends LatchkeyError {
  readonly code = 'AuthProviderAlreadyExists';

  constructor(name: string) {
    super(`an auth provider named '${name.slice(0, 64)}' exists already`);
  }
}
