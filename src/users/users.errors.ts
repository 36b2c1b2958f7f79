import { LatchkeyError } from '../errors/latchkey-error.js';

export class UserNotFound extends LatchkeyError {
  readonly code = 'UserNotFound';

  constructor() {
    super('user not found');
  }
}

export class UserDisabled extends LatchkeyError {
  readonly code = 'UserDisabled';

  constructor() {
    super('user disabled');
  }
}

/** The address, or another identity, belongs to a user already. */
export class AccountNameInUse extends LatchkeyError {
  readonly code = 'AccountNameInUse';

  constructor(message = 'name already in use') {
    super(message);
  }
}
