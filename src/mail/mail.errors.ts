import { LatchkeyError } from '../errors/latchkey-error.js';

export class MailNotFound extends LatchkeyError {
  readonly code = 'MailNotFound';

  constructor() {
    super('mail not found');
  }
}
