import { BadRequest } from '../errors/errors.js';
import { LatchkeyError } from '../errors/latchkey-error.js';

/** 409, never the 401 that sends SDKs into a loop or logs their user out (client-api.md, trap 2). */
export class IdentityBelongsToAnother extends LatchkeyError {
  readonly code = 'AccountNameInUse';
  override readonly details: Readonly<Record<string, string>>;

  /** @param mergeTicket where whoever is asking may merge the two users with it */
  constructor(mergeTicket?: string) {
    super('a user already exists with the specified provider');
    this.details = mergeTicket === undefined ? {} : { merge_ticket: mergeTicket };
  }
}

export class MergeTicketInvalid extends LatchkeyError {
  readonly code = 'MergeTicketInvalid';

  constructor() {
    super('merge ticket is expired or invalid');
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
