import { LatchkeyError } from '../errors/latchkey-error.js';

export class SecretNotFound extends LatchkeyError {
  readonly code = 'SecretNotFound';

  constructor() {
    super('secret not found');
  }
}

export class SecretAlreadyExists extends LatchkeyError {
  readonly code = 'SecretAlreadyExists';

  constructor(name: string) {
    super(`a secret named '${name}' exists already`);
  }
}
