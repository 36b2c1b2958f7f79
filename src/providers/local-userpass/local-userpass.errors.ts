import { MOST, type PasswordFault } from '../../crypto/passwords/check-password.js';
import { BadRequest } from '../../errors/errors.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { AuthError } from '../providers.errors.js';

/** Wrong password, unknown address, deleted user: one answer, so that it tells nothing. */
export class InvalidPassword extends LatchkeyError {
  readonly code = 'InvalidPassword';

  constructor() {
    super('unauthorized');
  }
}

/** The same while linking, where a 401 would send realm-web into a loop and log Stitch users out (trap 2). */
export class InvalidPasswordForLink extends LatchkeyError {
  readonly code = 'InvalidPasswordForLink';

  constructor() {
    super('invalid username/password');
  }
}

/** At a change of password: no 401, after which a client would think its session over. */
export class OldPasswordWrong extends LatchkeyError {
  readonly code = 'InvalidPasswordForLink';

  constructor() {
    super('the old password is wrong');
  }
}

export class EmailInvalid extends BadRequest {
  constructor() {
    super('email invalid');
  }
}

export class PasswordRefused extends BadRequest {
  /** @param fault for those who say it in other words; absent where it is a rule of another kind */
  constructor(
    message: string,
    readonly fault?: PasswordFault,
  ) {
    super(message);
  }

  static for(fault: PasswordFault): PasswordRefused {
    return new PasswordRefused(wordsOf(fault), fault);
  }
}

function wordsOf(fault: PasswordFault): string {
  switch (fault.kind) {
    case 'length':
      return `password must be between ${fault.fewest} and ${MOST} characters`;
    case 'text':
      return 'password must be well-formed unicode';
    case 'common':
      return 'password is one of the most common, choose another one';
    case 'breached':
      return 'password is known from a data breach, choose another one';
  }
}

/** The right password for an address that waits for its confirmation. */
export class ConfirmationRequired extends AuthError {
  constructor() {
    super('confirmation required');
  }
}

/** The same while linking, where no answer may be a 401 (trap 2). */
export class ConfirmationRequiredForLink extends BadRequest {
  constructor() {
    super('confirmation required');
  }
}

export class UserAlreadyConfirmed extends LatchkeyError {
  readonly code = 'UserAlreadyConfirmed';

  constructor() {
    super('already confirmed');
  }
}

export class UserpassTokenInvalid extends LatchkeyError {
  readonly code = 'UserpassTokenInvalid';

  constructor() {
    super('userpass token is expired or invalid');
  }
}

/** The app has a function confirm its users, and it did not. */
export class RegistrationFailed extends BadRequest {
  constructor(email: string) {
    super(`failed to confirm user "${email}"`);
  }
}

export class AutomaticallyConfirmed extends BadRequest {
  constructor(email: string) {
    super(`cannot run confirmation for ${email}: automatic confirmation is enabled`);
  }
}

/** A mail is not how the app confirms its users. */
export class ConfirmationByFunction extends BadRequest {
  constructor() {
    super('please confirm via function');
  }
}

/** The reverse: no function is set up for it. */
export class ConfirmationByMail extends BadRequest {
  constructor() {
    super('please confirm via email');
  }
}

/** A user without an email identity has no password and no address of ours to change. */
export class NoEmailIdentity extends BadRequest {
  constructor() {
    super('the user has no local-userpass identity');
  }
}

/** A mail is not how the app resets passwords. */
export class ResetByFunction extends BadRequest {
  constructor() {
    super('please use reset password via function');
  }
}

/** The reverse: no function is set up for it. */
export class ResetByMail extends BadRequest {
  constructor() {
    super('please use reset password via email');
  }
}

export class ResetFailed extends BadRequest {
  constructor(email: string) {
    super(`failed to reset password for user "${email}"`);
  }
}
