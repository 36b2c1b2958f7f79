import { BadRequest } from '../../errors/errors.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';

/** Whoever found an open browser must not join its account to their own. */
export class FreshLoginRequired extends LatchkeyError {
  readonly code = 'FreshLoginRequired';

  constructor() {
    super('log in again before you merge');
  }
}

export class CannotBeMerged extends BadRequest {}
