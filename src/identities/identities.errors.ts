import { BadRequest } from '../errors/errors.js';
import { LatchkeyError } from '../errors/latchkey-error.js';

/** 409, never the 401 that sends SDKs into a loop or logs their user out (client-api.md, trap 2). */
export class IdentityBelongsToAnother extends LatchkeyError {
  readonly code = 'AccountNameInUse';

  constructor() {
    super('a user already exists with the specified provider');
  }
}

export class AnonymousLinkRefused extends BadRequest {
  constructor() {
    super('linking an anonymous identity is not allowed');
  }
}

export class SecondEmailRefused extends BadRequest {
  constructor() {
    super('linking a local-userpass identity is not allowed when one is already linked');
  }
}
