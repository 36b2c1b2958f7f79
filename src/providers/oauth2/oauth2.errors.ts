import { BadRequest } from '../../errors/errors.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { AuthError } from '../providers.errors.js';
import { isTenantId } from './tenants.js';

/** What should prove who somebody is at an identity provider does not. */
export class ExternalLoginRefused extends AuthError {}

/** The same while linking, where no answer may be a 401 (client-api.md, trap 2). */
export class ExternalLinkRefused extends BadRequest {
  constructor({ message }: ExternalLoginRefused) {
    super(message);
  }
}

/** Used, too old, of another browser, or never ours: whoever brings it is not told which. */
export class LoginStateInvalid extends BadRequest {
  constructor() {
    super('this login was started in another browser, is too old, or is over already: start it again in the app');
  }
}

/** The page that the browser should go back to is not in the provider's list. */
export class RedirectNotAllowed extends BadRequest {
  constructor() {
    super("'redirect' is none of the redirect URIs of the provider");
  }
}

/** The account is of another domain than those that the provider is restricted to. */
export class DomainNotAllowed extends LatchkeyError {
  readonly code = 'DomainNotAllowed';

  constructor(domain: string | undefined) {
    super(
      domain === undefined
        ? 'the account has no domain that is allowed'
        : `domain '${domain.slice(0, 253)}' is not allowed`,
    );
  }
}

/** The account is of another directory than those that the provider is restricted to. */
export class TenantNotAllowed extends LatchkeyError {
  readonly code = 'DomainNotAllowed';

  constructor(tenant: unknown) {
    super(
      isTenantId(tenant) ? `directory '${tenant}' is not allowed` : 'the account is of no directory that is allowed',
    );
  }
}
