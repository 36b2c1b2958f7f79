import { LatchkeyError } from '../../errors/latchkey-error.js';

/** A genuine token of the other kind. Carries no code: `InvalidSession` would make tools refresh (admin-api.md section 1). */
export class AdminTokenOfOtherKind extends LatchkeyError {
  readonly code = 'AdminTokenOfOtherKind';

  private constructor(message: string) {
    super(message);
  }

  static refreshForAccess(): AdminTokenOfOtherKind {
    return new AdminTokenOfOtherKind('invalid session: valid Issuer required');
  }

  static accessForRefresh(): AdminTokenOfOtherKind {
    return new AdminTokenOfOtherKind('invalid refresh token: incorrect token type');
  }
}

/** A key pair that is not right. The text is the original's, which had no code either. */
export class AdminKeyRefused extends LatchkeyError {
  readonly code = 'AdminKeyRefused';

  constructor() {
    super('failed to authenticate with MongoDB Cloud API: You are not authorized for this resource.');
  }
}

/** Unknown, or one where the caller has no role: the answer is the same. */
export class GroupNotFound extends LatchkeyError {
  readonly code = 'NotFound';

  constructor() {
    super('group could not be found');
  }
}

/** Unknown, or of another group. */
export class AdminAppNotFound extends LatchkeyError {
  readonly code = 'NotFound';

  constructor() {
    super('app could not be found');
  }
}

export class RoleTooWeak extends LatchkeyError {
  readonly code = 'RoleTooWeak';

  constructor(needed: string) {
    super(`this needs the role ${needed}`);
  }
}

/** A cookie came along with a request that no page of ours has sent. */
export class CookieFromElsewhere extends LatchkeyError {
  readonly code = 'OriginNotAllowed';

  constructor() {
    super('the session cookie counts only for requests of pages of this server');
  }
}

export class AdministratorNotFound extends LatchkeyError {
  readonly code = 'UserNotFound';

  constructor() {
    super('administrator not found');
  }
}

export class AdminKeyNotFound extends LatchkeyError {
  readonly code = 'APIKeyNotFound';

  constructor() {
    super('API key not found');
  }
}

export class AdminSessionNotFound extends LatchkeyError {
  readonly code = 'NotFound';

  constructor() {
    super('session not found');
  }
}

/** A group must not be left without an owner. */
export class LastOwner extends LatchkeyError {
  readonly code = 'LastOwner';

  constructor() {
    super('the last owner of a group cannot be removed or weakened: make another owner first');
  }
}

/** Used, too old, never made, or (setup) too late: one answer. */
export class LinkRefused extends LatchkeyError {
  readonly code = 'LinkRefused';

  constructor() {
    super('this link is not valid, or not any more');
  }
}

export class OldPasswordWrong extends LatchkeyError {
  readonly code = 'InvalidPasswordForLink';

  constructor() {
    super('the old password is wrong');
  }
}
