import { BadRequest } from '../../errors/errors.js';
import { AuthError } from '../providers.errors.js';

const text = (reason: string): string => `invalid custom auth token: ${reason}`;

export class CustomTokenRefused extends AuthError {
  constructor(reason: string) {
    super(text(reason));
  }
}

/** The same while linking, where no answer may be a 401 (trap 2). */
export class CustomTokenRefusedForLink extends BadRequest {
  constructor(reason: string) {
    super(text(reason));
  }
}
