import { LatchkeyError } from '../../errors/latchkey-error.js';

/** The password was right, and a code is needed besides. */
export class SecondFactorRequired extends LatchkeyError {
  readonly code = 'SecondFactorRequired';

  constructor() {
    super('this account has a second factor: send a code in totp');
  }
}

/** The password was right, the code was not, or was used before. */
export class SecondFactorWrong extends LatchkeyError {
  readonly code = 'SecondFactorWrong';

  constructor() {
    super('the code is wrong, or was used already');
  }
}

/** The same for somebody who is logged in: not 401, which would make clients log in again. */
export class CodeRefused extends LatchkeyError {
  readonly code = 'InvalidParameter';

  constructor() {
    super('the code is wrong, or was used already');
  }
}

/** The password of somebody who is logged in, asked for once more. */
export class PasswordRefusedAgain extends LatchkeyError {
  readonly code = 'InvalidParameter';

  constructor() {
    super('the password is wrong');
  }
}

/** There is one already, or none, or none that waits to be confirmed. */
export class SecondFactorState extends LatchkeyError {
  readonly code = 'BadRequest';
}
