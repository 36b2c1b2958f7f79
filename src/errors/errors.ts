import type { ErrorCode } from './error-codes.js';
import { LatchkeyError } from './latchkey-error.js';

/** What the request says is not acceptable; the message names the field and what was expected. */
export class BadRequest extends LatchkeyError {
  readonly code: ErrorCode = 'BadRequest';
}

/** A field has a wrong type or value. */
export class InvalidParameter extends LatchkeyError {
  readonly code = 'InvalidParameter';
}

/** A required field is absent. */
export class MissingParameter extends LatchkeyError {
  readonly code = 'MissingParameter';
}

/** Nothing is served at this path. */
export class NotFound extends LatchkeyError {
  readonly code = 'NotFound';

  constructor() {
    super('nothing is served at this address');
  }
}

/** Something that the answer depends on cannot be had right now: nothing was changed, trying again is right. */
export class ServiceUnavailable extends LatchkeyError {
  readonly code = 'ServiceUnavailable';

  constructor(
    message = 'the service is not available right now',
    override readonly retryAfterSeconds = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A limit was reached. The message says which and for how long, never whether an account exists. */
export class TooManyRequests extends LatchkeyError {
  readonly code = 'TooManyRequests';

  constructor(
    what: string,
    override readonly retryAfterSeconds: number,
  ) {
    super(`${what}, try again in ${retryAfterSeconds} seconds`);
  }
}
