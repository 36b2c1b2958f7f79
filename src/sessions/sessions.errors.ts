import { LatchkeyError } from '../errors/latchkey-error.js';

/**
 * The token is not good (any more). The texts are the original's where clients look for them: an administrator's tool
 * refreshes on `access token expired`, realm-web swallows `failed to find refresh token` at logout.
 */
export class InvalidSession extends LatchkeyError {
  readonly code = 'InvalidSession';

  private constructor(message: string) {
    super(`invalid session: ${message}`);
  }

  static accessTokenExpired(): InvalidSession {
    return new InvalidSession('access token expired');
  }

  /** Garbage, tampered, foreign, of another kind, or of a session that is over: the client need not know which. */
  static accessTokenRefused(): InvalidSession {
    return new InvalidSession('access token is not valid');
  }

  static refreshTokenRefused(): InvalidSession {
    return new InvalidSession('failed to find refresh token');
  }
}

/** Logout with something that was never one of our refresh tokens. Carries no code: the session may be alive. */
export class NotARefreshToken extends LatchkeyError {
  readonly code = 'NotARefreshToken';

  constructor() {
    super('invalid session: failed to find refresh token');
  }
}

export class MissingAuthorization extends LatchkeyError {
  readonly code = 'MissingAuthReq';

  constructor() {
    super('expected Authorization header with JWT (Bearer schema)');
  }
}

/** The token is good, but for another app. Not 401: a client would refresh and ask again without end (trap 1). */
export class UserAppDomainMismatch extends LatchkeyError {
  readonly code = 'UserAppDomainMismatch';

  constructor() {
    super('the token belongs to a user of another app');
  }
}

export class SessionNotFound extends LatchkeyError {
  readonly code = 'NotFound';

  constructor() {
    super('session not found');
  }
}
