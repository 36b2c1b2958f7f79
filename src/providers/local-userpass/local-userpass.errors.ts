import { BadRequest } from '../../errors/errors.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';

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

export class EmailInvalid extends BadRequest {
  constructor() {
    super('email invalid');
  }
}

export class PasswordRefused extends BadRequest {}
