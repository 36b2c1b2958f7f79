import { LatchkeyError } from '../errors/latchkey-error.js';

export class AppNotFound extends LatchkeyError {
  readonly code = 'AppNotFound';

  constructor(clientAppId: string) {
    super(`cannot find app using Client App ID '${clientAppId.slice(0, 64)}'`);
  }
}

export class AppNameInvalid extends LatchkeyError {
  readonly code = 'InvalidParameter';

  constructor(name: string) {
    super(
      `app name '${name.slice(0, 64)}' is not valid: 1 to 32 ASCII letters, digits, underscores and hyphens, a letter first`,
    );
  }
}

export class ClientAppIdInUse extends LatchkeyError {
  readonly code = 'AccountNameInUse';

  constructor(clientAppId: string) {
    super(`an app with the Client App ID '${clientAppId}' exists already`);
  }
}

export class LifetimeOutOfRange extends LatchkeyError {
  readonly code = 'InvalidParameter';

  constructor(kind: 'access' | 'refresh', minSeconds: number, maxSeconds: number) {
    super(`the ${kind} token lifetime must be a whole number of seconds from ${minSeconds} to ${maxSeconds}`);
  }
}

/** 404 also for an app of another group: which others exist is nobody's business. */
export class AppIdNotFound extends LatchkeyError {
  readonly code = 'NotFound';

  constructor(id: string) {
    super(`cannot find app with ID '${id.slice(0, 64)}'`);
  }
}

export class AddressNotAllowed extends LatchkeyError {
  readonly code = 'AddressNotAllowed';

  constructor() {
    super('requests from this IP address are not allowed by this app');
  }
}

export class AccessEntryNotFound extends LatchkeyError {
  readonly code = 'NotFound';

  constructor(id: string) {
    super(`allowed IP not found: 'ObjectID("${id.slice(0, 64)}")'`);
  }
}
