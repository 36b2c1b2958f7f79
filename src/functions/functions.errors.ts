import { LatchkeyError } from '../errors/latchkey-error.js';

export class FunctionNotFound extends LatchkeyError {
  readonly code = 'FunctionNotFound';

  constructor(name?: unknown) {
    super(typeof name === 'string' ? `function not found: '${name.slice(0, 64)}'` : 'function not found');
  }
}

export class FunctionDuplicateName extends LatchkeyError {
  readonly code = 'FunctionDuplicateName';

  constructor(name: string) {
    super(`a function named '${name}' exists already`);
  }
}

/** A provider names a function that is neither a webhook nor registered by a module. What is wrong is in the log. */
export class FunctionMissing extends LatchkeyError {
  readonly code = 'FunctionMissing';

  /** @param reason for the log */
  constructor(readonly reason: string) {
    super('unauthorized');
  }
}

/** The function itself said no. */
export class FunctionRefused extends LatchkeyError {
  readonly code = 'FunctionRefused';

  /** @param message for the client */
  constructor(message = 'unauthorized') {
    super(message);
  }
}

/** The function could not be asked, or its answer is of no use. */
export class FunctionFailed extends LatchkeyError {
  readonly code = 'FunctionFailed';

  /** @param reason for the log */
  constructor(reason: string, options?: ErrorOptions) {
    super('a function that is needed for this did not answer as it should', { cause: new Error(reason, options) });
  }
}
