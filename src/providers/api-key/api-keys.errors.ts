import { BadRequest } from '../../errors/errors.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';

export class ApiKeyNotFound extends LatchkeyError {
  readonly code = 'APIKeyNotFound';

  constructor() {
    super('API key not found');
  }
}

export class ApiKeyAlreadyExists extends LatchkeyError {
  readonly code = 'APIKeyAlreadyExists';

  constructor() {
    super('API key with name already exists');
  }
}

export class ApiKeysDisabled extends BadRequest {
  constructor() {
    super("the 'api-key' auth provider must be enabled first");
  }
}

export class TooManyApiKeys extends BadRequest {
  constructor(who: 'an app' | 'a user', most: number) {
    super(`${who} may have at most ${most} API keys`);
  }
}

/** A user who could not log in again otherwise, or a server. */
export class NoKeysForThisUser extends BadRequest {
  constructor() {
    super('anonymous users and servers may not have API keys of their own');
  }
}

/** It is what the caller is logged in with. */
export class ApiKeyInUse extends LatchkeyError {
  readonly code = 'APIKeyInUse';

  constructor() {
    super('cannot delete the API key of the current session');
  }
}

/** The same as the refusal of a login, where no answer may be a 401 (trap 2). */
export class ApiKeyRefusedForLink extends BadRequest {
  constructor() {
    super('invalid API key');
  }
}
