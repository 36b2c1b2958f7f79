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
  constructor(most: number) {
    super(`an app may have at most ${most} API keys`);
  }
}
