import { BadRequest } from '../../errors/errors.js';
import { AuthError } from '../providers.errors.js';

/** What the function answered names nobody. */
export class NoIdentity extends AuthError {
  constructor(fault: string) {
    super(`the id that the function gave ${fault}`);
  }
}

/** A refusal while linking, where no answer may be a 401 (trap 2). */
export class FunctionRefusedLink extends BadRequest {}
