import { LatchkeyError } from '../errors/latchkey-error.js';

export class SigningKeyNotFound extends LatchkeyError {
  readonly code = 'NotFound';

  constructor() {
    super('signing key not found, or retired already');
  }
}
